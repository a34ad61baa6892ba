"""Every route that staff may call: whose data it shows to whom, and the trail that it leaves."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from services.registrations.models import (
    AuditEntry,
    Call,
    Erasure,
    Participant,
    Programme,
    Proof,
    Referral,
    Registration,
    Session,
)
from services.registrations.operations.people import distinguish, merge
from services.registrations.operations.staff.scope import Scope
from shared.auth import STAFF_ROLES
from shared.db import Database
from shared.web.app import spec
from tests.peers import holding_nothing
from tests.service.registrations.conftest import Offer, body, shift

Bearer = Callable[..., dict[str, str]]


@dataclass(frozen=True)
class Leaves:
    """What a route leaves in the trail, and what to send it; ``needs`` names what is to be there before.

    ``seated`` when it needs a seat taken, ``begun`` when it needs a session that has begun, ``drop_in``
    when it needs a meeting that has begun, for which nobody registers.
    """

    verb: str
    resource: str
    resource_id: str | None = None
    participant: bool = False
    send: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    needs: str | None = None
    begun: bool = False
    seated: bool = False
    drop_in: bool = False


_REGISTRATION = {"resource": "registration", "resource_id": "registration_id", "participant": True}
_REFERRAL = {"resource": "referral", "resource_id": "referral_id", "participant": True}

_PARTICIPANT = {"resource": "participant", "resource_id": "participant_id", "participant": True}

# Every route on people's data.
PEOPLE: Mapping[str, Leaves] = {
    "POST /v1/registrations": Leaves("create", "registration", participant=True),
    "GET /v1/registrations": Leaves("read", "registrations"),
    "GET /v1/registrations/{registration_id}": Leaves("read", **_REGISTRATION),
    "POST /v1/registrations/{registration_id}/cancel": Leaves("cancel", **_REGISTRATION),
    "POST /v1/registrations/{registration_id}/accept": Leaves(
        "accept", **_REGISTRATION, needs="an offered seat"
    ),
    "POST /v1/registrations/{registration_id}/confirm": Leaves("confirm", **_REGISTRATION),
    "POST /v1/registrations/{registration_id}/decline": Leaves(
        "decline", **_REGISTRATION, send={"reason": "other"}
    ),
    "GET /v1/registrations/by-code/{short_code}": Leaves("read", **_REGISTRATION),
    "GET /v1/participants/{participant_id}/proofs": Leaves("read", "proofs", participant=True),
    "POST /v1/participants/{participant_id}/proofs": Leaves(
        "create",
        "proof",
        participant=True,
        send={
            "kind": "address",
            "valid_until": (datetime.now(UTC).date() + timedelta(days=30)).isoformat(),
        },
    ),
    "POST /v1/participants/{participant_id}/proofs/{proof_id}/withdraw": Leaves(
        "withdraw", "proof", "proof_id", participant=True
    ),
    "GET /v1/participants": Leaves("read", "participants", query="?q=nobody"),
    "GET /v1/participants/{participant_id}": Leaves("read", **_PARTICIPANT),
    "PATCH /v1/participants/{participant_id}": Leaves(
        "change", **_PARTICIPANT, send={"postcode": "34000"}
    ),
    "DELETE /v1/participants/{participant_id}": Leaves("erase", **_PARTICIPANT),
    "GET /v1/participants/{participant_id}/export": Leaves("export", **_PARTICIPANT),
    "GET /v1/retention": Leaves("read", "retention"),
    "GET /v1/participants/duplicates": Leaves("read", "duplicates"),
    "GET /v1/participants/{participant_id}/duplicates": Leaves(
        "read", "duplicates", participant=True
    ),
    "POST /v1/participants/{participant_id}/merge": Leaves(
        "merge", "participant", "other_id", participant=True, needs="another person"
    ),
    "POST /v1/participants/merges/{merge_id}/undo": Leaves(
        "undo-merge", "participant", "other_id", participant=True, needs="a merge"
    ),
    "POST /v1/participants/{participant_id}/distinguish": Leaves(
        "distinguish", "participant", "other_id", participant=True, needs="another person"
    ),
    "DELETE /v1/participants/distinctions/{distinction_id}": Leaves(
        "undo-distinguish", "participant", "other_id", participant=True, needs="a distinction"
    ),
    "GET /v1/erasures/{erasure_id}": Leaves("read", "erasure", "erasure_id", needs="an erasure"),
    "PUT /v1/meetings/{meeting_id}/attendance": Leaves(
        "record-attendance", "meeting", "meeting_id", send={"items": []}
    ),
    "GET /v1/meetings/{meeting_id}": Leaves("read", "meeting", "meeting_id"),
    "GET /v1/meetings/{meeting_id}/sign-in.pdf": Leaves("print", "meeting", "meeting_id"),
    "POST /v1/meetings/{meeting_id}/walk-ins": Leaves(
        "admit",
        "registration",
        participant=True,
        send={"participant": {"given_name": "Anne", "family_name": "Lovelace"}},
        begun=True,
    ),
    "GET /v1/sessions/{session_id}/feedback": Leaves("read", "feedback", "session_id"),
    "POST /v1/sessions/{session_id}/kiosk": Leaves("open-kiosk", "session", "session_id"),
    "DELETE /v1/sessions/{session_id}/kiosk": Leaves("close-kiosk", "session", "session_id"),
    "GET /v1/registrations/{registration_id}/outcome": Leaves("read", **_REGISTRATION),
    "PUT /v1/registrations/{registration_id}/outcome": Leaves(
        "record-outcome", **_REGISTRATION, send={"outcome": "work"}, seated=True
    ),
    "GET /v1/participants/{participant_id}/journey": Leaves(
        "read", "journey", "participant_id", participant=True
    ),
    "GET /v1/referrals": Leaves("read", "referrals"),
    "POST /v1/referrals": Leaves("create", "referral", participant=True),
    "GET /v1/referrals/{referral_id}": Leaves("read", **_REFERRAL),
    "PATCH /v1/referrals/{referral_id}": Leaves(
        "change", **_REFERRAL, send={"decision": "refused"}
    ),
    "GET /v1/calls": Leaves("read", "calls"),
    "POST /v1/calls/{call_id}/done": Leaves(
        "settle", "call", "call_id", participant=True, send={"outcome": "reached"}
    ),
    "PUT /v1/meetings/{meeting_id}/head-count": Leaves(
        "count-heads", "meeting", "meeting_id", send={"count": 12}, drop_in=True
    ),
    "PATCH /v1/sessions/{session_id}": Leaves(
        "change", "session", "session_id", send={"capacity": 20}
    ),
    "POST /v1/sessions/{session_id}/cancel": Leaves("cancel", "session", "session_id"),
    "POST /v1/sessions/{session_id}/decide": Leaves(
        "decide", "session", "session_id", send={"decision": "hold"}
    ),
    "GET /v1/staff": Leaves("read", "staff"),
    "POST /v1/staff": Leaves(
        "invite", "staff", send={"email": "new@example.org", "role": "adviser"}
    ),
    "GET /v1/staff/{staff_id}": Leaves("read", "staff", "staff_id"),
    "PATCH /v1/staff/{staff_id}": Leaves("change", "staff", "staff_id", send={"name": "Paul"}),
    "POST /v1/staff/{staff_id}/invitation": Leaves("invite", "staff", "staff_id"),
    "GET /v1/audit": Leaves("read", "audit"),
}
# Routes on the offer alone, which everyone may see, their own account's password, and other people's programs.
NOBODY = frozenset(
    {
        *(f"POST /v1/{kind}" for kind in ("organisations", "places", "programmes", "rooms")),
        *(f"PATCH /v1/{kind}/{{code}}" for kind in ("organisations", "places", "programmes")),
        *("PATCH /v1/rooms/{room_id}", "POST /v1/imports", "GET /v1/events"),
        *("GET /v1/meetings/attendance-missing", "POST /v1/attendance-imports"),
        *("POST /v1/activities", "PATCH /v1/activities/{activity_id}"),
        *(
            "POST /v1/activities/{activity_id}/sessions",
            "POST /v1/activities/{activity_id}/appointments",
        ),
        *("POST /v1/sessions", "POST /v1/meetings", "PATCH /v1/meetings/{meeting_id}"),
        *(
            f"POST /v1/sessions/{{session_id}}/{action}"
            for action in ("publish", "reschedule", "close")
        ),
        *("POST /v1/staff/password", "GET /v1/parked", "POST /v1/parked/replay"),
        *("GET /v1/proof-kinds", "GET /v1/sessions/to-decide"),
        *("GET /v1/clients", "POST /v1/clients", "PATCH /v1/clients/{client_id}"),
        *("POST /v1/clients/{client_id}/key", "GET /v1/webhooks", "POST /v1/webhooks"),
        *(f"{method} /v1/webhooks/{{webhook_id}}" for method in ("PATCH", "DELETE")),
        *(f"POST /v1/webhooks/{{webhook_id}}/{act}" for act in ("secret", "ping", "replay")),
        "GET /v1/webhooks/{webhook_id}/deliveries",
        "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    }
)
# Those of one organisation: what a facilitator of another may not touch.
_TIMES = {"starts_at": "2030-01-01T10:00:00Z", "ends_at": "2030-01-01T12:00:00Z"}
ORGANISATIONS: Mapping[str, Any] = {
    "POST /v1/activities": {"title": "x", "organisation": "repair-cafe", "programme": "ateliers"},
    "PATCH /v1/activities/{activity_id}": {"title": "x"},
    "POST /v1/sessions": {"place": "arceaux", "capacity": 3, "meetings": [_TIMES]},
    "POST /v1/activities/{activity_id}/sessions": {
        "place": "arceaux",
        "capacity": 3,
        "starts": "2027-01-05T18:00:00",
        "minutes": 60,
    },
    "POST /v1/activities/{activity_id}/appointments": {
        "place": "arceaux",
        "facilitator": "x",
        "minutes": 60,
        "from": "2027-01-04",
        "until": "2027-01-05",
        "hours": [{"weekday": "MO", "from": "09:00", "to": "12:00"}],
    },
    "POST /v1/meetings": _TIMES,
    "PATCH /v1/meetings/{meeting_id}": _TIMES,
    "POST /v1/sessions/{session_id}/publish": None,
    "POST /v1/sessions/{session_id}/reschedule": {"meetings": [_TIMES]},
    "POST /v1/sessions/{session_id}/close": None,
    **{
        where: leaves.send or None
        for where, leaves in PEOPLE.items()
        if "{session_id}" in where or "{meeting_id}" in where
    },
}


@pytest.fixture(scope="module", autouse=True)
def other_services(app: Flask) -> Iterator[None]:
    """Who is asked when a person is exported."""
    before = app.extensions["arceaux.peers"]
    with holding_nothing() as peers:
        app.extensions["arceaux.peers"] = peers
        yield
    app.extensions["arceaux.peers"] = before


@dataclass
class Things:
    """One session of a programme, and the person registered for it, by their names in paths."""

    ids: dict[str, str]
    participant_id: str = ""

    def path(self, where: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda match: self.ids[match[1]], where.partition(" ")[2])


@pytest.fixture
def things(
    client: FlaskClient, offer: Offer, registrations_database: Database, bearer: Bearer
) -> Callable[..., Things]:
    """Make a session that awaits an adviser's decision on one person: ``things(programme="budget")``."""
    with registrations_database.transaction() as transaction:
        transaction.add(
            Programme(code="budget", name="Budget", discreet=True, requires_approval=True)
        )
        purposes = [{"code": "microcredit", "name": {"fr": "Microcrédit"}}]
        transaction.get_one(Programme, "unisvers").referral_purposes = purposes

    def make(*, programme: str = "unisvers", published: bool = True) -> Things:
        organisation = "ccas" if programme == "budget" else "repair-cafe"
        session_id = offer.session(
            programme=programme, organisation=organisation, published=published, minimum=5
        )
        with registrations_database.transaction() as transaction:
            session = transaction.get_one(Session, session_id)
            ids = {
                "session_id": str(session_id),
                "meeting_id": str(session.meetings[0].id),
                "activity_id": str(session.activity_id),
            }
        found = Things(ids)
        if published:
            registered = client.post("/v1/registrations", json=body(session_id)).json
            ids |= {"registration_id": registered["id"], "short_code": registered["short_code"]}
            with registrations_database.transaction() as transaction:
                registration = transaction.get_one(Registration, UUID(ids["registration_id"]))
                whose = registration.participant_id
                call = Call(registration_id=registration.id, absences=2)
                referral = Referral(
                    participant_id=whose,
                    programme_code=programme,
                    partner_code="ccas",
                    purpose="microcredit",
                    opened_on=date(2026, 9, 1),
                    opened_by="test:someone",
                    changed_by="test:someone",
                )
                transaction.add_all([call, referral])
                transaction.flush()
                ids |= {"call_id": str(call.id), "referral_id": str(referral.id)}
                ids["participant_id"] = str(whose)
            adviser = bearer("adviser", programmes=["*"])
            url = f"/v1/registrations/{ids['registration_id']}"
            found.participant_id = client.get(url, headers=adviser).json["participant_id"]
            proof = Proof(
                participant_id=UUID(found.participant_id),
                kind="address",
                valid_until=datetime.now(UTC).date(),
                seen_by="test:someone",
            )
            with registrations_database.transaction() as transaction:
                transaction.add(proof)
            ids |= {"participant_id": found.participant_id, "proof_id": str(proof.id)}
        invitation = {"email": f"{uuid4().hex}@example.org", "role": "adviser"}
        account = client.post("/v1/staff", json=invitation, headers=bearer("manager"))
        ids["staff_id"] = account.json["staff"]["id"]
        return found

    return make


