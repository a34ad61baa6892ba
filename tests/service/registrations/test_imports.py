"""Importing a programme of activities, through the API, into a real database."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from vacances_scolaires_france import SchoolHolidayDates

import services.registrations
from services.registrations.api import imports
from services.registrations.models import (
    Activity,
    Meeting,
    Organisation,
    Place,
    Programme,
    Registration,
    Room,
    Session,
)
from services.registrations.operations.offer import alternatives
from shared.events.catalogue import CATALOGUE
from tests import realdata
from tests.service.registrations.conftest import body, told

PARIS = ZoneInfo("Europe/Paris")
PROGRAMME = Path(services.registrations.__file__).parent / "programme" / "arceaux.json"
# A Monday morning in the first weeks of a school year.
TODAY = datetime(2026, 9, 14, 8, 0, tzinfo=UTC)


class Clock:
    """What the import takes for the present moment."""

    def __init__(self, moment):
        self.moment = moment

    def __call__(self):
        return self.moment


@pytest.fixture
def clock(monkeypatch):
    clock = Clock(TODAY)
    monkeypatch.setattr(imports, "now", clock)
    return clock


@pytest.fixture
def send(client, bearer, offer, clock):
    """Imports a file as a manager; a programme and a place to begin with are there."""

    def send(content, *, expect=200, language="en", **query):
        content = content if isinstance(content, bytes) else content.encode()
        answer = client.post(
            "/v1/imports",
            query_string={name: str(value) for name, value in query.items()},
            data=content,
            headers={**bearer("manager"), "Accept-Language": language},
            content_type="application/octet-stream",
        )
        assert answer.status_code == expect, answer.text
        return answer.json

    return send


def activity(number=1, **changes):
    """One row as municipal sites publish them."""
    return {
        "id": f"a-{number}",
        "name": f"Yoga {number}",
        "category": "Détente",
        "mptId": "mpt-leo-lagrange",
        "mptName": "Léo-Lagrange",
        "public": "Adultes",
        "level": {"value": "débutant", "original": "NULL"},
        "age": {"min": 7, "text": "dès 7 ans"},
        "schedule": {"day": "Lundi", "startTime": "18:45", "endTime": "20:15"},
        **changes,
    }


def listed(*rows):
    """A list with one row a line, from line 2 on."""
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"


def rows_of(database, kind):
    with database.transaction() as transaction:
        return list(transaction.scalars(select(kind)).unique())


def everything(database):
    """How many rows of each kind there are, and how many events."""
    kinds = (Organisation, Place, Room, Programme, Activity, Session, Meeting)
    with database.transaction() as transaction:
        counts = {
            kind.__name__: transaction.scalar(select(func.count()).select_from(kind))
            for kind in kinds
        }
    return {**counts, "events": len(told(database))}


def problems(report):
    return [
        (one["line"], one["field"], one["message"], one["severity"]) for one in report["errors"]
    ]


# ── who and what ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", [None, "adviser", "facilitator", "operator"])
def test_only_managers_import(client, bearer, offer, role):
    headers = bearer(role) if role else {}
    answer = client.post("/v1/imports", data=b"[]", headers=headers)
    assert answer.status_code == (403 if role else 401)


def test_other_content_types_are_refused_with_what_is_accepted(client, bearer, offer):
    answer = client.post(
        "/v1/imports", data=b"x", headers=bearer("manager"), content_type="image/png"
    )
    assert answer.status_code == 415
    assert "application/octet-stream" in answer.json["detail"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"PK\x03\x04rest", "XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "XLS"),
        (b"%PDF-1.7", "PDF"),
        (b"<!doctype html>", "web page"),
        (b"\x00\x01\x02", "not text"),
        (b"[{", "not valid JSON"),
        (b"[NaN]", "NaN is not JSON"),
        (b'[{"title": ' + b"9" * 5000 + b"}]", "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{}", "neither a programme nor a list"),
        (b"[]", "neither a programme nor a list"),
        (b'{"format": "other", "version": 1}', "'other' 1"),
        (b'{"format": "arceaux-programme", "version": 2}', "'arceaux-programme' 2"),
        (b'{"format": "arceaux-programme", "version": 1}', "needs a name"),
        (b'[{"colour": "red"}]', "Found: colour"),
        (b"colour;size\nred;1\n", "Found: colour, size"),
        (b"just words", "Found: just words"),
        (b"BEGIN:VCALENDAR\nfoo\nEND:VCALENDAR\n", "calendar"),
        (b"BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", "0 readable events"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(send, content, said):
    problem = send(content, expect=422)
    assert said in problem["detail"]
    assert "Accepted" in problem["detail"]


def test_the_reason_is_said_in_french(send):
    assert "Le fichier est vide" in send(b"", expect=422, language="fr")["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"programme": "unknown"}, "programme"),
        ({"organisation": "unknown"}, "organisation"),
        ({"place": "unknown"}, "place"),
        ({"season_to": "2020-01-01"}, "season_to"),
        ({"season_to": "2030-01-01"}, "season_to"),
        ({"season_from": "9999-12-31"}, "season_from"),
        ({"season_from": "soon"}, "season_from"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"school_zone": "Z"}, "school_zone"),
        ({"capacity": 0}, "capacity"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(send, query, field):
    assert field in send(listed(activity()), expect=422, **query)["errors"]


# ── lists of weekly activities ──────────────────────────────────────────────────────────────────


def test_a_weekly_activity_becomes_a_published_course(send, registrations_database):
    report = send(listed(activity()))

    assert report["format"] == "activity-list"
    assert report["season"] == {"from": "2026-09-14", "to": "2027-06-30"}
    assert report["errors"] == []
    (session,) = rows_of(registrations_database, Session)
    assert report["created"] == {
        "organisations": 1,
        "places": 1,
        "rooms": 0,
        "programmes": 0,
        "activities": 1,
        "sessions": 1,
        "meetings": len(session.meetings),
    }
    assert session.status == "published"
    assert session.capacity == 12
    assert session.activity.title == "Yoga 1"
    assert session.activity.theme == "Détente"
    assert session.activity.audience == "Adultes, dès 7 ans, débutant"
    assert session.activity.search_text
    assert session.place_code == "mpt-leo-lagrange"
    assert session.place.name == "Léo-Lagrange"
    assert session.activity.organisation.name == "Léo-Lagrange"
    assert session.closes_at == session.meetings[-1].starts_at
    begins = [meeting.starts_at.astimezone(PARIS) for meeting in session.meetings]
    assert {(begin.weekday(), begin.hour, begin.minute) for begin in begins} == {(0, 18, 45)}
    assert begins[0].date() == date(2026, 9, 14)
    days = {begin.date() for begin in begins}
    assert date(2026, 10, 19) not in days  # All Saints' holidays, zone C
    assert date(2027, 3, 29) not in days  # Easter Monday
    assert date(2026, 11, 2) in days


def test_the_published_session_is_told_whole(send, registrations_database):
    send(listed(activity()))
    (event,) = told(registrations_database)
    assert event.type == "session.published"
    schema = CATALOGUE["session.published", 1].instance()
    assert schema.validate(event.data) == {}
    assert event.data["place"]["name"] == "Léo-Lagrange"
    assert len(event.data["meetings"]) == len(rows_of(registrations_database, Meeting))


def test_people_can_register_for_what_was_imported(send, client, bearer, registrations_database):
    send(listed(activity()))
    (session,) = rows_of(registrations_database, Session)
    answer = client.post("/v1/registrations", json=body(session.id), headers=bearer("adviser"))
    assert answer.status_code == 201
    assert answer.json["status"] == "confirmed"


def test_a_dry_run_reports_the_same_and_changes_nothing(send, registrations_database):
    content = listed(activity(1), activity(2, name=""), activity(3))
    before = everything(registrations_database)
    rehearsed = send(content, dry_run="true")
    assert everything(registrations_database) == before
    done = send(content, dry_run="false")
    assert rehearsed.pop("dry_run") is True
    assert done.pop("dry_run") is False
    assert rehearsed == done
    assert done["created"]["sessions"] == 2


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=60)])
def test_the_same_file_again_changes_nothing(send, clock, registrations_database, later):
    content = listed(activity(1), activity(2), activity(3, mptId="other", mptName="Autre"))
    send(content)
    before = everything(registrations_database)
    clock.moment += later
    report = send(content)
    assert everything(registrations_database) == before
    assert not any(report["created"].values())
    assert not any(report["updated"].values())
    assert report["unchanged"]["sessions"] == report["unchanged"]["activities"] == 3
    assert report["unchanged"]["places"] == 2


def test_changed_words_change_the_activity_and_are_told(send, registrations_database):
    send(listed(activity(1), activity(2)))
    report = send(listed(activity(1, name="Hatha yoga"), activity(2)))
    assert report["updated"]["activities"] == 1
    assert report["updated"]["sessions"] == 0
    assert report["unchanged"]["activities"] == 1
    (event,) = told(registrations_database, "session.rescheduled")
    assert event.data["title"] == "Hatha yoga"
    titles = {one.search_text for one in rows_of(registrations_database, Activity)}
    assert any("hatha yoga" in text for text in titles)


def test_changed_hours_move_the_meetings_to_come(send, clock, registrations_database):
    send(listed(activity()))
    (session,) = rows_of(registrations_database, Session)
    before = {meeting.id: meeting.starts_at for meeting in session.meetings}
    clock.moment += timedelta(days=30)
    later = {"day": "Mardi", "startTime": "19:00", "endTime": "20:15"}

    report = send(listed(activity(schedule=later)))

    assert report["updated"]["sessions"] == 1
    (event,) = told(registrations_database, "session.rescheduled")
    (session,) = rows_of(registrations_database, Session)
    assert str(session.id) == event.subject
    for meeting in session.meetings:
        begin = meeting.starts_at.astimezone(PARIS)
        if meeting.starts_at <= clock.moment:
            assert before[meeting.id] == meeting.starts_at
        else:
            assert (begin.weekday(), begin.hour) == (1, 19)
    assert len({meeting.id for meeting in session.meetings} & before.keys()) >= len(before) - 2


def test_those_registered_for_what_a_file_moves_are_told_what_else_there_is(
    send, client, clock, registrations_database, monkeypatch
):
    monkeypatch.setattr(alternatives, "now", clock)
    send(listed(activity(1), activity(2)))
    with registrations_database.transaction() as transaction:
        transaction.execute(update(Session).values(opens_at=clock.moment))
    moved, other = sorted(
        rows_of(registrations_database, Session), key=lambda one: one.activity.source_ref
    )
    registered = client.post("/v1/registrations", json=body(moved.id))
    assert registered.status_code == 201, registered.json
    later = {"day": "Mardi", "startTime": "19:00", "endTime": "20:15"}

    send(listed(activity(1, schedule=later), activity(2, schedule=later)))

    events = {one.subject: one.data for one in told(registrations_database, "session.rescheduled")}
    assert [one["session_id"] for one in events[str(moved.id)]["alternatives"]] == [str(other.id)]


def test_a_new_school_year_is_a_new_session_of_the_same_activity(
    send, clock, registrations_database
):
    send(listed(activity()))
    clock.moment = datetime(2027, 7, 5, 8, tzinfo=UTC)
    report = send(listed(activity()))
    assert report["season"]["from"] == "2027-09-01"
    assert report["created"]["sessions"] == 1
    assert report["unchanged"]["activities"] == 1
    assert told(registrations_database, "session.rescheduled") == []


def test_what_vanished_from_the_file_stays(send, registrations_database):
    send(listed(activity(1), activity(2)))
    send(listed(activity(2)))
    assert {s.status for s in rows_of(registrations_database, Session)} == {"published"}
    assert len(rows_of(registrations_database, Session)) == 2


def test_a_session_cancelled_here_is_not_revived(send, client, bearer, registrations_database):
    send(listed(activity()))
    (session,) = rows_of(registrations_database, Session)
    client.post(f"/v1/sessions/{session.id}/cancel", headers=bearer("manager"))
    report = send(
        listed(activity(schedule={"day": "Mardi", "startTime": "9:00", "endTime": "10:00"}))
    )
    assert report["unchanged"]["sessions"] == 1
    assert rows_of(registrations_database, Session)[0].status == "cancelled"


def test_a_capacity_that_the_file_does_not_say_stays_as_it_was_set(
    send, client, bearer, registrations_database
):
    send(listed(activity()))
    (session,) = rows_of(registrations_database, Session)
    changed = client.patch(
        f"/v1/sessions/{session.id}", json={"capacity": 30}, headers=bearer("manager")
    )
    assert changed.status_code == 200
    assert send(listed(activity()), capacity=5)["unchanged"]["sessions"] == 1
    assert rows_of(registrations_database, Session)[0].capacity == 30
    assert send(listed(activity(capacity=8)))["updated"]["sessions"] == 1
    assert rows_of(registrations_database, Session)[0].capacity == 8


def test_fewer_seats_than_people_is_a_warning(send, client, bearer, registrations_database):
    send(listed(activity(capacity=2)))
    (session,) = rows_of(registrations_database, Session)
    for number in (1, 2):
        client.post("/v1/registrations", json=body(session.id, number), headers=bearer("adviser"))
    report = send(listed(activity(capacity=1)))
    assert [(line, field, how) for line, field, _, how in problems(report)] == [
        (2, "capacity", "warning")
    ]
    assert rows_of(registrations_database, Session)[0].capacity == 2
    assert len(rows_of(registrations_database, Registration)) == 2


def test_bad_rows_are_reported_by_line_and_the_good_ones_loaded(send, registrations_database):
    hours = activity()["schedule"]
    content = listed(
        activity(1),
        activity(2, name=" \xa0 NULL"),
        activity(3, schedule={**hours, "day": "Lundredi"}),
        activity(4, schedule={**hours, "endTime": "18:00"}),
        activity(5, schedule={**hours, "startTime": "25:99"}),
        "not an object",
        activity(7, mptId="NULL", mptName=""),
        activity(8, capacity=10**30),
        activity(9, name="\x00"),
        activity(10, name="x" * 301),
        {**activity(1), "id": "a-11"},
        {**activity(12), "id": "a-1"},
        activity(13, schedule={**hours, "startTime": "08:00", "endTime": "18:00"}),
        activity(14, programme="unknown"),
        activity(15, schedule={}),
    ).replace("\\u0000", "\\ud800")
    report = send(content)
    assert [(line, field, how) for line, field, _, how in problems(report)] == [
        (3, "title", "error"),
        (4, "day", "error"),
        (5, "ends", "error"),
        (6, "starts", "error"),
        (7, None, "error"),
        (8, "place", "error"),
        (9, "capacity", "error"),
        (10, "name", "error"),
        (11, "title", "error"),
        (12, None, "error"),
        (13, "id", "error"),
        (14, "ends", "warning"),
        (15, "programme", "error"),
        (16, "day", "error"),
    ]
    assert report["errors"][9]["message"] == "Same as line 2."
    assert report["errors"][10]["message"] == "Same id as line 2."
    assert report["created"]["sessions"] == 2
    assert len(rows_of(registrations_database, Session)) == 2


def test_problems_are_said_in_french(send):
    (problem,) = send(listed(activity(name="")), language="fr")["errors"]
    assert problem["message"] == "Cette information est obligatoire."


def test_only_bad_rows_make_no_place(send, registrations_database):
    report = send(listed(activity(schedule={"day": "Lundi"})))
    assert not any(report["created"].values())
    assert [place.code for place in rows_of(registrations_database, Place)] == ["arceaux"]


def test_rows_name_known_places_and_organisations(send, registrations_database):
    row = activity(mptId=None, mptName="TIERS-LIEU DES ARCEAUX", organizer="repair café")
    report = send(listed(row))
    (session,) = rows_of(registrations_database, Session)
    assert session.place_code == "arceaux"
    assert session.activity.organisation_code == "repair-cafe"
    assert report["created"]["places"] == report["created"]["organisations"] == 0


def test_a_place_is_known_by_its_name_though_another_has_the_same(send, client, bearer):
    row = activity(mptId=None)
    assert send(listed(row))["created"]["places"] == 1
    for code in ("a-leo", "zzz-leo"):
        made = {"code": code, "name": "Léo-Lagrange"}
        answer = client.post("/v1/places", json=made, headers=bearer("manager"))
        assert answer.status_code == 201, answer.json
        client.post("/v1/organisations", json=made, headers=bearer("manager"))
    again = send(listed(row))
    assert not any(again["created"].values())
    assert again["missing"] == []


def test_the_defaults_of_the_caller_hold_for_what_the_file_leaves_out(send, registrations_database):
    row = activity(mptId=None, mptName=None)
    send(
        listed(row),
        organisation="ccas",
        place="arceaux",
        programme="unisvers",
        capacity=20,
        season_from="2027-01-04",
        season_to="2027-01-31",
    )
    (session,) = rows_of(registrations_database, Session)
    assert session.place_code == "arceaux"
    assert session.activity.organisation_code == "ccas"
    assert session.activity.programme_code == "unisvers"
    assert session.capacity == 20
    assert [m.starts_at.astimezone(PARIS).day for m in session.meetings] == [4, 11, 18, 25]


def test_a_row_whose_room_is_taken_is_refused_by_line_and_the_others_are_loaded(
    send, registrations_database
):
    first, same_time = activity(1, room="Salle A"), activity(2, room="Salle A")
    elsewhere = activity(3, room="Salle B")
    report = send(listed(first, same_time, elsewhere))
    [error] = [one for one in report["errors"] if one["severity"] == "error"]
    assert (error["line"], error["field"]) == (3, "room")
    assert "Salle A" in error["message"]
    assert error["message"].endswith("line 2.")
    assert report["created"]["sessions"] == 2

    moved = activity(3, room="Salle A")
    [error] = send(listed(first, moved))["errors"]
    assert (error["line"], error["severity"]) == (3, "error")
    rooms = {room.id: room.name for room in rows_of(registrations_database, Room)}
    held = {rooms[meeting.room_id] for meeting in rows_of(registrations_database, Meeting)}
    assert held == {"Salle A", "Salle B"}


def test_a_facilitator_is_not_planned_twice_at_once(send):
    rows = [activity(n, facilitator="Léa Martin") for n in (1, 2)]
    [error] = [one for one in send(listed(*rows))["errors"] if one["severity"] == "error"]
    assert (error["line"], error["field"]) == (3, "facilitator")


def test_a_season_without_a_date_is_a_warning(send, registrations_database):
    report = send(listed(activity()), season_from="2026-12-21", season_to="2027-01-02")
    assert [(line, how) for line, _, _, how in problems(report)] == [(2, "warning")]
    assert rows_of(registrations_database, Session) == []


def test_two_imports_at_once_make_everything_once(
    app, bearer, offer, clock, registrations_database
):
    content = listed(*(activity(number) for number in range(20)))

    def load(_):
        with app.test_client() as one:
            return one.post("/v1/imports", data=content, headers=bearer("manager"))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(load, range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sum(answer.json["created"]["sessions"] for answer in answers) == 20
    assert sum(answer.json["unchanged"]["sessions"] for answer in answers) == 60
    assert len(rows_of(registrations_database, Session)) == 20


def test_what_was_made_at_the_same_moment_is_a_conflict(send, monkeypatch):
    def collide(*_):
        raise IntegrityError("INSERT", {}, Exception("duplicate key"))

    monkeypatch.setattr(imports, "import_source", collide)
    problem = send(listed(activity()), expect=409)
    assert problem["type"].endswith("import-interfered")


# ── tables and calendars ────────────────────────────────────────────────────────────────────────

WEEKLY_CSV = (
    "Titre;Jour;Heure début;Heure fin;Lieu;Public;Capacité\r\n"
    "Théâtre;mercredi;14h;15h30;Léo-Lagrange;Enfants;15\r\n"
    "\r\n"
    '"Chorale\r\ndu quartier";jeu.;1900.0;2030.0;Léo-Lagrange;;\r\n'
    "Sans jour;;9h;10h;Léo-Lagrange;;\r\n"
)


def test_dates_may_stand_in_a_column_of_days(send, registrations_database):
    report = send(
        "Titre;Jour;Heure;Lieu\r\n"
        "Tricot;12/05/2027;14h;Léo-Lagrange\r\n"
        "Piano;mercredi 12 mai 2027;15h;Léo-Lagrange\r\n"
        "Théâtre;mardi 13/05/2027;16h;Léo-Lagrange\r\n".encode()
    )
    # The 13th is a Thursday: which of the two was meant, only who wrote it knows.
    [wrong] = [one for one in report["errors"] if one["severity"] == "error"]
    assert (wrong["line"], wrong["field"], wrong["column"]) == (4, "day", "Jour")
    begins = {s.activity.title: s.starts_at for s in rows_of(registrations_database, Session)}
    assert begins == {
        "Tricot": datetime(2027, 5, 12, 12, tzinfo=UTC),
        "Piano": datetime(2027, 5, 12, 13, tzinfo=UTC),
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_table_of_weekly_activities(send, registrations_database, encoding, delimiter):
    content = WEEKLY_CSV.replace(";", delimiter).encode(encoding)
    report = send(content)
    assert report["format"] == "csv"
    assert [(line, field) for line, field, _, _ in problems(report)] == [(6, "day")]
    assert report["created"]["sessions"] == 2
    titles = {s.activity.title: s.capacity for s in rows_of(registrations_database, Session)}
    assert titles == {"Théâtre": 15, "Chorale du quartier": 12}
    assert send(content)["unchanged"]["sessions"] == 2


def test_a_table_of_dates(send, registrations_database):
    content = (
        "title,date,start,end,place,room,facilitator\n"
        "Concert,2026-12-01,20:00,22:00,Tiers-lieu des Arceaux,Atelier,Ada\n"
        "Bal,12/12/2026,21h,00:00,Tiers-lieu des Arceaux,Grenier,\n"
        "Passé,2026-01-01,20:00,22:00,Tiers-lieu des Arceaux,,\n"
        "Sans fin,2026-12-02 18:30,,,Tiers-lieu des Arceaux,,\n"
        "Trop long,2026-12-02T18:30:00+01:00,,2026-12-05T18:30:00+01:00,Tiers-lieu des Arceaux,,\n"
        "Impossible,31/02/2027,18:00,19:00,Tiers-lieu des Arceaux,,\n"
        "Lointain,9999-12-31,18:00,24:00,Tiers-lieu des Arceaux,,\n"
    )
    report = send(content)
    assert [(line, field, how) for line, field, _, how in problems(report)] == [
        (4, None, "warning"),
        (5, "ends", "warning"),
        (6, "end_date", "error"),
        (7, "date", "error"),
        (8, "date", "error"),
    ]
    assert report["created"]["sessions"] == 3
    assert report["created"]["rooms"] == 1
    sessions = {one.activity.title: one for one in rows_of(registrations_database, Session)}
    (concert,) = sessions["Concert"].meetings
    assert concert.starts_at == datetime(2026, 12, 1, 19, tzinfo=UTC)
    assert concert.room.name == "Atelier"
    assert concert.facilitator == "Ada"
    (ball,) = sessions["Bal"].meetings
    assert ball.ends_at == datetime(2026, 12, 12, 23, tzinfo=UTC)
    assert send(content)["unchanged"]["sessions"] == 3


def test_what_a_desk_saves_from_its_spreadsheet_loads_and_what_does_not_is_said_once(
    send, registrations_database
):
    content = (
        "Atelier;Dispositif;Date;Durée (h);Nombre de places max;Tarif;Remarques\n"
        "Été créatif;Ateliers;12/12/2026 14h30;2,5;12,0;2,50 €;\n"
        "Passé;Ateliers;12/10/2018 14h30;;8;0,00 €;\n"
        "Ailleurs;Atelliers;13/12/2026 14h30;2;8;;\n"
    ).encode("cp1252")
    report = send(content, place="arceaux", language="fr")
    assert [(one["line"], one["field"], one["message"]) for one in report["errors"]] == [
        (None, None, "Colonnes non reprises : Tarif"),
        (3, None, "Aucune date à venir dans cette saison : non chargé."),
        (4, "programme", "Ce dispositif n’existe pas : Atelliers"),
    ]
    (session,) = rows_of(registrations_database, Session)
    assert (session.activity.title, session.capacity) == ("Été créatif", 12)
    (meeting,) = session.meetings
    assert meeting.starts_at == datetime(2026, 12, 12, 13, 30, tzinfo=UTC)
    assert meeting.ends_at == datetime(2026, 12, 12, 16, 0, tzinfo=UTC)
    assert send(content, place="arceaux")["unchanged"]["sessions"] == 1


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//FR
BEGIN:VEVENT
UID:repair@example.org
SUMMARY:Repair Café
DTSTART;TZID=Europe/Paris:20261003T140000
DTEND;TZID=Europe/Paris:20261003T170000
RRULE:FREQ=WEEKLY;UNTIL=20261130T230000Z
EXDATE;TZID=Europe/Paris:20261017T140000
LOCATION:Tiers-lieu des Arceaux\\, rue Draparnaud
END:VEVENT
BEGIN:VEVENT
UID:repair@example.org
RECURRENCE-ID;TZID=Europe/Paris:20261024T140000
SUMMARY:Repair Café
DTSTART;TZID=Europe/Paris:20261025T150000
DTEND;TZID=Europe/Paris:20261025T170000
END:VEVENT
BEGIN:VEVENT
UID:once@example.org
SUMMARY:Fête du quartier
CATEGORIES:Fête,Quartier
DTSTART:20261205T130000Z
DURATION:PT3H
LOCATION:Tiers-lieu des Arceaux
END:VEVENT
BEGIN:VEVENT
UID:day@example.org
SUMMARY:Journée
DTSTART;VALUE=DATE:20261206
LOCATION:Tiers-lieu des Arceaux
END:VEVENT
BEGIN:VEVENT
UID:cancelled@example.org
SUMMARY:Annulé
STATUS:CANCELLED
DTSTART:20261205T130000Z
END:VEVENT
BEGIN:VEVENT
UID:hourly@example.org
SUMMARY:Trop
DTSTART:20261205T130000Z
DURATION:PT1H
RRULE:FREQ=HOURLY
LOCATION:Tiers-lieu des Arceaux
END:VEVENT
BEGIN:VEVENT
UID:broken@example.org
SUMMARY:Cassé
DTSTART:someday
LOCATION:Tiers-lieu des Arceaux
END:VEVENT
BEGIN:VEVENT
UID:nowhere@example.org
SUMMARY:Nulle part
DTSTART:20261205T130000Z
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_with_recurrences_and_exceptions(send, registrations_database):
    report = send(CALENDAR.replace("\n", "\r\n"))
    assert report["format"] == "icalendar"
    assert [(line, field, how) for line, field, _, how in problems(report)] == [
        (28, "DTSTART", "error"),
        (34, "STATUS", "warning"),
        (40, "RRULE", "error"),
        (48, "DTSTART", "error"),
        (54, "place", "error"),
    ]
    sessions = {one.activity.title: one for one in rows_of(registrations_database, Session)}
    assert sessions.keys() == {"Repair Café", "Fête du quartier"}
    begins = [m.starts_at.astimezone(PARIS) for m in sessions["Repair Café"].meetings]
    assert [(b.month, b.day, b.hour) for b in begins] == [
        (10, 3, 14),
        (10, 10, 14),
        (10, 25, 15),
        (10, 31, 14),
        (11, 7, 14),
        (11, 14, 14),
        (11, 21, 14),
        (11, 28, 14),
    ]
    party = sessions["Fête du quartier"]
    assert party.place_code == "arceaux"
    assert party.activity.theme == "Fête"
    assert party.meetings[0].ends_at == datetime(2026, 12, 5, 16, tzinfo=UTC)
    again = send(CALENDAR)
    assert again["unchanged"]["sessions"] == 2
    assert not any(again["updated"].values())


# ── the programme of the place ──────────────────────────────────────────────────────────────────


def test_the_programme_of_the_place_loads_whole(client, bearer, registrations_database):
    answer = client.post("/v1/imports", data=PROGRAMME.read_bytes(), headers=bearer("manager"))
    assert answer.status_code == 200
    report = answer.json
    assert report["errors"] == []
    assert report["format"] == "arceaux-programme"
    assert 60 <= report["created"]["sessions"] <= 120
    assert len(told(registrations_database, "session.published")) == report["created"]["sessions"]
    programmes = {one.code: one for one in rows_of(registrations_database, Programme)}
    assert {code for code, one in programmes.items() if one.discreet} == {"budget", "sante"}
    assert {code for code, one in programmes.items() if one.requires_approval} == {
        "unisvers",
        "sante",
    }
    sessions = rows_of(registrations_database, Session)
    (cohort,) = [one for one in sessions if one.minimum == 15]
    assert cohort.capacity == 20
    assert any(one.capacity == 4 for one in sessions)
    shown = client.get("/v1/sessions?limit=500").json["items"]
    assert len(shown) == len(sessions)
    before = everything(registrations_database)
    again = client.post("/v1/imports", data=PROGRAMME.read_bytes(), headers=bearer("manager"))
    assert again.json["errors"] == []
    assert not any(again.json["created"].values())
    assert not any(again.json["updated"].values())
    assert everything(registrations_database) == before


def test_a_programme_loaded_again_later_goes_on(client, bearer, registrations_database, clock):
    headers = bearer("manager")
    first = client.post("/v1/imports", data=PROGRAMME.read_bytes(), headers=headers).json
    clock.moment += timedelta(weeks=2)
    second = client.post("/v1/imports", data=PROGRAMME.read_bytes(), headers=headers).json
    assert 0 < second["created"]["sessions"] < first["created"]["sessions"] / 2
    assert second["updated"]["sessions"] == 0
    assert second["created"]["activities"] == 0
    assert second["errors"] == []


def test_rows_of_a_programme_are_checked_one_by_one(send, registrations_database):
    document = json.loads(PROGRAMME.read_text())
    document["rooms"][0]["capacity"] = 0
    document["rooms"].append({"place": "nowhere", "name": "Salle"})
    document["activities"][0] = {"id": "Not A Code"}
    document["activities"].append(document["activities"][1])
    document["places"].append(["no", "object"])
    document["sessions"].append({**document["sessions"][1], "id": "late", "ends": "08:00"})
    document["sessions"].append({**document["sessions"][1], "id": "odd", "as": "party"})
    document["extra"] = {}
    parts = [
        f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in value) + "\n]"
        if isinstance(value, list)
        else f'"{name}": {json.dumps(value)}'
        for name, value in document.items()
    ]
    text = "{" + ",\n".join(parts) + "}"
    lines = text.splitlines()
    report = send(text)
    told_of = {
        (None if line is None else json.loads(lines[line - 1].rstrip(",")).get("id"), field)
        if line and lines[line - 1].startswith("{")
        else (line and lines[line - 1], field)
        for line, field, _, _ in problems(report)
    }
    assert (None, "extra") in told_of
    assert ("late", "ends") in told_of
    assert ("odd", "as") in told_of
    assert ("souder", "id") in told_of
    assert ("repair-cafe", "activity") in told_of  # whose activity is not readable
    assert any(field == "capacity" for _, field in told_of)
    assert any(field == "place" for _, field in told_of)
    assert report["created"]["sessions"] > 20


# ── real input ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.realdata
def test_a_citys_weekly_activities(send, registrations_database):
    content = realdata.path("programmes/montpellier-mpt/activities.json").read_bytes()
    report = send(content)
    meetings = rows_of(registrations_database, Meeting)
    assert report["created"]["sessions"] == 1742
    assert report["created"]["places"] == 24
    errors = [one for one in report["errors"] if one["severity"] == "error"]
    assert len(errors) == 53
    lines = content.decode().splitlines()
    for error in errors:
        same = json.loads(lines[int(error["message"].rstrip(".").split()[-1]) - 1].rstrip(","))
        here = json.loads(lines[error["line"] - 1].rstrip(","))
        assert {**same, "id": None} == {**here, "id": None}
    long = [one for one in report["errors"] if one["severity"] == "warning"]
    assert 0 < len(long) <= 66
    free = SchoolHolidayDates()
    public = holidays.country_holidays("FR", years=[2026, 2027])
    days = {meeting.starts_at.astimezone(PARIS).date() for meeting in meetings}
    assert not [day for day in days if day in public or free.is_holiday_for_zone(day, "C")]
    assert len(told(registrations_database, "session.published")) == 1742

    again = send(content)
    assert again["unchanged"]["sessions"] == 1742
    assert not any(again["created"].values())
    assert not any(again["updated"].values())


@pytest.mark.realdata
def test_strings_that_break_software_come_out_as_they_went_in(send, client, registrations_database):
    naughty = realdata.load_json("conformance/naughty-strings/blns.json")
    rows = [
        activity(number, name=text, mptId=None, mptName=text, public=text, organisation=text)
        for number, text in enumerate(naughty)
    ]
    report = send(json.dumps(rows), place="arceaux")
    assert report["created"]["activities"] > 400
    stored = {one.title for one in rows_of(registrations_database, Activity)}
    assert len(stored & set(naughty)) > 400
    assert client.get("/v1/sessions?limit=500").status_code == 200
    assert not any(send(json.dumps(rows), place="arceaux")["created"].values())


# Why a line was not taken.
_DAYS = "Cela dure un jour ou plus : la première et la dernière date ne disent pas les séances."
_HOURS = (
    "Cela dure plus d’une journée : la première et la dernière heure ne disent pas les séances."
)
_NO_DATE = "Ni jour de la semaine ni date."
_NO_HOURS = "Un événement d’une journée n’a pas d’horaires."


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "sessions", "reasons"),
    [
        ("programmes/openagenda-drome-ateliers.csv", 93, {_DAYS: 14}),
        ("programmes/toulouse-tech-hub/events.json", 203, {}),
        ("programmes/toulouse-tech-hub/groups.json", 0, {_NO_DATE: 28}),
        ("calendars/jours_feries_metropole.ics", 0, {_NO_HOURS: 121}),
        ("calendars/machbar-fablab-potsdam.ics", 18, {_HOURS: 3, _NO_HOURS: 3}),
    ],
)
def test_other_sources_load_or_say_why_not(send, clock, name, sessions, reasons):
    clock.moment = datetime(2019, 1, 5, tzinfo=UTC)
    content = realdata.path(name).read_bytes()
    report = send(content, place="arceaux", language="fr")
    refused = Counter(one["message"] for one in report["errors"] if one["severity"] == "error")
    assert (report["created"]["sessions"], refused) == (sessions, reasons)
    again = send(content, place="arceaux", language="fr")
    assert again["errors"] == report["errors"]
    assert not any(again["created"].values())
    assert not any(again["updated"].values())


# ── what people changed since, and what is gone ─────────────────────────────────────────────────


def only(rows):
    (one,) = rows
    return one


TABLE = "id;titre;date;heure;fin;lieu;description;jauge\n{rows}\n"
YOGA = "1;Yoga;01/12/2026;14h;16h;Léo-Lagrange;{words};{seats}"


def table(*rows):
    return TABLE.format(rows="\n".join(rows))


def test_a_row_that_says_what_it_said_leaves_what_was_changed_by_hand(
    send, client, bearer, registrations_database
):
    send(table(YOGA.format(words="Doux", seats=10)))
    manager = bearer("manager")
    activity, session = (
        only(rows_of(registrations_database, Activity)),
        only(rows_of(registrations_database, Session)),
    )
    client.patch(f"/v1/activities/{activity.id}", json={"description": "À nous"}, headers=manager)
    client.patch(f"/v1/sessions/{session.id}", json={"capacity": 7}, headers=manager)
    moved = {"starts_at": "2026-12-02T13:00:00Z", "ends_at": "2026-12-02T15:00:00Z"}
    answer = client.patch(f"/v1/meetings/{session.meetings[0].id}", json=moved, headers=manager)
    assert answer.status_code == 200
    events = len(told(registrations_database))
    again = send(table(YOGA.format(words="Doux", seats=10)))
    assert again["unchanged"]["activities"] == again["unchanged"]["sessions"] == 1
    assert not any(again["updated"].values())
    session = only(rows_of(registrations_database, Session))
    assert only(rows_of(registrations_database, Activity)).description == "À nous"
    assert session.capacity == 7
    assert session.starts_at.isoformat() == "2026-12-02T13:00:00+00:00"
    assert len(told(registrations_database)) == events


def test_new_words_in_the_file_are_taken_and_dates_moved_by_hand_stay(
    send, client, bearer, registrations_database
):
    send(table(YOGA.format(words="Doux", seats=10)))
    session = only(rows_of(registrations_database, Session))
    moved = {"starts_at": "2026-12-02T13:00:00Z", "ends_at": "2026-12-02T15:00:00Z"}
    client.patch(f"/v1/meetings/{session.meetings[0].id}", json=moved, headers=bearer("manager"))
    again = send(table(YOGA.format(words="Doux et lent", seats=10)))
    assert again["updated"]["activities"] == 1
    assert again["updated"]["sessions"] == 0
    assert only(rows_of(registrations_database, Activity)).description == "Doux et lent"
    session = only(rows_of(registrations_database, Session))
    assert session.starts_at.isoformat() == "2026-12-02T13:00:00+00:00"
    more = send(table(YOGA.format(words="Doux et lent", seats=20)))
    assert more["updated"]["sessions"] == 1
    assert only(rows_of(registrations_database, Session)).capacity == 20


def test_a_place_and_a_programme_that_the_document_describes_keep_what_was_changed_by_hand(
    client, bearer, registrations_database
):
    manager = bearer("manager")
    client.post("/v1/imports", data=PROGRAMME.read_bytes(), headers=manager)
    client.patch("/v1/places/arceaux", json={"address": "1 rue Draparnaud"}, headers=manager)
    client.patch("/v1/programmes/budget", json={"name": "Budget"}, headers=manager)
    again = client.post("/v1/imports", data=PROGRAMME.read_bytes(), headers=manager).json
    assert not any(again["updated"].values())
    place = next(one for one in rows_of(registrations_database, Place) if one.code == "arceaux")
    assert place.address == "1 rue Draparnaud"
    changed = PROGRAMME.read_text().replace("rue Draparnaud", "3 rue Draparnaud")
    client.post("/v1/imports", data=changed.encode(), headers=manager)
    place = next(one for one in rows_of(registrations_database, Place) if one.code == "arceaux")
    assert place.address == "3 rue Draparnaud"


def test_what_a_file_no_longer_names_is_reported_and_stays(send, client, registrations_database):
    yoga = YOGA.format(words="Doux", seats=10)
    chess = "2;Échecs;02/12/2026;14h;16h;Léo-Lagrange;;8"
    assert send(table(yoga, chess))["missing"] == []
    gone = send(table(yoga), dry_run=True)["missing"]
    assert [one["title"] for one in gone] == ["Échecs"]
    assert gone[0]["starts_at"].startswith("2026-12-02T13:00:00")
    assert send(table(yoga))["missing"] == gone
    assert len(rows_of(registrations_database, Session)) == 2
    assert {session.status for session in rows_of(registrations_database, Session)} == {"published"}
    assert send(table(yoga, chess))["missing"] == []


def test_what_another_organisation_or_another_source_named_is_not_missed(send):
    yoga = YOGA.format(words="Doux", seats=10)
    other = "1;Échecs;02/12/2026;14h;16h;Autre maison;;8"
    send(table(yoga))
    assert send(table(other))["missing"] == []
    send(table(yoga.replace("1;", "3;", 1)), source="hiver")
    named = send(table(other.replace("1;", "4;", 1)), source="hiver")
    assert [one["title"] for one in named["missing"]] == ["Yoga"]


def test_what_is_past_is_not_missed(send, clock):
    yoga = YOGA.format(words="Doux", seats=10)
    chess = "2;Échecs;02/12/2026;14h;16h;Léo-Lagrange;;8"
    later = "3;Danse;02/03/2027;14h;16h;Léo-Lagrange;;8"
    send(table(yoga, chess, later))
    clock.moment = datetime(2026, 12, 2, tzinfo=UTC)
    assert [one["title"] for one in send(table(later))["missing"]] == ["Échecs"]


# ── other formats, through the API ──────────────────────────────────────────────────────────────


def test_a_workbook_loads_and_its_findings_name_sheet_row_and_column(send, registrations_database):
    from tests.unit.registrations.importing.test_workbooks import HEADER, ROW, xls, xlsx

    rows = (HEADER, ROW, ("Tricot", "jamais", None, None, None))
    report = send(xlsx(*rows), place="arceaux", dry_run=True)
    assert report["format"] == "xlsx"
    (error,) = report["errors"]
    assert (error["sheet"], error["line"], error["field"]) == ("Ateliers", 3, "date")
    assert rows_of(registrations_database, Session) == []
    assert send(xlsx(*rows), place="arceaux")["created"]["sessions"] == 1
    again = send(xlsx(*rows), place="arceaux")
    assert again["unchanged"]["sessions"] == 1
    assert send(xls(HEADER, ROW), place="arceaux")["unchanged"]["sessions"] == 1


def test_a_workbook_is_taken_with_the_content_type_that_browsers_give_it(
    client, bearer, offer, clock
):
    from tests.unit.registrations.importing.test_workbooks import HEADER, ROW, xlsx

    answer = client.post(
        "/v1/imports?place=arceaux",
        data=xlsx(HEADER, ROW),
        headers=bearer("manager"),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    assert answer.status_code == 200, answer.text


def test_an_agenda_loads_follows_its_source_and_changes_nothing_by_itself(
    send, registrations_database
):
    from tests.unit.registrations.importing.test_agenda_events import event, exported

    report = send(exported(event(), event(2)))
    assert report["format"] == "openagenda"
    assert (report["created"]["sessions"], report["created"]["meetings"]) == (2, 4)
    events = len(told(registrations_database))
    again = send(exported(event(), event(2)))
    assert again["unchanged"]["meetings"] == 4
    assert len(told(registrations_database)) == events
    one = [{"begin": "2026-11-11T15:00:00+01:00", "end": "2026-11-11T17:00:00+01:00"}]
    moved = send(exported(event(timings=one)))
    assert moved["updated"]["sessions"] == 1
    assert [missing["title"] for missing in moved["missing"]] == ["Atelier 2"]
    meetings = rows_of(registrations_database, Meeting)
    assert datetime(2026, 11, 11, 14, tzinfo=UTC) in [meeting.starts_at for meeting in meetings]


def test_exceptions_to_a_series_that_cannot_be_followed_are_named(send, registrations_database):
    calendar = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:one
SUMMARY:Tricot
LOCATION:Tiers-lieu des Arceaux
DTSTART;TZID=Europe/Paris:20261001T140000
DTEND;TZID=Europe/Paris:20261001T160000
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;TZID=Europe/Paris:20261008T140000
RDATE;TZID=Europe/Paris:20261230T140000
END:VEVENT
BEGIN:VEVENT
UID:one
SUMMARY:Tricot
RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20261015T140000
DTSTART;TZID=Europe/Paris:20261015T150000
DTEND;TZID=Europe/Paris:20261015T170000
END:VEVENT
BEGIN:VEVENT
UID:gone
SUMMARY:Couture
RECURRENCE-ID;TZID=Europe/Paris:20261015T140000
DTSTART;TZID=Europe/Paris:20261015T150000
DTEND;TZID=Europe/Paris:20261015T170000
END:VEVENT
END:VCALENDAR
"""
    report = send(calendar)
    assert [(line, field) for line, field, _, _ in problems(report)] == [
        (13, "RECURRENCE-ID"),
        (20, "RECURRENCE-ID"),
    ]
    begins = [
        one.starts_at.astimezone(PARIS).date() for one in rows_of(registrations_database, Meeting)
    ]
    assert sorted(begins) == [
        date(2026, 10, 1),
        date(2026, 10, 15),
        date(2026, 10, 22),
        date(2026, 12, 30),
    ]


def test_our_own_calendar_can_be_read_back(send, client, offer, registrations_database):
    offer.session(title="Tricot; et plus, encore", begins_in=timedelta(days=200))
    calendar = client.get("/v1/sessions.ics").data
    before = {one.starts_at for one in rows_of(registrations_database, Session)}
    assert send(calendar)["created"]["sessions"] == 1
    ours, theirs = rows_of(registrations_database, Session)
    assert {ours.starts_at, theirs.starts_at} == before
    assert ours.activity.title == theirs.activity.title


def test_what_a_file_changed_is_told_to_calendars_and_feeds(send, client, registrations_database):

    send(table(YOGA.format(words="Doux", seats=10)))
    first = only(rows_of(registrations_database, Session))
    assert first.published_at == first.changed_at
    assert first.calendar_sequence > 0
    send(table(YOGA.format(words="Doux", seats=10).replace("Yoga", "Yoga doux")))
    second = only(rows_of(registrations_database, Session))
    assert second.published_at == first.published_at
    assert second.calendar_sequence > first.calendar_sequence
    assert b"Yoga doux" in client.get("/v1/sessions.atom").data
