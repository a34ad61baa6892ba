"""The generated documents: up to date, sound in themselves, and true to what is subscribed."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import schemathesis

from shared.events.catalogue import CATALOGUE
from shared.events.documentation import describe
from shared.events.subscriptions import SUBSCRIPTIONS, subscribers_of
from shared.messaging.celery import events_queue, receive_task
from tests.contract.golden_files import golden
from tests.contract.pillars import EXISTING

ROOT = Path(__file__).resolve().parent.parent.parent
OPENAPI = [f"openapi-{service}.json" for service in EXISTING]


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "docs" / name).read_text())
    return document


@pytest.fixture(scope="module")
def asyncapi() -> dict[str, Any]:
    return _document("asyncapi.json")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _references(item)


def _resolve(document: Any, reference: str) -> Any:
    """What ``reference`` points at within ``document``; KeyError if nothing is there."""
    assert reference.startswith("#/")
    for step in reference[2:].split("/"):
        document = document[step.replace("~1", "/").replace("~0", "~")]
    return document


def test_the_committed_documents_are_what_would_be_generated_now() -> None:
    command = [sys.executable, "-m", "docs.generate", "--check"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout + checked.stderr


@pytest.mark.parametrize("name", ["asyncapi.json", *OPENAPI])
def test_every_reference_in_a_document_resolves(name: str) -> None:
    document = _document(name)
    references = set(_references(document))
    assert len(references) > 10
    for reference in references:
        _resolve(document, reference)
    with pytest.raises(KeyError):
        _resolve(document, "#/components/schemas/Nothing")


@pytest.mark.parametrize("name", OPENAPI)
def test_an_openapi_document_is_valid_openapi_3_1(name: str) -> None:
    document = _document(name)
    assert document["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(document).validate()
    broken = {**document, "paths": {"/x": {"get": {"responses": "none"}}}}
    with pytest.raises(Exception, match="none"):
        schemathesis.openapi.from_dict(broken).validate()


# ── the AsyncAPI document ───────────────────────────────────────────────────────────────────────


def test_every_subscriber_has_its_queue_in_the_asyncapi_document(asyncapi: dict[str, Any]) -> None:
    queues = {
        name: channel["x-celery"]["task"]
        for name, channel in asyncapi["channels"].items()
        if channel["servers"] == [{"$ref": "#/servers/broker"}]
    }
    assert queues == {
        events_queue(service): receive_task(service)
        for service, sources in SUBSCRIPTIONS.items()
        if sources
    }


def _carried(asyncapi: dict[str, Any], operation: str) -> set[str]:
    """The types of events that an operation carries, each checked to be a message of its channel."""
    given = asyncapi["operations"][operation]
    messages = [_resolve(asyncapi, message["$ref"]) for message in given["messages"]]
    prefix = given["channel"]["$ref"] + "/messages/"
    assert all(message["$ref"].startswith(prefix) for message in given["messages"])
    return {_resolve(asyncapi, message["$ref"])["name"] for message in messages}


def test_the_asyncapi_document_says_who_tells_whom_what(asyncapi: dict[str, Any]) -> None:
    expected = {}
    for source in SUBSCRIPTIONS:
        told = {s.event_type for s in CATALOGUE.values() if s.source == source}
        if told:
            expected[f"{source}.serves"] = told
        for subscriber, types in subscribers_of(source).items():
            expected[f"{source}.tells.{subscriber}"] = set(types)
            expected[f"{subscriber}.reads.{source}"] = set(types)
    for subscriber, sources in SUBSCRIPTIONS.items():
        if sources:
            expected[f"{subscriber}.hears"] = set().union(*sources.values())
    assert {name: _carried(asyncapi, name) for name in asyncapi["operations"]} == expected


def test_what_is_personal_reaches_reporting_by_no_channel(asyncapi: dict[str, Any]) -> None:
    personal = {m["name"] for m in asyncapi["components"]["messages"].values() if m["x-personal"]}
    assert personal == {s.event_type for s in CATALOGUE.values() if s.personal}
    assert personal
    for name in asyncapi["operations"]:
        if name.startswith("reporting.") or name.endswith(".reporting"):
            assert not personal & _carried(asyncapi, name), name


@pytest.mark.parametrize(("event_type", "version"), CATALOGUE)
def test_a_golden_event_fits_its_message_in_the_asyncapi_document(
    asyncapi: dict[str, Any], event_type: str, version: int
) -> None:
    message = asyncapi["components"]["messages"][f"{event_type}.v{version}"]
    schema = {**message["payload"], "components": asyncapi["components"]}
    validator = jsonschema.Draft202012Validator(schema)
    envelope = golden(event_type, version)
    validator.validate(envelope)
    assert not validator.is_valid({**envelope, "type": "something.else"})
    for name, field in CATALOGUE[event_type, version].instance().fields.items():
        data = {key: value for key, value in envelope["data"].items() if key != name}
        # What was added later is not in the events from before it.
        assert validator.is_valid({**envelope, "data": data}) is not field.required, name


# ── the page on events ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("schema", CATALOGUE.values(), ids=lambda schema: schema.event_type)
def test_every_field_of_an_event_is_explained_on_the_page(schema: Any) -> None:
    page = (ROOT / "docs" / "events.md").read_text()
    section = page.partition(f"\n### {schema.event_type}\n")[2].partition("\n##")[0]
    rows = re.findall(r"^\| `(\S+)` \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)
    assert [row[0] for row in rows] == [field.path for field in describe(schema.instance())]
    assert all(meaning.strip().endswith(".") for *_, meaning in rows)
    assert json.dumps(golden(schema.event_type, schema.version), ensure_ascii=False, indent=2) in (
        section
    )
