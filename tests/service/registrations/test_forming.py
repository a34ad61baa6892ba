"""Sessions with a minimum: formed once when enough are confirmed, decided upon when they are not in time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from services.registrations import tasks
from services.registrations.models import Session
from shared.db import Database
from tests.service.registrations.conftest import Offer, body, link, told

Bearer = Callable[..., dict[str, str]]
PARIS = ZoneInfo("Europe/Paris")


def _register(client: FlaskClient, session_id: UUID, number: int, **more: Any) -> Any:
    answer = client.post("/v1/registrations", json=body(session_id, number, **more))
    assert answer.status_code == 201, answer.json
    return answer


def _formed(database: Database) -> list[Any]:
    return [row.data for row in told(database, "session.formed")]


def _shown(client: FlaskClient, session_id: UUID) -> Any:
    return client.get(f"/v1/sessions/{session_id}").json


@pytest.fixture
def decide(client: FlaskClient, bearer: Bearer) -> Callable[..., Any]:
    def send(session_id: UUID, decision: str, **more: Any) -> Any:
        return client.post(
            f"/v1/sessions/{session_id}/decide",
            json={"decision": decision, **more},
            headers=bearer("manager"),
        )

    return send


def _its_day_has_come(database: Database) -> None:
    with database.transaction() as transaction:
        transaction.execute(update(Session).values(decide_by=datetime.now(UTC)))
    tasks.note_sessions_below_minimum()


# ── formed ──────────────────────────────────────────────────────────────────────────────────────


def test_a_session_is_formed_by_whoever_completes_it_and_only_then(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session_id = offer.session(capacity=5, minimum=3)
    for number in range(2):
        _register(client, session_id, number)
    assert _formed(registrations_database) == []
    assert _shown(client, session_id)["formed_at"] is None
    for number in range(2, 6):
        _register(client, session_id, number)
    said = {"session_id": str(session_id), "minimum": 3, "confirmed": 3}
    assert _formed(registrations_database) == [said]
    assert _shown(client, session_id)["formed_at"] is not None
    types = [row.type for row in told(registrations_database)]
    # After the registration that made it so.
    assert types.index("session.formed") == types.index("session.published") + 2 * 3 + 1


def test_who_leaves_afterwards_does_not_undo_it_and_who_returns_does_not_say_it_again(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session_id = offer.session(capacity=5, minimum=2)
    _register(client, session_id, 1)
    second = _register(client, session_id, 2)
    assert client.post(link(second, "/cancel")).status_code == 200
    _register(client, session_id, 3)
    assert len(_formed(registrations_database)) == 1


def test_a_session_without_a_minimum_is_never_said_to_be_formed(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    _register(client, offer.session(), 1)
    assert _formed(registrations_database) == []


def test_a_household_forms_a_session(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session_id = offer.session(minimum=3)
    companions = [{"given_name": name, "family_name": "L"} for name in ("Anne", "Ralph")]
    _register(client, session_id, 1, companions=companions)
    assert [data["confirmed"] for data in _formed(registrations_database)] == [3]


def test_an_advisers_decision_forms_a_cohort(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session_id = offer.session(programme="unisvers", minimum=2)
    for number in range(2):
        pending = _register(client, session_id, number)
        assert pending.json["status"] == "pending"
        assert _formed(registrations_database) == []
        url = f"/v1/registrations/{pending.json['id']}/confirm"
        assert client.post(url, json={}, headers=bearer("adviser")).status_code == 200
    assert len(_formed(registrations_database)) == 1


def test_a_lower_minimum_forms_a_session(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session_id = offer.session(minimum=3)
    _register(client, session_id, 1)
    changed = client.patch(
        f"/v1/sessions/{session_id}", json={"minimum": 1}, headers=bearer("manager")
    )
    assert changed.json["formed_at"] is not None
    assert len(_formed(registrations_database)) == 1


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(capacity=st.integers(1, 6), minimum=st.integers(1, 6), people=st.integers(1, 10))
def test_however_many_come_at_once_it_is_formed_once_and_rightly(
    *,
    client: FlaskClient,
    offer: Offer,
    registrations_database: Database,
    capacity: int,
    minimum: int,
    people: int,
) -> None:
    minimum = min(minimum, capacity)
    session_id = offer.session(capacity=capacity, minimum=minimum)
    together = threading.Barrier(people)
    app = client.application

    def come(number: int) -> Any:
        together.wait()
        return app.test_client().post("/v1/registrations", json=body(session_id, number))

    with ThreadPoolExecutor(people) as pool:
        answers = list(pool.map(come, range(people)))
    assert {answer.status_code for answer in answers} == {201}
    formed = [
        one for one in _formed(registrations_database) if one["session_id"] == str(session_id)
    ]
    expected = [minimum] if people >= minimum else []
    assert [one["confirmed"] for one in formed] == expected
    # And nobody who leaves and comes back says it again, or says it first if they make up the number.
    seated = next(answer for answer in answers if answer.json["status"] == "confirmed")
    client.post(link(seated, "/cancel"))
    client.post("/v1/registrations", json=body(session_id, people + 1))
    again = [one for one in _formed(registrations_database) if one["session_id"] == str(session_id)]
    assert again == formed


# ── decided upon ────────────────────────────────────────────────────────────────────────────────


def test_the_day_of_decision_is_as_the_programme_has_it_by_the_clock_on_the_wall(
    client: FlaskClient, offer: Offer
) -> None:
    # Seven days before, the clocks had not changed.
    begins = datetime(2030, 4, 2, 9, 30, tzinfo=PARIS)
    session_id = offer.session(
        programme="unisvers", minimum=2, begins_in=begins - datetime.now(UTC)
    )
    decided = datetime.fromisoformat(_shown(client, session_id)["decide_by"]).astimezone(PARIS)
    assert (decided.date().isoformat(), decided.hour) == ("2030-03-26", 9)
    assert _shown(client, offer.session(programme="unisvers"))["decide_by"] is None
    assert _shown(client, offer.session(minimum=2))["decide_by"] is None


@pytest.mark.parametrize(
    ("asked", "minimum"),
    [
        ({}, 15),
        ({"minimum": 12}, 12),
        ({"capacity": 10}, None),
        ({"registration": "none"}, None),
    ],
)
def test_the_minimum_is_the_programmes_unless_the_session_says_its_own(
    *,
    client: FlaskClient,
    offer: Offer,
    bearer: Bearer,
    asked: dict[str, Any],
    minimum: int | None,
) -> None:
    changed = client.patch(
        "/v1/programmes/unisvers", json={"minimum": 15}, headers=bearer("manager")
    )
    assert changed.json["minimum"] == 15
    session = offer.session(programme="unisvers", **{"capacity": 20, **asked})
    shown = _shown(client, session)
    assert (shown["minimum"], shown["decide_by"] is not None) == (minimum, minimum is not None)
    assert (
        client.patch(
            f"/v1/sessions/{session}", json={"minimum": None}, headers=bearer("manager")
        ).json["minimum"]
        is None
    )


def test_a_file_that_says_no_minimum_has_that_of_the_programme(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    manager = bearer("manager")
    client.patch("/v1/programmes/unisvers", json={"minimum": 5}, headers=manager)
    begins = (datetime.now(UTC) + timedelta(days=40)).date()
    rows = "".join(
        f"{title},ccas,unisvers,{begins},10:00,12:00,{seats}\n"
        for title, seats in (("Cohorte", 20), ("Petit groupe", 4))
    )
    table = "title,organisation,programme,date,start,end,capacity\n" + rows
    answer = client.post("/v1/imports?place=arceaux", data=table.encode(), headers=manager)
    assert answer.status_code == 200, answer.json
    items = client.get("/v1/sessions").json["items"]
    found = {one["title"]: (one["minimum"], one["decide_by"] is not None) for one in items}
    assert found == {"Cohorte": (5, True), "Petit groupe": (None, False)}, answer.json


def test_too_few_on_the_day_are_told_once_and_listed_until_someone_decides(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session_id = offer.session(minimum=3)
    formed = offer.session(minimum=1)
    _register(client, session_id, 1)
    _register(client, formed, 1)
    for _ in range(2):
        _its_day_has_come(registrations_database)
    facts = told(registrations_database, "session.below_minimum")
    said = {"session_id": str(session_id), "minimum": 3, "confirmed": 1}
    assert [row.data for row in facts] == [said]
    url = "/v1/sessions/to-decide"
    listed = client.get(url, headers=bearer("adviser")).json["items"]
    assert [one["id"] for one in listed] == [str(session_id)]
    own = bearer("facilitator", organisation="repair-cafe")
    assert len(client.get(url, headers=own).json["items"]) == 1
    others = bearer("facilitator", organisation="ccas")
    assert client.get(url, headers=others).json["items"] == []


def test_it_can_be_held_with_those_who_are_there(
    client: FlaskClient,
    offer: Offer,
    bearer: Bearer,
    decide: Callable[..., Any],
    registrations_database: Database,
) -> None:
    session_id = offer.session(minimum=3)
    _register(client, session_id, 1)
    assert decide(session_id, "hold").json["formed_at"] is not None
    assert [one["confirmed"] for one in _formed(registrations_database)] == [1]
    for number in range(2, 5):
        _register(client, session_id, number)
    assert len(_formed(registrations_database)) == 1
    assert decide(session_id, "cancel").status_code == 409


def test_more_time_can_be_given_and_then_it_is_asked_again(
    client: FlaskClient,
    offer: Offer,
    decide: Callable[..., Any],
    registrations_database: Database,
) -> None:
    session_id = offer.session(minimum=3)
    _its_day_has_come(registrations_database)
    until = datetime.now(UTC) + timedelta(days=2)
    extended = decide(session_id, "extend", until=until.isoformat())
    assert datetime.fromisoformat(extended.json["decide_by"]) == until
    tasks.note_sessions_below_minimum()
    assert len(told(registrations_database, "session.below_minimum")) == 1
    _its_day_has_come(registrations_database)
    assert len(told(registrations_database, "session.below_minimum")) == 2


def test_it_can_be_given_up_and_everyone_is_told(
    client: FlaskClient,
    offer: Offer,
    decide: Callable[..., Any],
    registrations_database: Database,
) -> None:
    session_id = offer.session(minimum=3)
    _register(client, session_id, 1)
    assert decide(session_id, "cancel").json["status"] == "cancelled"
    cancelled, registration = told(registrations_database)[-2:]
    assert (cancelled.type, cancelled.data["reason"]) == ("session.cancelled", "too-few")
    assert registration.type == "registration.cancelled"
    assert decide(session_id, "hold").status_code == 409


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "decision"),
        ({"decision": "wait"}, "decision"),
        ({"decision": "extend"}, "until"),
        ({"decision": "extend", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"decision": "extend", "until": "2090-01-01T00:00:00Z"}, "until"),
    ],
)
def test_a_mistake_is_named(
    client: FlaskClient, offer: Offer, bearer: Bearer, sent: Any, field: str
) -> None:
    url = f"/v1/sessions/{offer.session(minimum=3)}/decide"
    answer = client.post(url, json=sent, headers=bearer("manager"))
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


def test_a_day_of_decision_after_the_start_is_refused(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    url = f"/v1/sessions/{offer.session(minimum=3)}"
    late = {"decide_by": "2090-01-01T00:00:00Z"}
    answer = client.patch(url, json=late, headers=bearer("manager"))
    assert list(answer.json["errors"]) == ["decide_by"]


def test_there_is_nothing_to_decide_without_a_minimum(
    offer: Offer, decide: Callable[..., Any]
) -> None:
    refused = decide(offer.session(), "hold")
    assert refused.status_code == 409
    assert refused.json["type"].endswith("nothing-to-decide")


def test_a_facilitator_decides_on_sessions_of_their_own(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    url = f"/v1/sessions/{offer.session(minimum=3)}/decide"
    for organisation, status in (("ccas", 403), ("repair-cafe", 200)):
        headers = bearer("facilitator", organisation=organisation)
        answer = client.post(url, json={"decision": "hold"}, headers=headers)
        assert answer.status_code == status
