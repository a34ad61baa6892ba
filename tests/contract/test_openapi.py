"""Whatever comes in, each service answers as its OpenAPI document says, and never with a failure of its own.

schemathesis makes the requests from the committed documents: valid ones, boundary values, and broken ones.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.auth import Verifier
from shared.messaging.celery import jobs_queue
from shared.settings import Settings
from tests.contract.pillars import EXISTING, make_app
from tests.contract.worlds import World, make_world
from tests.peers import holding_nothing

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
# Whoever may do most of what a route offers.
STRONGEST_FIRST = ("manager", "adviser", "facilitator", "operator", "service")

bounded = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# Schemathesis makes a test of each operation, all of one name.
pytestmark = pytest.mark.alone


def _documented(service: str) -> Any:
    document = json.loads((DOCS / f"openapi-{service}.json").read_text())
    config = SchemathesisConfig.from_dict({"seed": 34000})
    return schemathesis.openapi.from_dict(document, config=config)


@pytest.fixture
def world(
    request: pytest.FixtureRequest,
    settings_of: Callable[..., Settings],
    verifier: Verifier,
    broker_url: str,
) -> Iterator[World]:
    """A service with a little in its database; the test's name says which."""
    service = request.function.__name__.removeprefix("test_").partition("_")[0]
    request.getfixturevalue(f"{service}_database")
    app: Flask = make_app(settings_of(service))
    app.extensions["arceaux.verifier"] = verifier
    with holding_nothing() as peers:
        app.extensions["arceaux.peers"] = peers
        yield make_world(service, app)
    with redis.Redis.from_url(broker_url) as broker:
        broker.delete(jobs_queue(service))


def _exchange(case: Any, world: World, bearer: Callable[..., dict[str, str]]) -> None:
    """Send ``case`` as everyone whom its route lets in, as it is and with ids that exist."""
    operation = case.operation.definition.raw
    roles = [role for role in STRONGEST_FIRST if role in operation.get("x-roles", ())]
    callers = [bearer(role) for role in roles[:1]] + ([{}] if operation["x-public"] else [])
    for headers in callers:
        for request in (case, world.with_known_ids(case)):
            if request is not None:
                response = request.call(app=world.app, headers=headers)
                request.validate_response(response, checks=CHECKS, headers=headers)


if "registrations" in EXISTING:
    registrations = _documented("registrations")

    @registrations.parametrize()
    @bounded
    def test_registrations_answers_as_documented(
        case: Any, world: World, bearer: Callable[..., dict[str, str]]
    ) -> None:
        _exchange(case, world, bearer)


if "notifications" in EXISTING:
    notifications = _documented("notifications")

    @notifications.parametrize()
    @bounded
    def test_notifications_answers_as_documented(
        case: Any, world: World, bearer: Callable[..., dict[str, str]]
    ) -> None:
        _exchange(case, world, bearer)


if "reporting" in EXISTING:
    reporting = _documented("reporting")

    @reporting.parametrize()
    @bounded
    def test_reporting_answers_as_documented(
        case: Any, world: World, bearer: Callable[..., dict[str, str]]
    ) -> None:
        _exchange(case, world, bearer)
