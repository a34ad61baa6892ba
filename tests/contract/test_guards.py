"""What a reviewer would forget to ask: is every event, queue, task, setting and message accounted for?"""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local.folder import DataFolder
from local.table import Plan, units, wanted_ports
from shared import migrations
from shared.errors import Refusal, Text
from shared.events.catalogue import CATALOGUE
from shared.events.subscriptions import SUBSCRIPTIONS, UNHEARD
from shared.messaging.celery import catch_up_task, events_queue, jobs_queue, receive_task
from shared.settings import SERVICES
from shared.validation import in_french
from shared.web.problems import _STATUS
from tests.contract.golden_files import GOLDEN
from tests.contract.pillars import EXISTING, module

ROOT = Path(__file__).resolve().parent.parent.parent
services = pytest.mark.parametrize("service", EXISTING)
Bearer = Callable[..., dict[str, str]]


# ── events ──────────────────────────────────────────────────────────────────────────────────────


def _heard() -> set[str]:
    return {
        event_type
        for sources in SUBSCRIPTIONS.values()
        for types in sources.values()
        for event_type in types
    }


def test_every_event_has_a_golden_file_and_a_listener_or_a_reason_for_none() -> None:
    for event_type, version in CATALOGUE:
        assert (GOLDEN / f"{event_type}.v{version}.json").exists()
        assert (event_type in _heard()) != (event_type in UNHEARD), event_type
    assert set(UNHEARD) <= {event_type for event_type, _ in CATALOGUE}
    assert all(len(reason) > 20 for reason in UNHEARD.values())


def test_subscriptions_name_events_that_exist_by_their_true_source() -> None:
    sources = {schema.event_type: schema.source for schema in CATALOGUE.values()}
    assert set(SUBSCRIPTIONS) == set(SERVICES)
    for consumer, subscribed in SUBSCRIPTIONS.items():
        for source, types in subscribed.items():
            assert {sources[event_type] for event_type in types} == {source}, consumer
            assert source != consumer


@services
def test_a_service_handles_what_it_subscribes_to_and_nothing_else(service: str) -> None:
    subscribed = {event_type for types in SUBSCRIPTIONS[service].values() for event_type in types}
    assert set(module(service, "handlers").HANDLERS) == subscribed


def test_reporting_hears_nothing_personal() -> None:
    personal = {schema.event_type for schema in CATALOGUE.values() if schema.personal}
    assert personal
    heard = {event_type for types in SUBSCRIPTIONS["reporting"].values() for event_type in types}
    assert not heard & personal


def test_only_events_marked_personal_hold_a_name_or_a_contact() -> None:
    telling = {"given_name", "family_name", "email", "phone", "access_key", "postcode", "needs"}
    for schema in CATALOGUE.values():
        names = set(schema.instance().fields)
        assert schema.personal == bool(names & telling), schema.event_type


# ── queues and tasks ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def worker_commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The command line of each worker that the platform on one machine starts."""
    folder = DataFolder(tmp_path_factory.mktemp("data"))
    folder.create()
    ports = {name: 1024 + number for number, name in enumerate(wanted_ports(SERVICES))}
    plan = Plan(folder=folder, services=SERVICES, ports=ports, host="127.0.0.1", caller={})
    return {unit.name: list(unit.command) for unit in units(plan) if unit.name.endswith("-worker")}


@services
def test_every_queue_has_a_worker(service: str, worker_commands: dict[str, list[str]]) -> None:
    command = worker_commands[f"{service}-worker"]
    served = set(command[command.index("--queues") + 1].split(","))
    celery = module(service, "broker").celery
    assert {queue.name for queue in celery.conf.task_queues} == served
    assert celery.conf.task_default_queue in served
    assert {events_queue(service), jobs_queue(service)} == served


# What a worker knows once it is imported, and what a relay sets off: its entry point, run up to where
# it would begin. In a process of their own, as always: importing them connects and configures things.
_ENTRY_POINTS = """
import importlib, json, runpy, sys
from shared.messaging import relay
service, ticks = sys.argv[1], []
relay.Relay.__init__ = lambda self, *_, **given: ticks.extend(given["ticks"])
relay.Relay.run = lambda *_, **__: None
runpy.run_module(f"services.{service}.relay", run_name="__main__")
worker = importlib.import_module(f"services.{service}.worker")
broker = importlib.import_module(f"services.{service}.broker")
print(json.dumps({
    "tasks": [name for name in worker.app.tasks if not name.startswith("celery.")],
    "ticks": {tick.task: tick.every for tick in ticks},
    "named": [value for name, value in vars(broker).items()
              if name.isupper() and name[0] != "_" and isinstance(value, str)],
    "web": "flask" in sys.modules,
}))
"""


@pytest.fixture(scope="module")
def entry_points(key_files: dict[str, Path]) -> Callable[[str], dict[str, Any]]:
    """What the worker and the relay of a service say of themselves."""

    @cache
    def ask(service: str) -> dict[str, Any]:
        environment = {
            **{name: value for name, value in os.environ.items() if "ARCEAUX" not in name},
            "ARCEAUX_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
            "ARCEAUX_BROKER_URL": "redis://127.0.0.1:9/0",
            "ARCEAUX_SMTP_URL": "smtp://127.0.0.1:9",
            "ARCEAUX_SIGNING_KEY_FILE": str(key_files[service]),
        }
        command = [sys.executable, "-c", _ENTRY_POINTS, service]
        told = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert told.returncode == 0, told.stderr
        answer: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
        return answer

    return ask


