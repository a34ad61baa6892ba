"""Registering: seats, the line, one person once, requests that come again."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from services.registrations.models import Programme
from shared.db import Database
from shared.events.catalogue import CATALOGUE
from tests.service.registrations.conftest import Offer, body, link, person, told

URL = "/v1/registrations"


def test_the_first_get_seats_and_the_next_a_place_in_line(
    client: FlaskClient, offer: Offer
) -> None:
    session = offer.session(capacity=2)
    answers = [client.post(URL, json=body(session, n)) for n in range(4)]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert [(a.json["status"], a.json["waitlist_position"]) for a in answers] == [
        ("confirmed", None),
        ("confirmed", None),
        ("waitlisted", 1),
        ("waitlisted", 2),
    ]
    listed = client.get(f"/v1/sessions/{session}").json
    assert (listed["seats_left"], listed["waitlist_length"]) == (0, 2)


def test_the_answer_says_what_was_registered_and_where_to_manage_it(
    client: FlaskClient, offer: Offer
) -> None:
    session = offer.session(capacity=3)
    answer = client.post(URL, json=body(session))
    assert answer.json["session"]["id"] == str(session)
    assert answer.json["session"]["seats_left"] == 2
    shown = client.get(link(answer))
    assert (shown.status_code, shown.json["status"]) == (200, "confirmed")


@pytest.mark.parametrize(
    "again",
    [
        person(),
        person(given_name="ADA1", family_name=" lovelace "),
        person(email="ADA1@EXAMPLE.ORG"),
        person(phone="06 11 22 33 44"),
        person(birth_year=1985),
    ],
    ids=["the same", "other case", "e-mail in capitals", "with a phone", "with a birth year"],
)
def test_the_same_person_is_refused_a_second_registration_and_learns_nothing_more(
    client: FlaskClient, offer: Offer, again: dict[str, Any]
) -> None:
    session = offer.session()
    client.post(URL, json=body(session))
    second = client.post(URL, json={"session_id": str(session), "participant": again})
    assert second.status_code == 409
    assert second.json["type"].endswith(":already-registered")
    assert set(second.json) == {"type", "title", "status", "detail", "instance"}
    assert client.get(f"/v1/sessions/{session}").json["seats_left"] == 9


def test_people_who_share_an_address_or_a_name_are_not_one_person(
    client: FlaskClient, offer: Offer
) -> None:
    session = offer.session()
    for someone in (
        person(),
        person(given_name="Bob"),
        person(email="other@example.org"),
        person(email=None, phone="+33611223344"),
    ):
        answer = client.post(URL, json={"session_id": str(session), "participant": someone})
        assert answer.status_code == 201, answer.json


def test_a_parent_and_child_of_the_same_name_are_told_apart_by_their_birth_years(
    client: FlaskClient, offer: Offer
) -> None:
    session = offer.session()
    for year in (1975, 2005):
        answer = client.post(URL, json=body(session, participant=person(birth_year=year)))
        assert answer.status_code == 201


def test_one_person_in_two_sessions_is_one_participant(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    for _ in range(2):
        client.post(URL, json=body(offer.session()))
    confirmed = told(registrations_database, "registration.confirmed")
    assert len({row.data["participant_id"] for row in confirmed}) == 1
    assert len(told(registrations_database, "participant.contact_changed")) == 1


def test_after_cancelling_one_may_register_again(client: FlaskClient, offer: Offer) -> None:
    session = offer.session()
    first = client.post(URL, json=body(session))
    client.post(link(first, "/cancel"))
    assert client.post(URL, json=body(session)).status_code == 201


def test_a_retried_request_creates_nothing_twice_and_is_answered_the_same(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session = offer.session(capacity=1)
    client.post(URL, json=body(session, "first"))
    headers = {"Idempotency-Key": str(uuid4())}
    answers = [client.post(URL, json=body(session), headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert {answer.json["id"] for answer in answers} == {answers[0].json["id"]}
    assert {answer.json["manage_url"] for answer in answers} == {answers[0].json["manage_url"]}
    assert {answer.json["waitlist_position"] for answer in answers} == {1}
    assert client.get(f"/v1/sessions/{session}").json["waitlist_length"] == 1
    assert len(told(registrations_database, "registration.waitlisted")) == 1


def test_a_retry_is_answered_as_at_first_even_after_the_state_moved_on(
    client: FlaskClient, offer: Offer
) -> None:
    session = offer.session()
    headers = {"Idempotency-Key": "once"}
    first = client.post(URL, json=body(session), headers=headers)
    client.post(link(first, "/cancel"))
    again = client.post(URL, json=body(session), headers=headers)
    assert (again.status_code, again.json["status"]) == (201, "confirmed")
    assert again.json["id"] == first.json["id"]


def test_a_key_is_for_one_request(client: FlaskClient, offer: Offer) -> None:
    session = offer.session()
    headers = {"Idempotency-Key": "once"}
    client.post(URL, json=body(session, 1), headers=headers)
    # The same key meets a row only when something collides; a new person must not slip through.
    other = client.post(URL, json=body(session, 2), headers=headers)
    assert other.status_code == 422
    assert other.json["type"].endswith(":idempotency-key-reused")


def test_one_clients_key_does_not_open_anothers_answer(
    client: FlaskClient, offer: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = offer.session()
    headers = {"Idempotency-Key": "once"}
    client.post(URL, json=body(session), headers=headers)
    staff = client.post(URL, json=body(session), headers={**headers, **bearer("adviser")})
    assert staff.status_code == 409


def test_a_household_sits_together_or_waits_together(client: FlaskClient, offer: Offer) -> None:
    session = offer.session(capacity=3)
    child = {"given_name": "Byron", "family_name": "King", "birth_year": 2015}
    family = client.post(URL, json=body(session, 1, companions=[child]))
    assert [one["status"] for one in family.json["registrations"]] == ["confirmed"] * 2
    second = client.post(URL, json=body(session, 2, companions=[child]))
    assert [one["status"] for one in second.json["registrations"]] == ["waitlisted"] * 2
    assert [one["waitlist_position"] for one in second.json["registrations"]] == [1, 2]
    # One seat is free, but the family is first in line: nobody passes it.
    assert client.post(URL, json=body(session, 3)).json["waitlist_position"] == 3


def test_a_household_is_promoted_only_when_all_of_it_can_sit(
    client: FlaskClient, offer: Offer
) -> None:
    session = offer.session(capacity=2)
    seated = [client.post(URL, json=body(session, n)) for n in range(2)]
    child = {"given_name": "Byron", "family_name": "King"}
    family = client.post(URL, json=body(session, "f", companions=[child]))
    alone = client.post(URL, json=body(session, "alone"))
    client.post(link(seated[0], "/cancel"))
    assert client.get(link(family)).json["waitlist_position"] == 1
    assert client.get(link(alone)).json["waitlist_position"] == 3
    client.post(link(seated[1], "/cancel"))
    assert client.get(link(family)).json["status"] == "confirmed"
    assert client.get(link(alone)).json["waitlist_position"] == 1


def test_a_retried_household_creates_nothing_twice(client: FlaskClient, offer: Offer) -> None:
    session = offer.session()
    family = body(session, companions=[{"given_name": "Byron", "family_name": "King"}])
    headers = {"Idempotency-Key": "family"}
    first, again = (client.post(URL, json=family, headers=headers) for _ in range(2))
    assert first.json["registrations"] == again.json["registrations"]
    assert client.get(f"/v1/sessions/{session}").json["seats_left"] == 8


def test_the_public_must_leave_a_way_to_be_reached_and_staff_need_not(
    client: FlaskClient, offer: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = offer.session()
    someone = {"given_name": "Ada", "family_name": "Lovelace"}
    request = {"session_id": str(session), "participant": someone}
    refused = client.post(URL, json=request)
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["participant.email"]
    assisted = {**request, "assisted_by": {"agreement": "oral"}}
    assert client.post(URL, json=assisted, headers=bearer("adviser")).status_code == 201


def test_two_people_without_contacts_are_not_one_for_sharing_a_name(
    client: FlaskClient, offer: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = offer.session()
    someone = {"given_name": "Ada", "family_name": "Lovelace"}
    request = {"session_id": str(session), "participant": someone}
    for _ in range(2):
        assert client.post(URL, json=request, headers=bearer("adviser")).status_code == 201


def test_the_public_awaits_a_decision_where_the_programme_asks_for_one(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session = offer.session(programme="unisvers", organisation="ccas")
    answer = client.post(URL, json=body(session))
    assert answer.json["status"] == "pending"
    assert client.get(f"/v1/sessions/{session}").json["seats_left"] == 10
    [fact] = told(registrations_database, "registration.requested")
    assert fact.subject == answer.json["id"]


def test_an_adviser_decides_at_once(
    client: FlaskClient, offer: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = offer.session(programme="unisvers", organisation="ccas")
    stated = body(session, eligibility_reason="Attestation vue au guichet")
    answer = client.post(URL, json=stated, headers=bearer("adviser"))
    assert answer.json["status"] == "confirmed"


@pytest.mark.parametrize(
    "closed",
    [
        {"published": False},
        {"begins_in": timedelta(hours=-1)},
        {"opens_at": datetime.now(UTC) + timedelta(days=1)},
        {"closes_at": datetime.now(UTC) - timedelta(days=1)},
    ],
    ids=["draft", "begun", "not yet open", "closed already"],
)
def test_nothing_is_written_when_registration_is_not_open(
    client: FlaskClient, offer: Offer, registrations_database: Database, closed: dict[str, Any]
) -> None:
    session = offer.session(**closed)
    answer = client.post(URL, json=body(session))
    assert answer.status_code in (404, 409)
    assert told(registrations_database, "participant.contact_changed") == []


def test_an_unknown_session_is_not_found(client: FlaskClient, offer: Offer) -> None:
    answer = client.post(URL, json=body(uuid4()))
    assert (answer.status_code, answer.json["type"]) == (
        404,
        "urn:arceaux:problem:session-not-found",
    )


def test_a_facilitator_registers_people_for_their_own_organisation_only(
    client: FlaskClient, offer: Offer, bearer: Callable[..., dict[str, str]]
) -> None:
    session = offer.session(organisation="repair-cafe")
    theirs = bearer("facilitator", organisation="repair-cafe")
    others = bearer("facilitator", organisation="ccas")
    child = {"given_name": "Zoé", "family_name": "Lovelace"}
    for sent in (body(session, 1), body(session, 1, companions=[child])):
        refused = client.post(URL, json=sent, headers=others)
        assert (refused.status_code, refused.json["type"]) == (
            403,
            "urn:arceaux:problem:other-organisation",
        )
    assert client.post(URL, json=body(session, 1), headers=theirs).status_code == 201


@pytest.mark.parametrize(("published", "discreet"), [(False, False), (True, True)])
def test_what_is_not_public_of_another_organisation_is_not_there_for_a_facilitator(
    *,
    client: FlaskClient,
    offer: Offer,
    bearer: Callable[..., dict[str, str]],
    registrations_database: Database,
    published: bool,
    discreet: bool,
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.execute(update(Programme).values(discreet=discreet))
    others = bearer("facilitator", organisation="ccas")
    session = offer.session(organisation="repair-cafe", published=published)
    refused = client.post(URL, json=body(session, 1), headers=others)
    assert (refused.status_code, refused.json["type"]) == (
        404,
        "urn:arceaux:problem:session-not-found",
    )


def test_only_events_for_notifications_carry_names_or_contacts(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    someone = person(birth_year=1980, postcode="34070", situations=["minimum-benefits"])
    consents = {"statistics": True}
    client.post(URL, json=body(offer.session(), participant=someone, consents=consents))
    [confirmed] = told(registrations_database, "registration.confirmed")
    assert confirmed.data["person"] == {
        "age_band": "40-59",
        "district": "34070",
        "situations": ["minimum-benefits"],
    }
    for fact in told(registrations_database):
        if "Lovelace" in str(fact.data):
            assert CATALOGUE[(fact.type, fact.version)].personal


def test_without_consent_statistics_know_nothing_of_the_person(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    someone = person(birth_year=1980, postcode="34070", situations=["minimum-benefits"])
    client.post(URL, json=body(offer.session(), participant=someone))
    [confirmed] = told(registrations_database, "registration.confirmed")
    assert confirmed.data["person"] == {"age_band": None, "district": None, "situations": []}


def test_every_fact_that_was_logged_fits_its_schema(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    session = offer.session(capacity=1)
    answers = [client.post(URL, json=body(session, n)) for n in range(3)]
    client.post(link(answers[0], "/cancel"))
    facts = told(registrations_database)
    assert len({fact.type for fact in facts}) == 5
    for fact in facts:
        schema = CATALOGUE[(fact.type, fact.version)].instance()
        assert set(fact.data) == set(schema.fields), fact.type
        assert schema.validate(fact.data) == {}, fact.type
        assert fact.subject == fact.data[schema.subject_field]


def test_never_more_confirmed_than_seats_and_the_line_in_order_of_acceptance(
    app: Flask, offer: Offer, client: FlaskClient, bearer: Callable[..., dict[str, str]]
) -> None:
    session, people, seats = offer.session(capacity=7), 60, 7
    answers: list[Any] = []

    def post(numbers: range) -> None:
        own = app.test_client()
        answers.extend(own.post(URL, json=body(session, n)) for n in numbers)

    threads = [threading.Thread(target=post, args=(range(n, people, 8),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    rows = client.get(f"{URL}?session={session}&limit=100", headers=bearer("adviser")).json["items"]
    in_order = sorted(rows, key=lambda row: row["rank"])
    assert [row["rank"] for row in in_order] == list(range(1, people + 1))
    assert [row["status"] for row in in_order] == ["confirmed"] * seats + ["waitlisted"] * (
        people - seats
    )
    position = {answer.json["id"]: answer.json["waitlist_position"] for answer in answers}
    assert [position[row["id"]] for row in in_order[seats:]] == list(range(1, people - seats + 1))


def test_one_person_who_posts_from_many_windows_at_once_is_registered_once(
    app: Flask, offer: Offer
) -> None:
    session = offer.session()
    statuses: list[int] = []

    def post() -> None:
        statuses.append(app.test_client().post(URL, json=body(session)).status_code)

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [409] * 7


def test_one_request_costs_one_statement_which_is_its_own_transaction(
    client: FlaskClient, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = offer.session()
    client.post(URL, json=body(session, 1))
    executed: list[bool] = []
    execute = psycopg.Cursor.execute

    def counted(cursor: Any, *arguments: Any, **options: Any) -> Any:
        executed.append(cursor.connection.autocommit)
        return execute(cursor, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    client.post(URL, json=body(session, 2))
    assert executed == [True]
