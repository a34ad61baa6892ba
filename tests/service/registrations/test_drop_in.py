"""Sessions for which nobody registers: the door is open, and heads are counted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar

from services.registrations.models import Programme, Session
from shared.db import Database
from tests.service.registrations.conftest import Offer, body, told

Bearer = Callable[..., dict[str, str]]
_COMPANIONS = [{"given_name": "Anne", "family_name": "Lovelace"}]
_BEGUN = timedelta(minutes=-30)


def _meeting(database: Database, session_id: UUID, nth: int = 0) -> str:
    with database.transaction() as transaction:
        return str(transaction.get_one(Session, session_id).meetings[nth].id)


def _draft(client: FlaskClient, offer: Offer, headers: Any, **changes: Any) -> Any:
    shown = client.get(f"/v1/sessions/{offer.session()}").json
    times = {name: shown[name] for name in ("starts_at", "ends_at")}
    sent = {"activity_id": shown["activity_id"], "place": "arceaux", "capacity": 30}
    return client.post(
        "/v1/sessions", json={**sent, "meetings": [times], **changes}, headers=headers
    )


def test_one_registers_for_a_session_unless_it_is_said_otherwise(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    manager = bearer("manager")
    assert _draft(client, offer, manager).json["registration"] == "required"
    draft = _draft(client, offer, manager, registration="none")
    assert (draft.status_code, draft.json["registration"]) == (201, "none")
    wrong = _draft(client, offer, manager, registration="maybe")
    assert (wrong.status_code, [*wrong.json["errors"]]) == (422, ["registration"])


def test_whether_one_registers_is_settled_when_it_is_published(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    manager = bearer("manager")
    url = f"/v1/sessions/{offer.session(published=False)}"
    open_door = client.patch(url, json={"registration": "none"}, headers=manager)
    assert (open_door.status_code, open_door.json["registration"]) == (200, "none")
    client.post(f"{url}/publish", headers=manager)
    refused = client.patch(url, json={"registration": "required"}, headers=manager)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:arceaux:problem:session-state")
    same = client.patch(url, json={"registration": "none", "capacity": 40}, headers=manager)
    assert (same.status_code, same.json["capacity"]) == (200, 40)


def test_a_session_with_an_open_door_has_no_minimum(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    refused = _draft(client, offer, bearer("manager"), registration="none", minimum=3)
    assert (refused.status_code, [*refused.json["errors"]]) == (422, ["minimum"])


@pytest.mark.parametrize("companions", [[], _COMPANIONS])
@pytest.mark.parametrize("role", [None, "adviser"])
def test_nobody_registers_for_it_and_is_told_why(
    *,
    client: FlaskClient,
    offer: Offer,
    bearer: Bearer,
    registrations_database: Database,
    companions: list[Any],
    role: str | None,
) -> None:
    session_id = offer.session(registration="none")
    sent = body(session_id, companions=companions)
    headers = {**(bearer(role) if role else {}), "Accept-Language": "fr"}
    refused = client.post("/v1/registrations", json=sent, headers=headers)
    assert refused.status_code == 409
    assert refused.json["type"] == "urn:arceaux:problem:no-registration-needed"
    assert "la porte est ouverte" in refused.json["detail"]
    assert told(registrations_database, "registration.confirmed") == []


def test_it_is_listed_and_open_to_all_whatever_its_window(
    client: FlaskClient, offer: Offer
) -> None:
    # Registration for one that began half an hour ago would be over.
    session_id = offer.session(registration="none", begins_in=_BEGUN)
    offer.session(begins_in=_BEGUN)
    for query in ("?open=true", "?open=true&programme=ateliers"):
        [item] = client.get(f"/v1/sessions{query}").json["items"]
        assert (item["id"], item["registration"]) == (str(session_id), "none")


def test_heads_are_counted_and_corrected_and_told_once_each(
    client: FlaskClient, offer: Offer, registrations_database: Database, bearer: Bearer
) -> None:
    session_id = offer.session(registration="none", begins_in=_BEGUN)
    meeting_id = _meeting(registrations_database, session_id)
    url = f"/v1/meetings/{meeting_id}/head-count"
    facilitator = bearer("facilitator", organisation="repair-cafe")
    for count in (12, 12, 14, 0):
        answer = client.put(url, json={"count": count}, headers=facilitator)
        assert (answer.status_code, answer.json["count"]) == (200, count)
        assert answer.json["meeting_id"] == meeting_id
    facts = told(registrations_database, "attendance.counted")
    assert [(fact.subject, fact.data["count"]) for fact in facts] == [
        (meeting_id, count) for count in (12, 14, 0)
    ]
    assert facts[0].data["session_id"] == str(session_id)
    assert facts[0].data["minutes"] == 120


def test_heads_are_counted_until_the_session_is_closed(
    client: FlaskClient, offer: Offer, registrations_database: Database, bearer: Bearer
) -> None:
    session_id = offer.session(registration="none", begins_in=_BEGUN)
    url = f"/v1/meetings/{_meeting(registrations_database, session_id)}/head-count"
    assert client.put(url, json={"count": 3}, headers=bearer("manager")).status_code == 200
    client.post(f"/v1/sessions/{session_id}/close", headers=bearer("manager"))
    refused = client.put(url, json={"count": 4}, headers=bearer("manager"))
    assert (refused.status_code, refused.json["type"]) == (409, "urn:arceaux:problem:session-state")


@pytest.mark.parametrize(
    ("session", "slug"),
    [
        ({"registration": "none"}, "head-count-too-early"),
        ({"begins_in": _BEGUN}, "counted-by-registration"),
        ({"registration": "none", "begins_in": _BEGUN, "published": False}, "session-state"),
    ],
)
def test_heads_are_not_counted_before_nor_where_one_registers_nor_of_a_draft(
    *,
    client: FlaskClient,
    offer: Offer,
    registrations_database: Database,
    bearer: Bearer,
    session: dict[str, Any],
    slug: str,
) -> None:
    session_id = offer.session(**session)
    url = f"/v1/meetings/{_meeting(registrations_database, session_id)}/head-count"
    refused = client.put(url, json={"count": 3}, headers=bearer("manager"))
    assert (refused.status_code, refused.json["type"]) == (409, f"urn:arceaux:problem:{slug}")


@pytest.mark.parametrize("count", [-1, 2001, 1.5, "12", None, True])
def test_a_head_count_is_a_whole_number_up_to_two_thousand(
    client: FlaskClient, bearer: Bearer, count: Any
) -> None:
    url = f"/v1/meetings/{uuid4()}/head-count"
    refused = client.put(url, json={"count": count}, headers=bearer("manager"))
    assert (refused.status_code, [*refused.json["errors"]]) == (422, ["count"])


def test_only_its_own_advisers_count_heads_of_a_discreet_programme(
    client: FlaskClient, offer: Offer, registrations_database: Database, bearer: Bearer
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.add(Programme(code="budget", name="Budget", discreet=True))
    session_id = offer.session(programme="budget", registration="none", begins_in=_BEGUN)
    url = f"/v1/meetings/{_meeting(registrations_database, session_id)}/head-count"
    assert client.put(url, json={"count": 3}, headers=bearer("manager")).status_code == 403
    own = bearer("adviser", programmes=["budget"])
    assert client.put(url, json={"count": 3}, headers=own).status_code == 200


def test_a_meeting_whose_heads_were_counted_is_not_dropped(
    client: FlaskClient, offer: Offer, registrations_database: Database, bearer: Bearer
) -> None:
    session_id = offer.session(registration="none", begins_in=_BEGUN, meetings=2)
    manager = bearer("manager")
    held = _meeting(registrations_database, session_id)
    client.put(f"/v1/meetings/{held}/head-count", json={"count": 3}, headers=manager)
    second = client.get(f"/v1/sessions/{session_id}").json["meetings"][1]
    kept = {name: second[name] for name in ("id", "starts_at", "ends_at")}
    refused = client.post(
        f"/v1/sessions/{session_id}/reschedule", json={"meetings": [kept]}, headers=manager
    )
    assert (refused.status_code, refused.json["type"]) == (
        409,
        "urn:arceaux:problem:attendance-recorded",
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "No registration: just come."),
        ("fr", "Sans inscription : il suffit de venir."),
    ],
)
def test_calendars_say_that_the_door_is_open(
    client: FlaskClient, offer: Offer, language: str, said: str
) -> None:
    offer.session(registration="none")
    offer.session()
    feed = client.get("/v1/sessions.ics", headers={"Accept-Language": language})
    described = [event.get("description") for event in Calendar.from_ical(feed.data).walk("VEVENT")]
    assert set(described) == {None, said}
