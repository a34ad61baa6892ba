"""Input that breaks software: it is kept as it came or refused by name, and never a failure of ours."""

import base64
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from xml.etree import ElementTree as ET

import icalendar
import pytest
import vobject
from flask.testing import FlaskClient

from shared.auth import Verifier
from shared.settings import Settings
from tests import realdata
from tests.contract.pillars import make_app
from tests.contract.worlds import World, make_world

Bearer = Callable[..., dict[str, str]]
_ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def world(
    settings_of: Callable[..., Settings], verifier: Verifier, registrations_database: Any
) -> World:
    app = make_app(settings_of("registrations"))
    app.extensions["arceaux.verifier"] = verifier
    return make_world("registrations", app)


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.app.test_client()


def _send(client: FlaskClient, path: str, body: Any, **options: Any) -> Any:
    # Escaped: Flask's test client would not send what UTF-8 cannot hold, an attacker does.
    return client.post(path, data=json.dumps(body), content_type="application/json", **options)


def _kept(text: str, answer: Any, field: str, read: Callable[[Any], str | None]) -> None:
    """``text`` is there as it was, but for outer space, or ``field`` was refused."""
    if answer.status_code == 422:
        assert list(answer.json["errors"]) == [field], repr(text)
    else:
        assert answer.status_code == 201, repr(text)
        assert read(answer) == text.strip(), repr(text)


# ── what people have typed elsewhere ────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def naughty() -> list[str]:
    strings: list[str] = realdata.load_json("conformance/naughty-strings/blns.json")
    assert len(strings) > 400
    return strings


def _registration(world: World, number: int = 0, **person: str) -> dict[str, Any]:
    known = {"given_name": "Ada", "family_name": "L", "email": f"a{number}@example.org"}
    return {"session_id": world.known["session_id"], "participant": {**known, **person}}


@pytest.mark.realdata
def test_naughty_strings_as_a_name_come_back_or_are_refused_by_name(
    client: FlaskClient, world: World, bearer: Bearer, naughty: list[str]
) -> None:
    def read(answer: Any) -> str:
        shown = client.get(f"/v1/registrations/{answer.json['id']}", headers=bearer("manager"))
        return str(shown.json["given_name"])

    statuses = Counter[int]()
    for number, text in enumerate(naughty):
        body = _registration(world, number, given_name=text)
        answer = _send(client, "/v1/registrations", body)
        _kept(text, answer, "participant.given_name", read)
        statuses[answer.status_code] += 1
    assert statuses[201] > 450


@pytest.mark.realdata
def test_naughty_strings_as_needs_come_back_or_are_refused_by_name(
    client: FlaskClient, world: World, bearer: Bearer, naughty: list[str]
) -> None:
    def read(answer: Any) -> str:
        shown = client.get(f"/v1/registrations/{answer.json['id']}", headers=bearer("manager"))
        return str(shown.json["needs"])

    statuses = Counter[int]()
    for number, text in enumerate(naughty):
        body = {**_registration(world, number), "needs": text}
        answer = _send(client, "/v1/registrations", body)
        _kept(text, answer, "needs", read)
        statuses[answer.status_code] += 1
    assert statuses[201] > 500


@pytest.mark.realdata
def test_naughty_strings_as_a_title_come_back_or_are_refused_by_name(
    client: FlaskClient, bearer: Bearer, naughty: list[str]
) -> None:
    manager = bearer("manager")
    offered = {"organisation": "arceaux", "programme": "arceaux"}
    titles = []
    for text in naughty:
        answer = _send(client, "/v1/activities", {**offered, "title": text}, headers=manager)
        _kept(text, answer, "title", lambda answer: answer.json["title"])
        if answer.status_code == 201:
            titles.append(answer.json["title"])
    assert len(titles) > 500
    listed = [activity["title"] for activity in _all(client, "/v1/activities")]
    assert listed[-len(titles) :] == titles


@pytest.mark.realdata
def test_naughty_strings_as_a_comment_come_back_or_are_refused_by_name(
    client: FlaskClient, world: World, bearer: Bearer, naughty: list[str]
) -> None:
    registration, token = world.known["registration_id"], world.known["token"]
    path = f"/v1/registrations/{registration}/feedback?token={token}"
    of_session = f"/v1/sessions/{world.known['session_id']}/feedback"
    kept = 0
    for number, text in enumerate(naughty):
        answer = _send(client, path, {"rating": 5, "comment": text})
        if answer.status_code == 422:
            assert list(answer.json["errors"]) == ["comment"], repr(text)
            continue
        assert answer.status_code == 200, repr(text)
        assert answer.json["comment"] == (text.strip() or None), repr(text)
        if number % 8 == 0:
            [said] = client.get(of_session, headers=bearer("manager")).json["items"]
            assert said["comment"] == answer.json["comment"]
        kept += 1
    assert kept > 500


