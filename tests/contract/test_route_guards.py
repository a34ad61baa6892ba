"""What a reviewer would forget to ask of a route: is it documented, who may call it, and is that so?"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from shared.auth import ROLES, Verifier
from shared.settings import Settings
from shared.web.app import spec
from tests.contract.pillars import EXISTING, make_app

ROOT = Path(__file__).resolve().parent.parent.parent
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
    numbered = path.replace("{version}", "1")
    return re.sub(r"\{(\w+)\}", lambda m: str(uuid4()) if m[1].endswith("id") else "x", numbered)


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


def _cells(service: str) -> dict[str, dict[str, bool]]:
    """The page on roles: for each route, who is let in."""
    page = (ROOT / "docs" / "roles.md").read_text()
    table = page.partition(f"\n## {service}\n")[2].partition("\n## ")[0].strip().splitlines()
    header, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {
        route.strip("`"): {who: cell != "–" for who, cell in zip(header[1:], cells, strict=True)}
        for route, *cells in rows
    }


@services
def test_every_cell_of_the_page_on_roles_is_so(app: Flask, service: str, bearer: Bearer) -> None:
    client, cells = app.test_client(), _cells(service)
    assert cells.keys() == {f"{method} {path}" for method, path, _ in _operations(app)}
    for route, let_in in cells.items():
        method, _, path = route.partition(" ")
        assert set(let_in) == {"everyone", *ROLES}
        for who, expected in let_in.items():
            headers = {} if who == "everyone" else bearer(who, organisation="repair-cafe")
            # There is nothing at that address, and nothing asked for: whoever is let in changes nothing.
            body = {} if method == "GET" else {"json": {}}
            answer = client.open(_with_some_values(path), method=method, headers=headers, **body)
            refused = 401 if who == "everyone" else 403
            assert (answer.status_code == refused) != expected, f"{who} at {route}: {answer}"


@services
def test_a_filter_that_there_is_not_is_named_to_staff_and_let_pass_of_links(
    app: Flask, bearer: Bearer
) -> None:
    client, asked = app.test_client(), 0
    for method, path, operation in _operations(app):
        parameters = operation.get("parameters", ())
        if method != "GET" or not any(one.get("in") == "query" for one in parameters):
            continue
        url = f"{_with_some_values(path)}?utm_source=letter"
        if operation["x-public"]:
            says = client.get(url).json or {}
            assert "utm_source" not in says.get("errors", {}), path
        for role in operation.get("x-roles", ()):
            answer = client.get(url, headers=bearer(role, organisation="repair-cafe"))
            assert answer.status_code == 422, (path, answer)
            assert answer.json["errors"] == {"utm_source": ["Unknown field."]}, path
            asked += 1
    assert asked > 3
