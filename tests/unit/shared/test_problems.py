"""Every error is a problem document (RFC 9457), in the reader's language, and tells nothing it should not."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import marshmallow as ma
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.errors import DeadlockDetected
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared.auth import Verifier
from shared.db import Database
from shared.errors import Conflict, Forbidden, NotFound, Text, TooMany, Unauthenticated, invalid
from shared.validation import in_french
from shared.web.app import _Json
from shared.web.observability import register_observability
from shared.web.problems import register_problems
from shared.web.routes import Api, Routes
from tests import realdata

FRENCH = {"Accept-Language": "fr"}


class Child(ma.Schema):
    age = ma.fields.Integer(required=True, validate=ma.validate.Range(0, 120))


class Body(ma.Schema):
    name = ma.fields.String(required=True, validate=ma.validate.Length(1, 5))
    kind = ma.fields.String(validate=ma.validate.OneOf(("a", "b")))
    choice = ma.fields.String(allow_none=True, validate=ma.validate.OneOf(("a", "b", None)))
    children = ma.fields.List(ma.fields.Nested(Child))

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("kind") == "b" and not data.get("children"):
            raise ma.ValidationError("Invalid value.")


class Full(Conflict):
    slug = "full"
    says = Text("It is full.", "C'est complet.")


REFUSALS = {
    "full": Full,
    "absent": NotFound,
    "forbidden": Forbidden,
    "unknown": Unauthenticated,
    "often": TooMany,
    "field": lambda: invalid("place", "There is no such place.", "Ce lieu n'existe pas."),
}


@pytest.fixture
def nowhere() -> Iterator[Database]:
    """A database that cannot be reached."""
    database = Database()
    database.connect("postgresql://nobody@127.0.0.1:9/none")
    yield database
    database.dispose()


@pytest.fixture
def client(nowhere: Database) -> FlaskClient:
    app = Flask("test")
    app.json = _Json(app)
    app.config.update(
        API_TITLE="t", API_VERSION="v1", OPENAPI_VERSION="3.1.0", MAX_CONTENT_LENGTH=1000
    )
    app.extensions["arceaux.verifier"] = Verifier({})
    register_observability(app)
    register_problems(app)
    routes = Routes("test", __name__)

    @routes.route("/bodies", methods=["POST"])
    @routes.access(public=True)
    @routes.arguments(Body)
    @routes.response(200)
    def post(body: dict[str, Any]) -> dict[str, Any]:
        return body

    @routes.route("/refusals/<name>")
    @routes.access(public=True)
    @routes.response(200)
    def refuse(name: str) -> None:
        refusal = REFUSALS[name]()
        raise refusal

    @routes.route("/broken")
    @routes.access(public=True)
    @routes.response(200)
    def broken() -> None:
        raise RuntimeError("the password is 'mimosa'")

    @routes.route("/stored")
    @routes.access(public=True)
    @routes.response(200)
    def stored() -> None:
        with nowhere.transaction() as session:
            session.execute(text("SELECT 1"))

    @routes.route("/crossed/<driver>")
    @routes.access(public=True)
    @routes.response(200)
    def crossed(driver: str) -> None:
        broken = DeadlockDetected("Process 1 waits for Process 2")
        raise broken if driver == "psycopg" else OperationalError("UPDATE", None, broken)

    Api(app).register_blueprint(routes)
    return app.test_client()


def _problem(answer: Any, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem: dict[str, Any] = answer.json
    assert problem["type"] == f"urn:arceaux:problem:{slug}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["instance"] == f"urn:request:{answer.headers['X-Request-ID']}"
    return problem


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "status", "slug", "detail"),
    [
        ("full", 409, "full", "It is full."),
        ("absent", 404, "not-found", NotFound.says.en),
        ("forbidden", 403, "forbidden", Forbidden.says.en),
        ("unknown", 401, "unauthenticated", Unauthenticated.says.en),
        ("often", 429, "too-many-requests", TooMany.says.en),
    ],
)
def test_a_refusal_names_its_rule_and_says_it(
    client: FlaskClient, name: str, status: int, slug: str, detail: str
) -> None:
    answer = client.get(f"/refusals/{name}")
    assert _problem(answer, status, slug)["detail"] == detail
    assert answer.headers["Content-Language"] == "en"
    in_words = client.get(f"/refusals/{name}", headers=FRENCH)
    assert in_words.headers["Content-Language"] == "fr"
    assert in_words.json["detail"] != detail
    assert in_words.json["title"] != answer.json["title"]


def test_who_is_unknown_is_told_how_to_sign_in_and_who_is_hasty_when_to_come_back(
    client: FlaskClient,
) -> None:
    assert client.get("/refusals/unknown").headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/refusals/often").headers["Retry-After"] == "60"


def test_a_rule_about_one_field_names_it(client: FlaskClient) -> None:
    problem = _problem(client.get("/refusals/field", headers=FRENCH), 422, "validation-error")
    assert problem["errors"] == {"place": ["Ce lieu n'existe pas."]}


# ── what cannot be read ─────────────────────────────────────────────────────────────────────────


def test_wrong_fields_are_named_by_their_path_in_either_language(client: FlaskClient) -> None:
    body = {"name": 5, "children": [{"age": 7}, {"age": "x"}, {}], "colour": "blue"}
    assert _problem(client.post("/bodies", json=body), 422, "validation-error")["errors"] == {
        "name": ["Not a valid string."],
        "children.1.age": ["Not a valid integer."],
        "children.2.age": ["Missing data for required field."],
        "colour": ["Unknown field."],
    }
    assert client.post("/bodies", json=body, headers=FRENCH).json["errors"] == {
        "name": ["Un texte est attendu."],
        "children.1.age": ["Un nombre entier est attendu."],
        "children.2.age": ["Ce champ est obligatoire."],
        "colour": ["Champ inconnu."],
    }


def test_figures_and_choices_are_said_in_french_too(client: FlaskClient) -> None:
    body = {"name": "endless", "kind": "c", "children": [{"age": 121}]}
    assert client.post("/bodies", json=body, headers=FRENCH).json["errors"] == {
        "name": ["Longueur attendue : de 1 à 5."],
        "kind": ["Valeurs possibles : a, b."],
        "children.0.age": ["De 0 à 120."],
    }


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "Must be one of: a, b, or null."),
        (FRENCH, "Valeurs possibles : a, b ou null."),
    ],
)
def test_that_a_choice_may_be_left_open_is_said_as_it_is_written(
    client: FlaskClient, headers: dict[str, str], said: str
) -> None:
    answer = client.post("/bodies", json={"name": "a", "choice": "c"}, headers=headers)
    assert answer.json["errors"] == {"choice": [said]}


def test_a_message_without_translation_is_said_as_it_is() -> None:
    assert in_french("Length must be odd.") == "Length must be odd."


def test_what_is_wrong_with_the_whole_is_said_of_the_body(client: FlaskClient) -> None:
    answer = client.post("/bodies", json={"name": "a", "kind": "b"})
    assert answer.json["errors"] == {"body": ["Invalid value."]}
    assert client.post("/bodies", json=[1]).json["errors"] == {"body": ["Invalid input type."]}


def test_a_fields_name_that_utf_8_cannot_hold_is_answered_all_the_same(client: FlaskClient) -> None:
    raw = json.dumps({"name": "a", "\ud800": 1, "\x00": 2})
    answer = client.post("/bodies", data=raw, content_type="application/json")
    assert _problem(answer, 422, "validation-error")["errors"] == {
        "?": ["Unknown field."],
        "\x00": ["Unknown field."],
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 900,
        b"[" * 100_000,
        b'{"name": ' + b"1" * 5000 + b"}",
    ],
    ids=["half", "not utf-8", "deep", "deeper", "long number"],
)
def test_a_body_that_is_no_json_is_the_callers_mistake(client: FlaskClient, raw: bytes) -> None:
    client.application.config["MAX_CONTENT_LENGTH"] = 10**6
    answer = client.post("/bodies", data=raw, content_type="application/json")
    assert "JSON" in _problem(answer, 400, "bad-request")["detail"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", None])
def test_another_format_is_not_taken_for_an_empty_body(
    client: FlaskClient, content_type: str | None
) -> None:
    answer = client.post("/bodies", data=b'{"name": "a"}', content_type=content_type)
    _problem(answer, 415, "unsupported-media-type")


def test_no_body_is_a_body_without_fields(client: FlaskClient) -> None:
    answer = client.post("/bodies")
    assert _problem(answer, 422, "validation-error")["errors"] == {
        "name": ["Missing data for required field."]
    }


def test_a_body_that_is_too_large_is_refused_unread(client: FlaskClient) -> None:
    answer = client.post("/bodies", json={"name": "a" * 2000})
    _problem(answer, 413, "content-too-large")


# ── addresses and methods ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/nothing", "/refusals/%00", "/refusals/a%00b"])
def test_there_is_nothing_at_an_unknown_address(client: FlaskClient, path: str) -> None:
    assert _problem(client.get(path), 404, "not-found")["title"] == "Not found"
    french = client.get(path, headers=FRENCH).json
    assert (french["title"], french["detail"]) == ("Introuvable", "Il n'y a rien à cette adresse.")


def test_a_method_that_does_not_exist_is_told_which_do(client: FlaskClient) -> None:
    answer = client.delete("/bodies")
    _problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert "voyez « Allow »" in client.delete("/bodies", headers=FRENCH).json["detail"]


# ── our own failures ────────────────────────────────────────────────────────────────────────────


def test_an_unexpected_failure_is_logged_and_tells_nothing(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/broken")
    problem = _problem(answer, 500, "unexpected")
    assert set(problem) == {"type", "title", "status", "detail", "instance"}
    for secret in ("mimosa", "RuntimeError", "Traceback"):
        assert secret not in answer.text
    [record] = [one for one in caplog.records if one.message == "unexpected_error"]
    assert record.exc_info is not None
    assert "mimosa" in str(record.exc_info[1])


def test_without_storage_one_is_asked_to_come_back(client: FlaskClient) -> None:
    answer = client.get("/stored", headers=FRENCH)
    assert "renvoyez" in _problem(answer, 503, "unavailable")["detail"]
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("driver", ["psycopg", "sqlalchemy"])
def test_whoever_crossed_another_request_is_asked_to_send_theirs_again(
    client: FlaskClient, driver: str
) -> None:
    answer = client.get(f"/crossed/{driver}", headers=FRENCH)
    problem = _problem(answer, 409, "crossed")
    assert "renvoyez" in problem["detail"]
    assert answer.headers["Retry-After"] == "1"


# ── the standard ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.realdata
def test_every_problem_is_one_by_the_standards_own_schema(client: FlaskClient) -> None:
    # As printed in the standard, with its long lines folded (RFC 8792).
    printed = realdata.path("conformance/problem-details/problem.json").read_text()
    schema = json.loads(printed.replace("\\\n", ""))
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    answers = [client.get(f"/refusals/{name}") for name in REFUSALS]
    answers += [client.get(path) for path in ("/broken", "/stored", "/nothing")]
    answers += [
        client.delete("/bodies"),
        client.post("/bodies", json={}),
        client.post("/bodies", data=b"x", content_type="text/plain"),
        client.post("/bodies", data=b"{", content_type="application/json"),
        client.post("/bodies", json={"name": "a" * 2000}),
    ]
    assert {answer.status_code for answer in answers} == {
        *(400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
    }
    for answer in answers:
        validator.validate(answer.json)
    assert not validator.is_valid({**answers[0].json, "status": "409"})
