"""What a reviewer would forget to ask of a route: is it documented, who may call it, and is that so?"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from shared.auth import ROLES, Verifier
from shared.settings import Settings
from shared.web.app import spec
from tests.contract.pillars import EXISTING, make_app

services = pytest.mark.parametrize("service", EXISTING)
Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def app(
    service: str,
    settings_of: Callable[..., Settings],
    verifier: Verifier,
    request: pytest.FixtureRequest,
) -> Flask:
    request.getfixturevalue(f"{service}_database")
    app = make_app(settings_of(service))
    app.extensions["arceaux.verifier"] = verifier
    return app


def _routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Every method and path that ``app`` answers, the path as OpenAPI writes it."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield method, path


def _operations(app: Flask) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in spec(app)["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield method.upper(), path, operation


def _with_some_values(path: str) -> str:
    """``path`` with its parameters filled in: there need be nothing at that address."""
    return re.sub(r"\{(\w+)\}", lambda m: str(uuid4()) if m[1].endswith("id") else "x", path)


@services
def test_every_route_is_documented(app: Flask) -> None:
    documented = {(method, path) for method, path, _ in _operations(app)}
    assert set(_routes(app)) == documented
    assert len(documented) > 8


@services
def test_every_route_says_what_it_does_and_who_may(app: Flask) -> None:
    for method, path, operation in _operations(app):
        where = f"{method} {path}"
        assert operation.get("summary") or operation.get("description"), where
        assert isinstance(operation["x-public"], bool), where
        roles = operation.get("x-roles", [])
        assert roles or operation["x-public"], f"{where} is open to nobody"
        assert set(roles) <= set(ROLES), where
        assert {"503"} <= set(operation["responses"]), where


@services
def test_a_route_that_is_not_public_asks_who_is_there(app: Flask) -> None:
    client = app.test_client()
    closed = [found for found in _operations(app) if not found[2]["x-public"]]
    assert closed
    for method, path, _ in closed:
        answer = client.open(_with_some_values(path), method=method)
        assert answer.status_code == 401, f"{method} {path}"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@services
def test_a_route_refuses_every_role_that_it_does_not_name(app: Flask, bearer: Bearer) -> None:
    client = app.test_client()
    tried = 0
    for method, path, operation in _operations(app):
        if operation["x-public"]:
            continue
        for role in set(ROLES) - set(operation["x-roles"]):
            answer = client.open(_with_some_values(path), method=method, headers=bearer(role))
            assert answer.status_code == 403, f"{role} at {method} {path}"
            tried += 1
    assert tried > 5


@services
def test_a_route_lets_in_every_role_that_it_names(app: Flask, bearer: Bearer) -> None:
    client = app.test_client()
    for method, path, operation in _operations(app):
        # Not run: those that would change something. Their guard is the same decorator.
        if method != "GET":
            continue
        for role in operation.get("x-roles", ()):
            headers = bearer(role, organisation="repair-cafe")
            answer = client.open(_with_some_values(path), method=method, headers=headers)
            assert answer.status_code not in (401, 403, 405), f"{role} at {method} {path}"