EntryPoints = Callable[[str], dict[str, Any]]


@services
def test_every_task_that_a_relay_sets_off_is_known_to_the_worker(
    service: str, entry_points: EntryPoints
) -> None:
    told = entry_points(service)
    assert (catch_up_task(service) in told["ticks"]) == bool(SUBSCRIPTIONS[service])
    assert set(told["ticks"]) <= set(told["tasks"])
    assert all(seconds > 0 for seconds in told["ticks"].values())


@services
def test_every_batch_and_job_that_is_sent_is_known_to_the_worker(
    service: str, entry_points: EntryPoints
) -> None:
    told = entry_points(service)
    assert {receive_task(service), *told["named"]} <= set(told["tasks"])
    # A task of another's name would wait in a queue that nobody reads.
    assert {name.partition(".")[0] for name in told["tasks"]} == {service}


@services
def test_workers_and_relays_never_load_the_web(service: str, entry_points: EntryPoints) -> None:
    assert entry_points(service)["web"] is False


# ── settings, storage, words ────────────────────────────────────────────────────────────────────


def _settings_files() -> list[Path]:
    return [ROOT / "shared" / "settings.py", *sorted(ROOT.glob("services/*/settings.py"))]


@pytest.mark.parametrize("file", _settings_files(), ids=lambda file: file.parent.name)
def test_every_setting_is_named_after_the_project(file: Path) -> None:
    """They are read through ``environment()``, which puts ARCEAUX_ before every name, and nowhere else."""
    tree = ast.parse(file.read_text())
    readers = {
        node.func.attr: ast.unparse(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert "environ" not in {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    assert {
        value for name, value in readers.items() if name in ("str", "int", "float", "path")
    } == {"env"}
    made = [
        ast.unparse(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "env"
    ]
    assert set(made) == {"environment()"}


def test_the_environment_is_read_in_settings_only() -> None:
    """Elsewhere it would be a setting that nobody documents or checks."""
    allowed = {
        # prometheus_client's own variable, which it reads itself.
        "shared/web/app.py": {"PROMETHEUS_MULTIPROC_DIR"},
    }
    for folder in ("shared", "services"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            found = set(re.findall(r"os\.(?:environ|getenv)\W*(?:get\W*)?(\w+)", file.read_text()))
            name = str(file.relative_to(ROOT))
            assert found == allowed.get(name, set()), name


@services
def test_the_migrations_say_what_the_models_say(
    service: str, database_urls: dict[str, str]
) -> None:
    models = module(service, "models").Base.metadata
    assert models.tables
    migrations.check(service, database_urls[service], models)


def test_the_usual_refusals_of_marshmallow_have_a_french_translation() -> None:
    from marshmallow import fields

    used = (
        fields.Boolean, fields.Date, fields.AwareDateTime, fields.Dict, fields.Email, fields.Integer,
        fields.List, fields.Nested, fields.Raw, fields.String, fields.UUID, fields.URL,
    )  # fmt: skip
    said = {
        text
        for kind in used
        for ancestor in kind.__mro__
        for key, text in getattr(ancestor, "default_error_messages", {}).items()
        # Not sayable: these need a format, or a field that is written only.
        if "{" not in text and key not in ("validator_failed", "too_large")
    }
    assert len(said) > 8
    assert sorted(text for text in said if in_french(text) == text) == []


def _refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _refusals(child)


def test_every_refusal_is_said_in_both_languages_and_has_a_name_of_its_own() -> None:
    for service in EXISTING:
        # Whatever can be refused is imported by what answers.
        module(service, "app")
    refusals = set(_refusals())
    assert len(refusals) > 15
    slugs: dict[str, str] = {}
    for refusal in refusals:
        says = refusal.says
        assert isinstance(says, Text)
        assert says.en, refusal
        assert says.fr, refusal
        assert says.en != says.fr, refusal
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", refusal.slug), refusal
        if "slug" in vars(refusal):
            assert refusal.slug not in slugs, f"{refusal} and {slugs[refusal.slug]}"
            slugs[refusal.slug] = str(refusal)
        if refusal is not Refusal:
            assert any(issubclass(refusal, kind) for kind in _STATUS), refusal


def test_the_locks_hold_hashes_and_no_index_address() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert {"base.txt", "dev.txt", "local.txt"} <= {lock.name for lock in locks}
    assert {f"{service}.txt" for service in SERVICES} <= {lock.name for lock in locks}
    for lock in locks:
        text = lock.read_text()
        assert "http" not in text, lock.name
        packages = re.findall(
            r"^[\w.\[\]-]+==[^\n]*\\\n +--hash=sha256:[0-9a-f]{64}", text, re.MULTILINE
        )
        assert len(packages) == len(re.findall(r"^[\w.\[\]-]+==", text, re.MULTILINE)) > 2, (
            lock.name
        )
