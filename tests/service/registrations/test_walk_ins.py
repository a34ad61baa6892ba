"""Whoever comes to the door of a meeting."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.registrations.models import Attendance, Participant, Registration, Session
from shared.db import Database
from tests.service.registrations.conftest import (
    Offer,
    body,
    link,
    meeting_of,
    person,
    shift,
    told,
)

Bearer = Callable[..., dict[str, str]]
SOON, NOW = timedelta(minutes=30), timedelta(minutes=-10)


@pytest.fixture
def theirs(bearer: Bearer) -> dict[str, str]:
    return bearer("facilitator", organisation="repair-cafe")


def come(
    client: FlaskClient, meeting: str, headers: Any, number: int | str = 1, **changes: Any
) -> Any:
    names = {"given_name": f"Ada{number}", "family_name": "Lovelace"}
    sent = {"participant": {**names, **changes}}
    return client.post(f"/v1/meetings/{meeting}/walk-ins", json=sent, headers=headers)


def test_a_walk_in_is_registered_confirmed_and_present_with_a_name_alone(
    client: FlaskClient, offer: Offer, theirs: Any, registrations_database: Database
) -> None:
    session = offer.session(begins_in=NOW, capacity=2)
    meeting = meeting_of(client, session)
    answer = come(client, meeting, theirs)
    assert answer.status_code == 201
    assert answer.json["status"] == "confirmed"
    assert answer.json["attendance"] == "present"
    assert answer.json["was_registered"] is False
    types = [fact.type for fact in told(registrations_database)]
    assert types[-3:] == [
        "participant.contact_changed",
        "registration.confirmed",
        "attendance.recorded",
    ]
    [seen] = client.get(f"/v1/meetings/{meeting}", headers=theirs).json["people"]
    assert (seen["given_name"], seen["status"], seen["attendance"]) == (
        "Ada1",
        "confirmed",
        "present",
    )
    with registrations_database.transaction() as transaction:
        assert transaction.get_one(Session, session).confirmed == 1


def test_the_same_walk_in_sent_again_changes_nothing(
    client: FlaskClient, offer: Offer, theirs: Any, registrations_database: Database
) -> None:
    meeting = meeting_of(client, offer.session(begins_in=NOW))
    first = come(client, meeting, theirs)
    before = len(told(registrations_database))
    again = come(client, meeting, theirs)
    assert again.json == {**first.json, "was_registered": True}
    assert len(told(registrations_database)) == before


def test_who_is_registered_is_only_marked_present(
    client: FlaskClient, offer: Offer, theirs: Any
) -> None:
    session = offer.session(begins_in=SOON, capacity=1)
    registered = client.post("/v1/registrations", json=body(session)).json
    answer = come(client, meeting_of(client, session), theirs, given_name="ADA1")
    assert answer.json["registration_id"] == registered["id"]
    assert answer.json["was_registered"] is True


def test_two_of_one_name_are_told_apart_by_a_contact_or_a_birth_year(
    client: FlaskClient, offer: Offer, theirs: Any
) -> None:
    session = offer.session(begins_in=SOON)
    older, younger = (
        client.post(
            "/v1/registrations",
            json={
                "session_id": str(session),
                "participant": {**person(), "email": f"{year}@example.org", "birth_year": year},
            },
        ).json["id"]
        for year in (1950, 1990)
    )
    meeting = meeting_of(client, session)
    refused = come(client, meeting, theirs)
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (
        409,
        "several-of-that-name",
    )
    assert come(client, meeting, theirs, birth_year=1990).json["registration_id"] == younger
    by_contact = come(client, meeting, theirs, email="1950@example.org")
    assert by_contact.json["registration_id"] == older
    assert come(client, meeting, theirs, birth_year=2001).json["was_registered"] is False


def test_nobody_is_let_in_long_before_the_meeting_or_after_the_session_is_closed(
    client: FlaskClient, offer: Offer, theirs: Any
) -> None:
    early = come(client, meeting_of(client, offer.session(begins_in=timedelta(hours=2))), theirs)
    assert early.json["type"].endswith("walk-in-too-early")
    session = offer.session(begins_in=timedelta(hours=-5))
    meeting = meeting_of(client, session)
    assert come(client, meeting, theirs, 1).status_code == 201
    client.post(f"/v1/sessions/{session}/close", headers=theirs)
    assert come(client, meeting, theirs, 2).json["type"].endswith("session-state")


def test_no_seat_is_given_that_is_not_there(client: FlaskClient, offer: Offer, theirs: Any) -> None:
    meeting = meeting_of(client, offer.session(begins_in=NOW, capacity=1))
    assert come(client, meeting, theirs, 1).status_code == 201
    refused = come(client, meeting, theirs, 2)
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "session-full")


def _waiting_household(client: FlaskClient, session: UUID) -> Any:
    companions = [{"given_name": "Anne", "family_name": "Lovelace"}]
    answer = client.post("/v1/registrations", json=body(session, 9, companions=companions))
    assert answer.json["status"] == "waitlisted"
    return answer.json


@pytest.mark.parametrize(
    ("begins_in", "meetings", "status"), [(SOON, 1, 409), (NOW, 2, 409), (NOW, 1, 201)]
)
def test_those_in_line_come_first_as_long_as_they_can_be_given_the_seat(
    *,
    client: FlaskClient,
    offer: Offer,
    theirs: Any,
    begins_in: timedelta,
    meetings: int,
    status: int,
    registrations_database: Database,
) -> None:
    """A household of two waits for one free seat: of a workshop begun, or of a course one can still join."""
    session = offer.session(begins_in=SOON, meetings=meetings, capacity=1)
    first = client.post("/v1/registrations", json=body(session, 8))
    _waiting_household(client, session)
    client.post(link(first, "/cancel"))
    shift(registrations_database, session, begins_in - SOON)
    answer = come(client, meeting_of(client, session), theirs, 1)
    assert answer.status_code == status
    if status == 409:
        assert answer.json["type"].endswith("others-wait")


def test_who_waits_and_is_there_when_the_workshop_begins_is_seated(
    client: FlaskClient, offer: Offer, theirs: Any, registrations_database: Database
) -> None:
    session = offer.session(begins_in=SOON, capacity=1)
    seated = client.post("/v1/registrations", json=body(session, 1))
    waiting = client.post("/v1/registrations", json=body(session, 2)).json
    shift(registrations_database, session, NOW - SOON)
    client.post(link(seated, "/cancel"))
    answer = come(client, meeting_of(client, session), theirs, 2)
    assert (answer.json["registration_id"], answer.json["status"]) == (waiting["id"], "confirmed")
    fact = told(registrations_database, "registration.confirmed")[-1]
    assert (fact.data["previous"], fact.data["by"]) == ("waitlisted", "staff")
    with registrations_database.transaction() as transaction:
        row = transaction.get_one(Session, session)
        assert (row.confirmed, row.waitlisted) == (1, 0)


def test_a_programme_that_decides_on_entry_is_opened_by_an_adviser_alone(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    session = offer.session(programme="unisvers", organisation="ccas", begins_in=NOW)
    meeting = meeting_of(client, session)
    refused = come(client, meeting, bearer("facilitator", organisation="ccas"))
    assert refused.json["type"].endswith("decision-needed")
    assert come(client, meeting, bearer("adviser")).json["status"] == "confirmed"


def test_a_known_person_stays_one_participant(
    client: FlaskClient, offer: Offer, theirs: Any, registrations_database: Database
) -> None:
    known = client.post("/v1/registrations", json=body(offer.session()))
    answer = come(
        client, meeting_of(client, offer.session(begins_in=NOW)), theirs, email="ada1@example.org"
    )
    shown = client.get(link(known)).json
    assert answer.json["participant_id"] == shown["participant_id"]


def test_a_new_person_who_is_let_in_to_several_sessions_at_once_is_one_participant(
    app: Flask, offer: Offer, theirs: Any, registrations_database: Database
) -> None:
    meetings = [meeting_of(app.test_client(), offer.session(begins_in=NOW)) for _ in range(6)]

    def arrive(meeting: str) -> Any:
        return come(app.test_client(), meeting, theirs, email="ada@example.org")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(arrive, meetings))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["participant_id"] for answer in answers}) == 1
    assert len(told(registrations_database, "participant.contact_changed")) == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "participant"),
        ({"participant": {"given_name": "Ada"}}, "participant.family_name"),
        (
            {"participant": {"given_name": "A", "family_name": "B", "email": "x"}},
            "participant.email",
        ),
        (
            {"participant": {"given_name": "A", "family_name": "B"}, "assisted_by": {}},
            "assisted_by.agreement",
        ),
    ],
)
def test_what_is_wrong_with_a_walk_in_is_said_field_by_field(
    client: FlaskClient, offer: Offer, theirs: Any, sent: Any, field: str
) -> None:
    meeting = meeting_of(client, offer.session(begins_in=NOW))
    answer = client.post(f"/v1/meetings/{meeting}/walk-ins", json=sent, headers=theirs)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    capacity=st.integers(1, 4),
    arrivals=st.lists(st.tuples(st.booleans(), st.integers(1, 6)), min_size=2, max_size=10),
)
def test_never_more_are_seated_than_there_are_seats_however_many_come_at_once(
    *,
    app: Flask,
    offer: Offer,
    theirs: Any,
    registrations_database: Database,
    capacity: int,
    arrivals: list[tuple[bool, int]],
) -> None:
    """At the door and on the web at once, some of them twice."""
    session = offer.session(begins_in=SOON, capacity=capacity)
    meeting = meeting_of(app.test_client(), session)

    def arrive(arrival: tuple[bool, int]) -> tuple[bool, int]:
        at_the_door, number = arrival
        client = app.test_client()
        if at_the_door:
            answer = come(client, meeting, theirs, number, email=f"ada{number}@example.org")
        else:
            answer = client.post("/v1/registrations", json=body(session, number))
        return at_the_door, answer.status_code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(arrive, arrivals))
    assert {status for _, status in answers} <= {201, 409}
    with registrations_database.transaction() as transaction:
        row = transaction.get_one(Session, session)
        live = transaction.execute(
            select(
                Registration.status,
                func.count(),
                func.count(Registration.participant_id.distinct()),
            )
            .where(Registration.session_id == session)
            .group_by(Registration.status)
        ).all()
        counts = {status: count for status, count, _ in live}
        present = transaction.scalar(
            select(func.count())
            .select_from(Attendance)
            .where(Attendance.meeting_id == UUID(meeting))
        )
        people = transaction.scalar(select(func.count()).select_from(Participant))
    assert row.confirmed == counts.get("confirmed", 0) <= capacity
    assert row.waitlisted == counts.get("waitlisted", 0)
    assert present is not None
    assert present <= row.confirmed
    assert people is not None
    assert people <= 6
    assert sum(counts.values()) <= len({number for _, number in arrivals})
    if len({number for _, number in arrivals}) >= capacity:
        assert row.confirmed == capacity