def _prepare(database: Database, things: Things, where: str) -> None:
    """Let things stand as the route needs them, and the session's times."""
    if PEOPLE[where].begun:
        shift(database, UUID(things.ids["session_id"]), timedelta(days=-7))
    if PEOPLE[where].drop_in:
        with database.transaction() as transaction:
            session = transaction.get_one(Session, UUID(things.ids["session_id"]))
            session.registration = "none"
            session.meetings[0].starts_at = datetime.now(UTC) - timedelta(minutes=1)
    needs = PEOPLE[where].needs
    if needs is None and not PEOPLE[where].seated:
        return
    with database.transaction() as transaction:
        if needs == "an erasure":
            erasure = Erasure(requested_by="someone", removed={})
            transaction.add(erasure)
            transaction.flush()
            things.ids["erasure_id"] = str(erasure.id)
            return
        if needs in ("another person", "a merge", "a distinction"):
            other = Participant(given_name="x", family_name="y", name_key="x|y", access_key="")
            transaction.add(other)
            transaction.flush()
            things.ids["other_id"] = str(other.id)
            person = UUID(things.participant_id)
            if needs == "a merge":
                made = merge.merge(transaction, person, other.id, scope=Scope(), by="someone")
                things.ids["merge_id"] = str(made.id)
            if needs == "a distinction":
                two = distinguish.distinguish(
                    transaction, person, other.id, scope=Scope(), by="someone"
                )
                things.ids["distinction_id"] = str(two.id)
            return
        registration = transaction.get_one(Registration, UUID(things.ids["registration_id"]))
        if PEOPLE[where].seated:
            registration.status = "confirmed"
            transaction.get_one(Session, registration.session_id).confirmed += 1
            return
        registration.status = "offered"
        registration.offered_until = datetime.now(UTC) + timedelta(hours=1)
        transaction.get_one(Session, registration.session_id).offered += 1


