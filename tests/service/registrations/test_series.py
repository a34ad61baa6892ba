"""Sessions that come again, courses and appointments, made by one request."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from services.registrations.models import Meeting, Place, Room, Session
from shared.db import Database
from shared.messaging.tables import event_log
from tests.service.registrations.conftest import Offer

PARIS = ZoneInfo("Europe/Paris")
Ask = Callable[..., Any]


@pytest.fixture
def activity(offer: Offer, registrations_database: Database) -> str:
    """An activity of Repair Café, at a place in school zone C."""
    session_id = offer.session(title="Repair Café", published=False)
    with registrations_database.transaction() as transaction:
        transaction.execute(update(Place).values(school_zone="C"))
        activity_id = transaction.get_one(Session, session_id).activity_id
    return str(activity_id)


@pytest.fixture
def room(offer: Offer, registrations_database: Database) -> str:
    with registrations_database.transaction() as transaction:
        return str(transaction.scalars(select(Room.id)).one())


@pytest.fixture
def ask(client: FlaskClient, activity: str, bearer: Callable[..., dict[str, str]]) -> Ask:
    """Ask for what comes again: ten Tuesdays at 18:00, unless told otherwise."""

    def asked(what: str = "sessions", *, dry_run: bool = False, **body: Any) -> Any:
        usual = {
            "sessions": {
                "starts": "2027-01-05T18:00:00",
                "rrule": "FREQ=WEEKLY;BYDAY=TU;COUNT=10",
                "minutes": 120,
                "capacity": 12,
            },
            "appointments": {
                "from": "2027-01-04",
                "until": "2027-01-08",
                "minutes": 45,
                "facilitator": "Léa Martin",
                "hours": [{"weekday": "MO", "from": "09:00", "to": "12:00"}],
            },
        }[what]
        return client.post(
            f"/v1/activities/{activity}/{what}?dry_run={str(dry_run).lower()}",
            json={"place": "arceaux", **usual, **body},
            headers=bearer("manager"),
        )

    return asked


def local_times(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [one["local"][5:16] for one in answer.json["dates"]]


def left_out(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.json
    return [(one["local"][5:16], one["reason"]) for one in answer.json["left_out"]]


def how_many(database: Database) -> int:
    with database.transaction() as transaction:
        return transaction.scalar(select(func.count()).select_from(Session)) or 0


def test_a_weekly_session_keeps_its_hour_across_clock_changes(ask: Ask) -> None:
    answer = ask(starts="2027-03-16T18:00:00", rrule="FREQ=WEEKLY;COUNT=4")
    assert local_times(answer) == ["03-16T18:00", "03-23T18:00", "03-30T18:00", "04-06T18:00"]
    begins = [datetime.fromisoformat(one["starts_at"]).hour for one in answer.json["dates"]]
    assert begins == [17, 17, 16, 16]


def test_holidays_and_exceptions_are_left_out_and_said(ask: Ask) -> None:
    answer = ask(
        starts="2027-04-27T18:00:00",
        rrule="FREQ=DAILY;UNTIL=20270504",
        skip=["public-holidays", "school-holidays"],
        **{"except": ["2027-05-03", "2027-05-04T18:00:00"]},
    )
    assert local_times(answer) == [
        "04-27T18:00",
        "04-28T18:00",
        "04-29T18:00",
        "04-30T18:00",
        "05-02T18:00",
    ]
    assert left_out(answer) == [
        ("05-01T18:00", "public-holiday"),
        ("05-03T18:00", "excluded"),
        ("05-04T18:00", "excluded"),
    ]
    assert answer.json["school_holidays_known_until"] is not None


def test_an_hour_that_the_clocks_skip_is_left_out_and_one_they_show_twice_is_the_first(
    ask: Ask,
) -> None:
    spring = ask(starts="2027-03-27T02:30:00", rrule="FREQ=DAILY;COUNT=3", minutes=30)
    assert left_out(spring) == [("03-28T02:30", "clock-change")]
    autumn = ask(starts="2027-10-31T02:30:00", rrule=None, minutes=30)
    assert autumn.json["dates"][0]["starts_at"] == "2027-10-31T00:30:00+00:00"


def test_further_dates_join_those_of_the_rule(ask: Ask) -> None:
    answer = ask(rrule="FREQ=WEEKLY;COUNT=2", dates=["2027-01-08T10:00:00"])
    assert local_times(answer) == ["01-05T18:00", "01-08T10:00", "01-12T18:00"]


def test_a_dry_run_makes_nothing_and_says_the_same(
    ask: Ask, registrations_database: Database
) -> None:
    before = how_many(registrations_database)
    dry = ask(dry_run=True)
    assert how_many(registrations_database) == before
    assert {one["session_id"] for one in dry.json["dates"]} == {None}
    made = ask()
    assert local_times(dry) == local_times(made)
    assert how_many(registrations_database) == before + 10


def test_asked_again_nothing_is_made_twice(ask: Ask, registrations_database: Database) -> None:
    first = ask()
    before = how_many(registrations_database)
    again = ask(rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=11")
    assert how_many(registrations_database) == before + 1
    assert [one["is_new"] for one in again.json["dates"]] == [False] * 10 + [True]
    ids = [one["session_id"] for one in first.json["dates"]]
    assert [one["session_id"] for one in again.json["dates"]][:10] == ids


def test_a_course_is_one_session_with_its_dates_as_meetings(ask: Ask, client: FlaskClient) -> None:
    answer = ask(shape="course", publish=True, minimum=6)
    (session_id,) = {one["session_id"] for one in answer.json["dates"]}
    shown = client.get(f"/v1/sessions/{session_id}").json
    assert (shown["status"], len(shown["meetings"]), shown["minimum"]) == ("published", 10, 6)
    again = ask(shape="course", publish=True, minimum=6)
    assert {one["session_id"] for one in again.json["dates"]} == {session_id}


def test_what_is_published_is_told(ask: Ask, registrations_database: Database) -> None:
    ask(publish=True, rrule="FREQ=WEEKLY;COUNT=3")
    with registrations_database.transaction() as transaction:
        told = list(transaction.scalars(select(event_log.c.type)))
    assert told == ["session.published"] * 3


def test_registration_opens_and_closes_with_each_session(ask: Ask, client: FlaskClient) -> None:
    begins = datetime.now(PARIS).replace(tzinfo=None, microsecond=0) + timedelta(days=60)
    answer = ask(
        starts=begins.isoformat(),
        rrule="FREQ=WEEKLY;COUNT=2",
        publish=True,
        opens_days_before=14,
        closes_hours_before=24,
    )
    for one in answer.json["dates"]:
        shown = client.get(f"/v1/sessions/{one['session_id']}").json
        starts = datetime.fromisoformat(one["starts_at"])
        assert datetime.fromisoformat(shown["closes_at"]) == starts - timedelta(days=1)
        opens = datetime.fromisoformat(shown["opens_at"]).astimezone(PARIS)
        assert opens.time() == starts.astimezone(PARIS).time()
        assert starts.astimezone(PARIS).date() - opens.date() == timedelta(days=14)


# ── rooms and facilitators ──────────────────────────────────────────────────────────────────────


def test_one_taken_date_refuses_all_and_every_taken_one_is_named(
    ask: Ask, room: str, registrations_database: Database
) -> None:
    ask(room_id=room, rrule="FREQ=WEEKLY;INTERVAL=2;COUNT=2")
    before = how_many(registrations_database)
    refused = ask(room_id=room, starts="2027-01-05T19:00:00", rrule="FREQ=WEEKLY;COUNT=4")
    assert refused.status_code == 409, refused.json
    assert refused.json["type"].endswith("already-booked")
    assert list(refused.json["errors"]) == ["2027-01-05T19:00", "2027-01-19T19:00"]
    assert "Atelier" in refused.json["errors"]["2027-01-05T19:00"][0]
    assert how_many(registrations_database) == before


def test_taken_dates_can_be_skipped(ask: Ask, room: str) -> None:
    ask(facilitator="Léa", rrule="FREQ=WEEKLY;INTERVAL=2;COUNT=2")
    answer = ask(
        facilitator="LÉA",
        starts="2027-01-05T19:00:00",
        rrule="FREQ=WEEKLY;COUNT=3",
        collisions="skip",
    )
    assert local_times(answer) == ["01-12T19:00"]
    assert left_out(answer) == [("01-05T19:00", "taken"), ("01-19T19:00", "taken")]
    assert "LÉA" in answer.json["left_out"][0]["detail"]


def test_a_shared_room_is_never_taken(
    ask: Ask, room: str, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.execute(update(Room).values(shared=True))
    ask(room_id=room)
    assert ask(room_id=room, starts="2027-01-05T19:00:00").status_code == 200


def test_two_who_ask_for_one_room_at_the_same_moment_do_not_both_get_it(
    app: Flask,
    activity: str,
    room: str,
    bearer: Callable[..., dict[str, str]],
    registrations_database: Database,
) -> None:
    def one(hour: int) -> int:
        answer = app.test_client().post(
            f"/v1/activities/{activity}/sessions",
            json={
                "place": "arceaux",
                "starts": f"2027-01-05T{hour}:00:00",
                "rrule": "FREQ=WEEKLY;COUNT=40",
                "minutes": 120,
                "capacity": 5,
                "room_id": room,
            },
            headers=bearer("manager"),
        )
        return answer.status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, (18, 19))) == [200, 409]
    with registrations_database.transaction() as transaction:
        query = select(func.count()).where(Meeting.room_id == room)
        assert transaction.scalar(query) == 40


# ── appointments ────────────────────────────────────────────────────────────────────────────────


def test_appointments_fill_a_professionals_hours(ask: Ask, client: FlaskClient) -> None:
    answer = ask(
        "appointments",
        publish=True,
        pause=15,
        hours=[
            {"weekday": "MO", "from": "09:00", "to": "12:00"},
            {"weekday": "MO", "from": "14:00", "to": "15:30"},
            {"weekday": "TH", "from": "23:00", "to": "00:00"},
        ],
    )
    assert local_times(answer) == [
        "01-04T09:00",
        "01-04T10:00",
        "01-04T11:00",
        "01-04T14:00",
        "01-07T23:00",
    ]
    session = client.get(f"/v1/sessions/{answer.json['dates'][0]['session_id']}").json
    assert (session["capacity"], session["status"]) == (1, "published")


def test_two_professionals_may_see_people_at_the_same_hours(ask: Ask) -> None:
    first = ask("appointments")
    second = ask("appointments", facilitator="Karim")
    assert local_times(first) == local_times(second)
    assert all(one["is_new"] for one in second.json["dates"])
    assert not any(one["is_new"] for one in ask("appointments").json["dates"])


# ── bad input ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"rrule": "FREQ=SECONDLY;COUNT=3"}, "rrule"),
        ({"rrule": "FREQ=WEEKLY"}, "rrule"),
        ({"rrule": "every tuesday"}, "rrule"),
        ({"rrule": "FREQ=DAILY;COUNT=401"}, "rrule"),
        ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"}, "rrule"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=WE;COUNT=3"}, "starts"),
        ({"starts": "2027-01-05T18:00:00+01:00"}, "starts"),
        ({"starts": "1999-01-05T18:00:00"}, "starts"),
        ({"minutes": 0}, "minutes"),
        (
            {"rrule": "FREQ=DAILY;COUNT=3", "minutes": 1440, "dates": ["2027-01-05T20:00:00"]},
            "minutes",
        ),
        ({"room_id": "00000000-0000-0000-0000-000000000000"}, "room_id"),
        ({"place": "nowhere"}, "place"),
        ({"minimum": 13}, "minimum"),
        ({"skip": ["rain"]}, "skip.0"),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_nothing_is_made(
    ask: Ask, registrations_database: Database, wrong: dict[str, Any], field: str
) -> None:
    before = how_many(registrations_database)
    refused = ask(**wrong)
    assert refused.status_code == 422, refused.json
    assert list(refused.json["errors"]) == [field]
    assert how_many(registrations_database) == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"until": "2027-01-03"}, "until"),
        ({"until": "2029-01-03"}, "until"),
        ({"hours": []}, "hours"),
        ({"hours": [{"weekday": "MO", "from": "12:00", "to": "09:00"}]}, "hours.0.to"),
        (
            {
                "hours": [
                    {"weekday": "MO", "from": "09:00", "to": "12:00"},
                    {"weekday": "MO", "from": "11:00", "to": "13:00"},
                ]
            },
            "hours.1.from",
        ),
    ],
)
def test_hours_that_cannot_be_are_refused_by_field(
    ask: Ask, wrong: dict[str, Any], field: str
) -> None:
    refused = ask("appointments", **wrong)
    assert refused.status_code == 422, refused.json
    assert list(refused.json["errors"]) == [field]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=7;BYDAY=WE;COUNT=3",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=20;COUNT=3",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYSETPOS=2;COUNT=3",
        "FREQ=DAILY;COUNT=99999999",
    ],
)
def test_a_rule_that_never_holds_or_never_ends_is_refused_wherever_it_leads(
    ask: Ask, rule: str
) -> None:
    assert ask(rrule=rule).status_code == 422