@pytest.mark.realdata
def test_naughty_strings_are_words_and_nothing_else_in_calendars_feeds_and_linked_data(
    client: FlaskClient, bearer: Bearer, naughty: list[str]
) -> None:
    """What others read of them is what was typed, but for spaces and signs that nobody sees."""
    held = {"date": "2027-03-12", "starts": "14:00", "ends": "16:00", "place": "arceaux"}
    rows = [
        {**held, "id": str(number), "title": text, "description": text, "organisation": "arceaux"}
        for number, text in enumerate(naughty)
    ]
    loaded = _send(client, "/v1/imports?programme=arceaux", rows, headers=bearer("manager"))
    assert loaded.status_code == 200, loaded.text
    assert loaded.json["created"]["sessions"] > 450
    listed = [item["title"] for item in _all(client, "/v1/sessions?from=2027-03-12&to=2027-03-13")]
    assert len(listed) == loaded.json["created"]["sessions"]

    query = "?from=2027-03-12&to=2027-03-13"
    calendar = client.get(f"/v1/sessions.ics{query}").data.decode()
    seen = {_seen(title) for title in listed}
    for titles in (_read_by_icalendar(calendar), _read_by_vobject(calendar)):
        assert len(titles) == min(500, len(listed))
        assert {_seen(title) for title in titles} <= seen
    linked = json.loads(client.get(f"/v1/sessions.jsonld{query}").data)
    assert {_seen(event["name"]) for event in linked["@graph"]} <= seen
    feed = ET.fromstring(client.get("/v1/sessions.atom?limit=100").data)
    entries = [entry.findtext(f"{_ATOM}title") or "" for entry in feed.iter(f"{_ATOM}entry")]
    assert len(entries) == 100
    assert {_seen(title) for title in entries} <= seen


def _read_by_icalendar(text: str) -> list[str]:
    return [str(event["summary"]) for event in icalendar.Calendar.from_ical(text).walk("VEVENT")]


def _read_by_vobject(text: str) -> list[str]:
    return [event.summary.value for event in vobject.readOne(text).vevent_list]


def _seen(text: str) -> str:
    """What is seen of a text."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Zs", "Zl", "Zp"))


def _all(client: FlaskClient, path: str) -> Iterator[Any]:
    following: str | None = ""
    while following is not None:
        mark = "&" if "?" in path else "?"
        cursor = f"&cursor={following}" if following else ""
        page = client.get(f"{path}{mark}limit=100{cursor}").json
        yield from page["items"]
        following = page["next"]


# ── what nobody types ───────────────────────────────────────────────────────────────────────────


def test_nothing_is_at_an_address_that_storage_cannot_hold(
    client: FlaskClient, bearer: Bearer
) -> None:
    paths = ("organisations", "places", "programmes")
    for path, code in product(paths, ("%00", "a%00b", "%ED%A0%80", "%FF")):
        answer = client.patch(f"/v1/{path}/{code}", json={"name": "x"}, headers=bearer("manager"))
        assert answer.status_code == 404, (path, code)


def test_a_made_up_cursor_is_refused(client: FlaskClient) -> None:
    paths = ("organisations", "places", "programmes", "rooms", "activities", "sessions")
    rubbish = (["\x00"], ["\ud800"], [1], [{}], [None], {"a": 1}, "x", ["\x00", "\x00"])
    for path, values in product(paths, rubbish):
        cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
        answer = client.get(f"/v1/{path}?cursor={cursor}")
        assert answer.status_code == 422, (path, values)
        assert list(answer.json["errors"]) == ["cursor"], (path, values)


@pytest.mark.parametrize("unstorable", ["\x00", "\ud800", "a\x00b", "\udfff\ud800"])
def test_a_text_that_cannot_be_stored_is_refused_wherever_it_stands(
    client: FlaskClient, world: World, bearer: Bearer, unstorable: str
) -> None:
    manager = bearer("manager")
    feedback = f"/v1/registrations/{world.known['registration_id']}/feedback"
    feedback += f"?token={world.known['token']}"
    registration = _registration(world)
    organisation = {"code": "new", "name": "New"}
    requests = [
        (feedback, {"rating": 5, "comment": unstorable}),
        (feedback, {"rating": 5, "answers": {"a": unstorable}}),
        (feedback, {"rating": 5, "answers": {unstorable: "a"}}),
        ("/v1/organisations", {**organisation, "name": unstorable}),
        ("/v1/organisations", {**organisation, "code": unstorable}),
        ("/v1/organisations", {**organisation, "website": f"http://a.fr/{unstorable}"}),
        ("/v1/organisations", {**organisation, unstorable: "x"}),
        ("/v1/registrations", {**registration, "source": unstorable}),
        ("/v1/registrations", {**registration, "session_id": unstorable}),
        *(
            ("/v1/registrations", _registration(world, **{name: unstorable}))
            for name in ("given_name", "family_name", "email", "phone", "postcode", "language")
        ),
        (
            "/v1/registrations",
            {**registration, "companions": [{"given_name": unstorable, "family_name": "L"}]},
        ),
    ]
    for path, body in requests:
        answer = _send(client, path, body, headers=manager)
        assert answer.status_code == 422, (path, body)
        assert answer.json["errors"], (path, body)


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_names_no_request_is_refused(
    client: FlaskClient, world: World, key: str
) -> None:
    body = _registration(world)
    answer = client.post("/v1/registrations", json=body, headers={"Idempotency-Key": key})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])


def test_an_authorization_that_is_none_is_refused(client: FlaskClient) -> None:
    for header in ("Bearer", "Bearer ", "Basic eA==", "Bearer a.b.c", "Bearer \xff", "x" * 9999):
        answer = client.get("/v1/registrations", headers={"Authorization": header})
        assert answer.status_code == 401, header
