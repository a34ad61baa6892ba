"""Loading how many came to what was held before, through the API, into a real database."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from services.registrations.api import attendance_imports
from services.registrations.models import Activity, HeadCount, Meeting, Session
from tests import realdata
from tests.service.registrations.conftest import told

TODAY = datetime(2026, 9, 14, 8, 0, tzinfo=UTC)
SHEET = """Activité;Thème;Date;Heure;Durée;Présents
Café réparation;Numérique;12/03/2024;14h;120;17
Café réparation;Numérique;19/03/2024;14h;120;
Couture;Arts;20/03/2024;18h30;90;beaucoup
Couture;Arts;27/03/2024;18h30;90;8
"""


@pytest.fixture
def send(client, bearer, offer, monkeypatch):
    """Sends a file as a manager; a programme and a place to begin with are there."""
    monkeypatch.setattr(attendance_imports, "now", lambda: TODAY)

    def send(content, *, expect=200, language="en", role="manager", **query):
        content = content if isinstance(content, bytes) else content.encode()
        query = {"place": "arceaux", **query}
        answer = client.post(
            "/v1/attendance-imports",
            query_string={name: value for name, value in query.items() if value is not None},
            data=content,
            headers={**bearer(role), "Accept-Language": language},
            content_type="text/csv",
        )
        assert answer.status_code == expect, answer.text
        return answer.json

    return send


@pytest.fixture
def counts(registrations_database):
    """The head counts that are held, by title."""

    def counts():
        query = (
            select(Activity.title, HeadCount.count)
            .join(Session, Session.activity_id == Activity.id)
            .join(Meeting, Meeting.session_id == Session.id)
            .join(HeadCount, HeadCount.meeting_id == Meeting.id)
            .order_by(Activity.title, Meeting.starts_at, HeadCount.count)
        )
        with registrations_database.transaction() as transaction:
            return [(title, count) for title, count in transaction.execute(query)]

    return counts


def test_good_rows_are_loaded_and_told_and_the_others_are_named_by_line(
    send, counts, registrations_database
):
    report = send(SHEET)
    assert report["created"]["sessions"] == 3
    assert report["created"]["head_counts"] == 2
    assert counts() == [("Café réparation", 17), ("Couture", 8)]
    assert [
        (one["line"], one["field"], one["column"], one["severity"]) for one in report["errors"]
    ] == [(3, "attended", "Présents", "warning"), (4, "attended", "Présents", "error")]

    [published] = [
        row.data
        for row in told(registrations_database, "session.published")
        if row.data["title"] == "Couture"
    ]
    assert published["theme"] == "Arts"
    assert published["meetings"][0]["starts_at"] == "2024-03-27T17:30:00+00:00"
    counted = [row.data for row in told(registrations_database, "attendance.counted")]
    assert sorted(one["count"] for one in counted) == [8, 17]
    assert {one["minutes"] for one in counted} == {90, 120}


def test_reasons_are_given_in_french_too(send):
    report = send(SHEET, language="fr")
    assert report["errors"][1]["message"] == (
        "Un nombre entier entre 0 et 2000 est attendu, et non beaucoup."
    )


def test_a_dry_run_says_what_would_be_done_and_does_nothing(send, counts, registrations_database):
    report = send(SHEET, dry_run="true")
    assert report["dry_run"]
    assert report["created"]["head_counts"] == 2
    assert counts() == []
    assert told(registrations_database) == []


def test_the_same_file_again_changes_nothing_and_tells_nothing(
    send, counts, registrations_database
):
    send(SHEET)
    before = told(registrations_database)
    report = send(SHEET)
    assert not any(report["created"].values())
    assert not any(report["updated"].values())
    assert report["unchanged"]["head_counts"] == 2
    assert told(registrations_database) == before
    assert len(counts()) == 2


def test_a_corrected_number_is_told_again_and_nothing_else(send, counts, registrations_database):
    send(SHEET)
    before = len(told(registrations_database))
    report = send(SHEET.replace(";17", ";16").replace("beaucoup", "9"))
    assert report["updated"]["head_counts"] == 1
    assert report["created"]["sessions"] == 1
    assert counts() == [("Café réparation", 16), ("Couture", 9), ("Couture", 8)]
    new = told(registrations_database)[before:]
    assert Counter(row.type for row in new) == {"session.published": 1, "attendance.counted": 2}


def test_a_count_that_comes_later_is_added(send, counts):
    send(SHEET)
    report = send(SHEET.replace("14h;120;\n", "14h;120;11\n"))
    assert report["created"]["head_counts"] == 1
    assert ("Café réparation", 11) in counts()


def test_what_was_corrected_at_the_desk_stays_until_the_file_says_something_new(
    send, counts, client, bearer, registrations_database
):
    send(SHEET)
    with registrations_database.transaction() as transaction:
        meeting = transaction.scalars(
            select(Meeting.id).join(Session).join(Activity).where(Activity.title == "Couture")
        ).one()
    path = f"/v1/meetings/{meeting}/head-count"
    answer = client.put(path, json={"count": 10}, headers=bearer("manager"))
    assert answer.status_code == 200, answer.json
    send(SHEET)
    assert ("Couture", 10) in counts()
    send(SHEET.replace("90;8", "90;7"))
    assert ("Couture", 7) in counts()


def test_a_row_known_by_its_id_follows_a_corrected_date_and_number_of_meetings(
    send, counts, registrations_database
):
    head = "id;titre;date;heure;durée;séances;présents\n"
    send(f"{head}a-1;Couture;20/03/2024;18h;90;3;10\n")
    assert counts() == [("Couture", 3), ("Couture", 3), ("Couture", 4)]
    report = send(f"{head}a-1;Couture;21/03/2024;18h;90;2;10\n")
    assert report["updated"]["sessions"] == 1
    assert counts() == [("Couture", 5), ("Couture", 5)]
    *_, moved = told(registrations_database, "session.rescheduled")
    assert [one["starts_at"] for one in moved.data["meetings"]] == ["2024-03-21T17:00:00+00:00"] * 2


def test_rows_that_say_the_same_are_as_many_meetings_each_time(send, counts):
    twice = "titre;date;présents\nCafé;12/03/2024;5\nCafé;12/03/2024;5\n"
    send(twice)
    assert counts() == [("Café", 5), ("Café", 5)]
    assert send(twice)["unchanged"]["head_counts"] == 2


def test_a_column_can_be_told_what_it_means(send, counts):
    table = "Rubrique;Quand;Nb adultes\nCouture;12/03/2024;5\n"
    send(table, columns=["title:Rubrique", "date:quand", "attended:Nb adultes"])
    assert counts() == [("Couture", 5)]
    report = send(
        "Quoi;Quand;Nb\nCafé;demain;5\n", columns=["title:Quoi", "date:Quand", "attended:Nb"]
    )
    assert report["errors"][0]["column"] == "Quand"


def test_a_meaning_that_there_is_not_is_refused_by_name(send):
    refused = send(SHEET, columns="colour:Thème", expect=422)
    assert "columns" in str(refused["errors"])


def test_a_workbook_and_a_json_list_are_read_too(send, counts):
    book = Workbook()
    book.active.append(["Activité", "Date", "Présents"])
    book.active.append(["Yoga", date(2024, 3, 12), 12])
    content = io.BytesIO()
    book.save(content)
    assert send(content.getvalue())["format"] == "xlsx"
    send('[{"title": "Dessin", "date": "2024-03-12T14:00", "attended": 6}]')
    assert counts() == [("Dessin", 6), ("Yoga", 12)]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("", "unreadable-file"),
        ("%PDF-1.4", "unreadable-file"),
        ('{"a": 1}', "unreadable-file"),
        ("titre;date\nCafé;12/03/2024\n", "no-counts"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\n", "not-attendance"),
    ],
)
def test_a_file_that_holds_no_counts_is_refused_whole(send, content, kind):
    refused = send(content, expect=422)
    assert refused["type"].endswith(kind)


def test_what_a_named_source_no_longer_counts_is_reported_and_stays(send, counts):
    send(SHEET, source="émargement")
    report = send(SHEET.partition("Couture")[0], source="émargement")
    assert [one["title"] for one in report["missing"]] == ["Couture"]
    assert ("Couture", 8) in counts()


def test_an_import_of_the_programme_does_not_take_what_was_held_for_missing(send, client, bearer):
    send(SHEET, source="tout")
    rows = '[{"id": "x", "title": "Danse", "day": "lundi", "start": "18h", "place": "arceaux"}]'
    answer = client.post("/v1/imports?source=tout", data=rows, headers=bearer("manager"))
    assert answer.status_code == 200, answer.json
    assert answer.json["missing"] == []


@pytest.mark.parametrize("role", ["adviser", "operator"])
def test_only_managers_load_attendance(send, role):
    send(SHEET, role=role, expect=403)


def test_what_was_held_before_is_neither_offered_nor_news(send, client, offer):
    offer.session(title="Danse", begins_in=timedelta(days=7))
    send(SHEET)
    shown = client.get("/v1/sessions").json["items"]
    assert [one["title"] for one in shown] == ["Danse"]
    assert "Couture" not in client.get("/v1/sessions.ics").text
    assert "Couture" not in client.get("/v1/sessions.atom?limit=1").text


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name",
    [
        "attendance/timberland/Raw_2021Programs.csv",
        "attendance/carpentries/all_workshops.csv",
        "attendance/carpentries/attendance_registered_vs_days.csv",
    ],
)
def test_real_attendance_loads_twice_with_one_result(send, counts, name, registrations_database):
    content = realdata.path(name).read_bytes()
    first = send(content)
    held, facts = counts(), len(told(registrations_database))
    second = send(content)
    assert first["created"]["head_counts"] == second["unchanged"]["head_counts"] == len(held)
    assert first["errors"] == second["errors"]
    assert len(told(registrations_database)) == facts
    with registrations_database.transaction() as transaction:
        sessions = transaction.scalar(select(func.count()).select_from(Session))
    refused = sum(one["severity"] == "error" for one in first["errors"])
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert sessions + refused == len(rows) - 1
