"""A meeting as those who hold it see it: who comes, what is missing, the sheet to sign."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pypdf
import pytest
from flask.testing import FlaskClient

from services.registrations import tasks
from services.registrations.models import Programme, Registration, Session
from shared.db import Database
from tests.service.registrations.conftest import Offer, body, link, meeting_of, shift, told

Bearer = Callable[..., dict[str, str]]
MISSING = "/v1/meetings/attendance-missing"
OVER = timedelta(days=-10)


def _registered(client: FlaskClient, session: UUID, number: int, **changes: Any) -> str:
    found: str = client.post("/v1/registrations", json=body(session, number, **changes)).json["id"]
    return found


def _held(client: FlaskClient, offer: Offer, database: Database, **options: Any) -> UUID:
    """A session with one person in it, now over."""
    session = offer.session(**options)
    _registered(client, session, 1)
    shift(database, session, OVER)
    with database.transaction() as transaction:
        for row in transaction.query(Registration).filter_by(session_id=session):
            row.created_at = row.updated_at = row.created_at + 2 * OVER
    return session


def test_a_meeting_is_shown_with_its_people_and_no_contact(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    session = offer.session(capacity=1)
    _registered(client, session, 2, needs="fauteuil roulant")
    _registered(client, session, 1)
    shown = client.get(
        f"/v1/meetings/{meeting_of(client, session)}",
        headers=bearer("facilitator", organisation="repair-cafe"),
    )
    assert shown.status_code == 200
    assert (shown.json["title"], shown.json["seats_left"]) == ("Repair Café", 0)
    people = [(one["given_name"], one["status"], one["needs"]) for one in shown.json["people"]]
    assert people == [("Ada1", "waitlisted", None), ("Ada2", "confirmed", "fauteuil roulant")]
    assert "example.org" not in shown.text


def test_meetings_that_lack_attendance_are_listed_until_it_is_recorded(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session = _held(client, offer, registrations_database)
    offer.session(title="à venir")
    theirs = bearer("facilitator", organisation="repair-cafe")
    [item] = client.get(MISSING, headers=theirs).json["items"]
    assert (item["session_id"], item["missing"]) == (str(session), 1)
    people = client.get(f"/v1/meetings/{item['meeting_id']}", headers=theirs).json["people"]
    sheet = {"items": [{"registration_id": people[0]["registration_id"], "status": "excused"}]}
    client.put(f"/v1/meetings/{item['meeting_id']}/attendance", json=sheet, headers=theirs)
    assert client.get(MISSING, headers=theirs).json["items"] == []


def test_nobody_is_missed_at_a_meeting_held_before_they_had_a_seat(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session = offer.session(begins_in=timedelta(days=-10), meetings=4)
    answer = client.post("/v1/registrations", json=body(session))
    assert answer.json["status"] == "confirmed"
    assert client.get(MISSING, headers=bearer("manager")).json["items"] == []


def test_what_is_closed_or_cancelled_lacks_nothing(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    for status in ("closed", "cancelled"):
        session = _held(client, offer, registrations_database)
        with registrations_database.transaction() as transaction:
            transaction.get_one(Session, session).status = status
    assert client.get(MISSING, headers=bearer("manager")).json["items"] == []


def test_missing_attendance_is_told_once_some_hours_after_the_meeting(
    client: FlaskClient, offer: Offer, registrations_database: Database
) -> None:
    held = _held(client, offer, registrations_database)
    closed = _held(client, offer, registrations_database, title="close")
    with registrations_database.transaction() as transaction:
        transaction.get_one(Session, closed).status = "closed"
    recent = offer.session(title="à l'instant")
    _registered(client, recent, 1)
    shift(registrations_database, recent, timedelta(days=-7, hours=-3))
    for _ in range(2):
        tasks.tell_staff()

    facts = told(registrations_database, "attendance.missing")
    assert [(row.data["session_id"], row.data["missing"]) for row in facts] == [(str(held), 1)]


def test_missing_attendance_is_listed_page_by_page_and_to_each_their_own(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.add(Programme(code="budget", name="Budget", discreet=True))
    open_ = [_held(client, offer, registrations_database) for _ in range(3)]
    discreet = _held(client, offer, registrations_database, programme="budget", organisation="ccas")

    def seen(headers: Any) -> set[str]:
        found, following = set(), ""
        while following is not None:
            page = client.get(f"{MISSING}?limit=2{following}", headers=headers).json
            found |= {item["session_id"] for item in page["items"]}
            following = page["next"] and f"&cursor={page['next']}"
        return found

    assert seen(bearer("manager")) == set(map(str, open_))
    assert seen(bearer("facilitator", organisation="repair-cafe")) == set(map(str, open_))
    assert seen(bearer("facilitator", organisation="ccas")) == set()
    both = set(map(str, [*open_, discreet]))
    assert seen(bearer("adviser", programmes=["budget"])) == both


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [("?language=fr", "en", "fr"), ("", "fr-FR,fr;q=0.9", "fr"), ("", "en", "en")],
)
def test_the_sheet_to_sign_names_who_has_a_seat_in_the_language_asked_for(
    *,
    client: FlaskClient,
    offer: Offer,
    bearer: Bearer,
    query: str,
    header: str,
    language: str,
) -> None:
    session = offer.session(capacity=2)
    _registered(client, session, 1)
    gone = client.post("/v1/registrations", json=body(session, 2))
    client.post(link(gone, "/cancel"))
    headers = {
        **bearer("facilitator", organisation="repair-cafe"),
        "Accept-Language": header,
    }
    url = f"/v1/meetings/{meeting_of(client, session)}/sign-in.pdf{query}"
    answer = client.get(url, headers=headers)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Content-Language"] == language
    assert "no-store" in answer.headers["Cache-Control"]
    text = pypdf.PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    assert ("Sign-in" in text) == (language == "en")
    assert "Lovelace Ada1" in text
    assert "Ada2" not in text


def test_the_sheet_of_a_discreet_programme_is_for_its_own_advisers_and_names_nothing(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.add(Programme(code="budget", name="Budget", discreet=True))
    session = offer.session(programme="budget", organisation="ccas", title="Rendez-vous budget")
    _registered(client, session, 1)
    url = f"/v1/meetings/{meeting_of(client, session)}/sign-in.pdf"
    assert client.get(url, headers=bearer("manager")).status_code == 403
    answer = client.get(url, headers=bearer("adviser", programmes=["budget"]))
    text = pypdf.PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    assert "Lovelace" in text
    assert "udget" not in text
