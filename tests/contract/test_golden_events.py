"""What was once told stays readable: every event has a golden file, and its schema still says what that shows."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import jsonschema
import marshmallow as ma
import pytest
from marshmallow import fields

from shared.events.catalogue import CATALOGUE, EventSchema
from shared.events.envelope import Unreadable, cloudevent, read
from tests import realdata
from tests.contract.golden_files import GOLDEN, disagreements, golden

EVENTS = [pytest.param(schema, id=f"{name}.v{v}") for (name, v), schema in CATALOGUE.items()]


def _data(schema: type[EventSchema]) -> dict[str, Any]:
    data: dict[str, Any] = golden(schema.event_type, schema.version)["data"]
    return data


def test_every_event_has_a_golden_file_and_none_is_left_over() -> None:
    expected = {f"{name}.v{version}.json" for name, version in CATALOGUE}
    assert {file.name for file in GOLDEN.iterdir()} == expected


@pytest.mark.parametrize("schema", EVENTS)
def test_a_golden_event_is_readable(schema: type[EventSchema]) -> None:
    envelope = golden(schema.event_type, schema.version)
    event = read(envelope)
    assert (event.type, event.version) == (schema.event_type, schema.version)
    assert event.source == schema.source
    assert event.subject == str(event.data[schema.subject_field])
    assert event.id == UUID(envelope["id"])
    assert event.position == envelope["position"]


@pytest.mark.parametrize("schema", EVENTS)
def test_the_schema_writes_the_golden_event_to_the_letter(schema: type[EventSchema]) -> None:
    envelope = golden(schema.event_type, schema.version)
    event = read(envelope)
    fact = schema.of(**event.data)
    written = cloudevent(
        id=event.id,
        type=fact.type,
        version=fact.version,
        source=schema.source,
        subject=fact.subject,
        time=event.time,
        position=event.position,
        traceparent=event.traceparent,
        data=fact.data,
    )
    assert written == envelope
    assert list(written) == list(envelope)


@pytest.mark.parametrize("schema", EVENTS)
def test_no_field_is_gone_new_or_retyped(schema: type[EventSchema]) -> None:
    assert list(disagreements(schema.instance(), _data(schema))) == []


def _mutations(schema: ma.Schema) -> Iterator[tuple[str, ma.Schema]]:
    """``schema`` with one field gone, retyped or added, for every field however deep."""
    for path, holder in _holders(schema):
        for name in holder(schema):
            gone = type(schema)()
            del holder(gone)[name]
            yield f"{path}{name} gone", gone
            for other in (fields.String, fields.Integer, fields.UUID, fields.Raw):
                if type(holder(schema)[name]) is not other:
                    retyped = type(schema)()
                    holder(retyped)[name] = other()
                    yield f"{path}{name} as {other.__name__}", retyped
        added = type(schema)()
        holder(added)["surprise"] = fields.String()
        yield f"{path}surprise added", added


Holder = Callable[[ma.Schema], dict[str, Any]]


def _holders(schema: ma.Schema) -> Iterator[tuple[str, Holder]]:
    """The dictionaries of fields within ``schema``: its own, and those of each nested object."""
    yield "", lambda whole: whole.fields
    for name, field in schema.fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield f"{name}.", lambda whole, name=name: _nested(whole.fields[name]).schema.fields


def _nested(field: Any) -> fields.Nested:
    nested: fields.Nested = field.inner if isinstance(field, fields.List) else field
    return nested


@pytest.mark.parametrize("schema", EVENTS)
def test_any_field_gone_retyped_or_added_would_be_noticed(schema: type[EventSchema]) -> None:
    data = _data(schema)
    mutations = list(_mutations(schema.instance()))
    assert len(mutations) > 2 * len(schema.instance().fields)
    unnoticed = [what for what, mutated in mutations if not list(disagreements(mutated, data))]
    assert unnoticed == []


@pytest.mark.parametrize("schema", EVENTS)
def test_a_reader_ignores_what_it_does_not_know(schema: type[EventSchema]) -> None:
    envelope = golden(schema.event_type, schema.version)
    known = read(envelope)
    newer = _with_unknown(envelope)
    assert newer != envelope
    assert read(newer) == known


def _with_unknown(value: Any) -> Any:
    """``value`` with a field that nobody knows in each of its objects."""
    if isinstance(value, dict):
        return {**{name: _with_unknown(inner) for name, inner in value.items()}, "novelty": [1]}
    if isinstance(value, list):
        return [_with_unknown(item) for item in value]
    return value


@pytest.mark.parametrize("schema", EVENTS)
def test_an_event_without_one_of_its_fields_is_unreadable_and_named(
    schema: type[EventSchema],
) -> None:
    for name, field in schema.instance().fields.items():
        if not field.required:
            continue
        envelope = golden(schema.event_type, schema.version)
        del envelope["data"][name]
        with pytest.raises(Unreadable, match=name):
            read(envelope)


@pytest.mark.parametrize("schema", EVENTS)
def test_a_field_is_required_or_has_a_value_for_events_from_before_it(
    schema: type[EventSchema],
) -> None:
    for name, field in schema.instance().fields.items():
        assert field.required != (field.load_default is not ma.missing), name


@pytest.mark.parametrize("name", ["session.cancelled", "session.rescheduled"])
def test_what_was_told_before_alternatives_were_is_read_as_having_none(name: str) -> None:
    envelope = golden(name, 1)
    assert len(envelope["data"].pop("alternatives")) == 1
    event = read(envelope)
    assert event.data["alternatives"] == []
    written = CATALOGUE[name, 1].of(**event.data).data
    assert written == {**envelope["data"], "alternatives": []}


@pytest.mark.realdata
def test_every_golden_event_is_a_cloudevent() -> None:
    schema = realdata.load_json("conformance/cloudevents/cloudevents.schema.json")
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    for name, version in CATALOGUE:
        validator.validate(golden(name, version))
    broken = {**golden("session.closed", 1), "subject": ""}
    assert not validator.is_valid(broken)