def _trail(database: Database) -> list[AuditEntry]:
    with database.transaction() as transaction:
        return list(transaction.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def _staff_routes(app: Flask) -> Iterator[tuple[str, list[str]]]:
    for path, item in spec(app)["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and set(operation.get("x-roles", ())) & set(STAFF_ROLES):
                yield f"{method.upper()} {path}", operation["x-roles"]


def _send(client: FlaskClient, things: Things, where: str, sent: Any, headers: Any) -> Any:
    method = where.partition(" ")[0]
    options = {} if sent is None or method == "GET" else {"json": sent}
    path = things.path(where) + (PEOPLE[where].query if where in PEOPLE else "")
    return client.open(path, method=method, headers=headers, **options)


def _what(where: str, things: Things) -> Any:
    """The body of a request to a route on people's data."""
    if where == "POST /v1/registrations":
        return body(UUID(things.ids["session_id"]), 2)
    if where.endswith(("/merge", "/distinguish")):
        return {"other": things.ids["other_id"]}
    if where == "POST /v1/referrals":
        asked = {"programme": "unisvers", "partner": "ccas", "purpose": "microcredit"}
        return {"participant_id": things.participant_id, **asked}
    return dict(PEOPLE[where].send) or None


# ── the trail ───────────────────────────────────────────────────────────────────────────────────


def test_every_route_of_staff_is_known_to_touch_people_or_nobody(app: Flask) -> None:
    routes = {where for where, _ in _staff_routes(app)}
    assert routes == PEOPLE.keys() | NOBODY
    assert not PEOPLE.keys() & NOBODY


@pytest.mark.parametrize("where", PEOPLE)
def test_every_act_on_a_persons_data_leaves_one_row_and_no_value_in_it(
    *,
    app: Flask,
    client: FlaskClient,
    things: Callable[..., Things],
    registrations_database: Database,
    bearer: Bearer,
    where: str,
) -> None:
    made = things()
    _prepare(registrations_database, made, where)
    roles = dict(_staff_routes(app))[where]
    role = next(role for role in ("adviser", "manager") if role in roles)
    before = len(_trail(registrations_database))
    headers = {**bearer(role), "X-Request-ID": "the-request"}
    answer = _send(client, made, where, _what(where, made), headers)
    assert answer.status_code < 300, answer.json
    [entry] = _trail(registrations_database)[before:]
    leaves = PEOPLE[where]
    assert (entry.verb, entry.resource) == (leaves.verb, leaves.resource)
    assert (entry.subject, entry.role, entry.request_id) == ("test:someone", role, "the-request")
    if leaves.resource_id:
        assert entry.resource_id == made.ids[leaves.resource_id]
        if leaves.participant:
            assert str(entry.participant_id) == made.participant_id
    assert (entry.participant_id is not None) == leaves.participant
    written = str(vars(entry))
    assert not any(said in written for said in ("Ada", "Lovelace", "@example.org"))


def test_the_public_leaves_no_trail(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    answer = client.post("/v1/registrations", json=body(offer.session()))
    path = answer.json["manage_url"].removeprefix("http://arceaux.test")
    assert client.get(path).status_code == 200
    assert client.post(path.replace("?", "/cancel?")).status_code == 200
    assert _trail(registrations_database) == []


def test_a_household_leaves_a_row_per_person_and_a_repeated_request_is_a_reading(
    client: FlaskClient, offer: Offer, registrations_database: Database, bearer: Bearer
) -> None:
    companions = [{"given_name": "Anne", "family_name": "Lovelace"}]
    sent = {**body(offer.session()), "companions": companions}
    headers = {**bearer("adviser"), "Idempotency-Key": "once"}
    for _ in range(2):
        assert client.post("/v1/registrations", json=sent, headers=headers).status_code == 201
    trail = _trail(registrations_database)
    assert [entry.verb for entry in trail] == ["create", "create", "read"]
    assert len({entry.participant_id for entry in trail[:2]}) == 2


def test_what_is_refused_or_fails_leaves_nothing(
    client: FlaskClient,
    things: Callable[..., Things],
    registrations_database: Database,
    bearer: Bearer,
) -> None:
    made = things()
    url = f"/v1/registrations/{made.ids['registration_id']}/confirm"
    assert client.post(url, json={}, headers=bearer("adviser")).status_code == 200
    before = len(_trail(registrations_database))
    assert client.post(url, json={}, headers=bearer("adviser")).status_code == 409
    assert len(_trail(registrations_database)) == before


def test_what_cannot_be_put_on_record_is_not_read(
    client: FlaskClient,
    things: Callable[..., Things],
    registrations_database: Database,
    bearer: Bearer,
) -> None:
    made = things()
    url = f"/v1/registrations/{made.ids['registration_id']}"
    with registrations_database.statement() as connection:
        connection.execute(
            "CREATE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER full_up BEFORE INSERT ON audit_trail EXECUTE FUNCTION full_up()"
        )
        try:
            answer = client.get(url, headers=bearer("adviser"))
        finally:
            connection.execute("DROP FUNCTION full_up CASCADE")
    assert answer.status_code in (500, 503)
    assert "Lovelace" not in answer.text


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_trail SET verb = 'x'",
        "DELETE FROM audit_trail",
        "TRUNCATE audit_trail",
    ],
)
def test_the_database_refuses_to_change_the_trail(
    things: Callable[..., Things], registrations_database: Database, statement: str
) -> None:
    things()
    before = len(_trail(registrations_database))
    assert before > 0
    refused = pytest.raises(psycopg.errors.RestrictViolation, match="append-only")
    with registrations_database.statement() as connection, refused:
        connection.execute(statement)  # type: ignore[call-overload]
    assert len(_trail(registrations_database)) == before


def test_the_trail_is_read_by_person_by_staff_by_verb_by_time_and_page_by_page(
    client: FlaskClient, things: Callable[..., Things], bearer: Bearer
) -> None:
    made, operator = things(), bearer("operator")
    url = f"/v1/registrations/{made.ids['registration_id']}"
    for _ in range(3):
        client.get(url, headers=bearer("adviser"))

    def listed(query: str) -> Any:
        answer = client.get(f"/v1/audit?{query}", headers=operator)
        assert answer.status_code == 200, answer.json
        return answer.json

    by_person = listed(f"participant={made.participant_id}")["items"]
    assert [item["verb"] for item in by_person] == ["read"] * 4
    assert {item["resource_id"] for item in by_person} == {made.ids["registration_id"]}
    assert listed("staff=nobody")["items"] == []
    assert listed(f"participant={made.participant_id}&verb=erase")["items"] == []
    read = listed(f"participant={made.participant_id}&verb=read")["items"]
    assert {item["id"] for item in read} > {item["id"] for item in by_person}
    assert listed("since=2099-01-01")["items"] == listed("until=2020-01-01")["items"] == []
    first = listed("limit=2&until=2099-01-01")
    second = listed(f"limit=2&until=2099-01-01&cursor={first['next']}")
    ids = [item["id"] for item in [*first["items"], *second["items"]]]
    assert ids == sorted(set(ids), reverse=True)
    assert client.get("/v1/audit", headers=bearer("adviser")).status_code == 403


# ── other organisations ─────────────────────────────────────────────────────────────────────────


def test_every_route_of_facilitators_is_held_to_their_organisation(app: Flask) -> None:
    theirs = {where for where, roles in _staff_routes(app) if "facilitator" in roles}
    people = ("/v1/registrations", "/v1/participants")
    of_people = {where for where in theirs if where.partition(" ")[2].startswith(people)}
    # Of these, one is one's own account's, the others lists that leave out what is of others.
    lists = {"GET /v1/sessions/to-decide", "GET /v1/meetings/attendance-missing"}
    assert theirs - of_people - lists - {"POST /v1/staff/password"} == ORGANISATIONS.keys()


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("where", ORGANISATIONS)
def test_another_organisations_session_is_not_touched_and_a_draft_is_not_there(
    *,
    client: FlaskClient,
    things: Callable[..., Things],
    registrations_database: Database,
    bearer: Bearer,
    where: str,
    published: bool,
) -> None:
    made = things(published=published)
    others = bearer("facilitator", organisation="ccas", programmes=["*"])

    def sent(ids: Mapping[str, str]) -> Any:
        named = {"POST /v1/sessions": "activity_id", "POST /v1/meetings": "session_id"}
        extra = {named[where]: ids[named[where]]} if where in named else {}
        return None if ORGANISATIONS[where] is None else {**ORGANISATIONS[where], **extra}

    before = len(_trail(registrations_database))
    refused = _send(client, made, where, sent(made.ids), others)
    assert refused.status_code in (403, 404), refused.json
    assert len(_trail(registrations_database)) == before
    if not published and ("session_id" in where or "meeting" in where):
        nothing = Things({name: str(uuid4()) for name in made.ids})
        unknown = _send(client, nothing, where, sent(nothing.ids), others)
        assert _without_request(refused) == _without_request(unknown)


_NAMES = ("{registration_id}", "{participant_id}", "{short_code}")
_OF_A_PERSON = {where for where in PEOPLE if any(name in where for name in _NAMES)}
# A manager erases whoever asks for it, and learns nothing of what they took part in.
_OF_ANYBODY = {"DELETE /v1/participants/{participant_id}"}


@pytest.mark.parametrize("where", sorted(_OF_A_PERSON - _OF_ANYBODY))
@pytest.mark.parametrize("programme", ["unisvers", "budget"])
def test_a_registration_out_of_scope_is_answered_as_one_that_is_not_there(
    *,
    app: Flask,
    client: FlaskClient,
    things: Callable[..., Things],
    registrations_database: Database,
    bearer: Bearer,
    where: str,
    programme: str,
) -> None:
    made = things(programme=programme)
    _prepare(registrations_database, made, where)
    nothing = Things({name: str(uuid4()) for name in made.ids})
    roles = dict(_staff_routes(app))[where]
    strangers = [bearer("facilitator", organisation="les-petits-debrouillards", programmes=["*"])]
    if programme == "budget":
        strangers += [bearer("adviser"), bearer("adviser", programmes=["sante"])]
        strangers += [bearer("manager"), bearer("manager", programmes=["budget", "*"])]
        strangers += [bearer("facilitator", organisation="ccas")]
    before = len(_trail(registrations_database))
    for headers in strangers:
        refused, unknown = (
            _send(client, one, where, _what(where, one), headers) for one in (made, nothing)
        )
        assert _without_request(refused) == _without_request(unknown)
        assert refused.status_code == 404 or "facilitator" not in roles
    assert len(_trail(registrations_database)) == before
    own = bearer("adviser", programmes=["budget"])
    assert _send(client, made, where, _what(where, made), own).status_code < 300


# ── discreet programmes ─────────────────────────────────────────────────────────────────────────


def test_lists_and_searches_leave_out_what_is_out_of_scope(
    client: FlaskClient, things: Callable[..., Things], bearer: Bearer
) -> None:
    open_, discreet = things(), things(programme="budget")

    def seen(headers: Any, query: str = "") -> set[str]:
        items = client.get(f"/v1/registrations{query}", headers=headers).json["items"]
        return {item["id"] for item in items}

    both = {open_.ids["registration_id"], discreet.ids["registration_id"]}
    for headers in (bearer("adviser", programmes=["budget"]), bearer("adviser", programmes=["*"])):
        assert seen(headers) == both
    only_open = {open_.ids["registration_id"]}
    for headers in (bearer("adviser"), bearer("adviser", programmes=["sante"]), bearer("manager")):
        assert seen(headers) == only_open
        assert seen(headers, f"?session={discreet.ids['session_id']}") == set()
        # The same person takes part in both.
        assert seen(headers, f"?participant={discreet.participant_id}") == only_open
        assert seen(headers, "?status=pending") == only_open
    assert seen(bearer("facilitator", organisation="repair-cafe")) == only_open
    assert seen(bearer("facilitator", organisation="ccas")) == set()
    theirs = bearer("facilitator", organisation="ccas", programmes=["budget"])
    assert seen(theirs) == {discreet.ids["registration_id"]}


def test_who_comes_to_a_discreet_meeting_is_its_advisers_affair(
    client: FlaskClient, things: Callable[..., Things], bearer: Bearer
) -> None:
    made = things(programme="budget")
    url = f"/v1/meetings/{made.ids['meeting_id']}/attendance"
    for headers in (
        bearer("adviser"),
        bearer("manager"),
        bearer("facilitator", organisation="ccas"),
    ):
        refused = client.put(url, json={"items": []}, headers=headers)
        assert (refused.status_code, refused.json["type"]) == (
            403,
            "urn:arceaux:problem:discreet-programme",
        )
    own = bearer("adviser", programmes=["budget"])
    assert client.put(url, json={"items": []}, headers=own).status_code == 200


@pytest.mark.parametrize("companions", [[], [{"given_name": "Anne", "family_name": "Lovelace"}]])
def test_only_its_own_advisers_decide_when_they_register_for_a_discreet_programme(
    client: FlaskClient, things: Callable[..., Things], bearer: Bearer, companions: list[Any]
) -> None:
    session_id = UUID(things(programme="budget").ids["session_id"])
    expected = {"pending": [bearer("adviser"), bearer("manager")]}
    expected["confirmed"] = [bearer("adviser", programmes=[code]) for code in ("budget", "*")]
    number = 10
    for status, callers in expected.items():
        for headers in callers:
            number += 1
            sent = {**body(session_id, number), "companions": companions}
            answer = client.post("/v1/registrations", json=sent, headers=headers)
            assert (answer.status_code, answer.json["status"]) == (201, status)


def test_the_offer_of_a_discreet_programme_stays_public(
    client: FlaskClient, things: Callable[..., Things]
) -> None:
    made = things(programme="budget")
    listed = client.get("/v1/sessions?programme=budget").json["items"]
    assert [item["id"] for item in listed] == [made.ids["session_id"]]


def _without_request(answer: Any) -> Any:
    return {**answer.json, "instance": None}
