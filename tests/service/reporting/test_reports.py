"""What each kind of report says."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.indicators import CATALOGUE
from services.reporting.operations import jobs
from services.reporting.operations.targets import replace_targets
from services.reporting.reports import KINDS
from services.reporting.reports.write import write_report
from shared.events import catalogue
from tests.service.reporting.conftest import BEGIN, PERSON, Story, meetings

ALL = {one.name for one in CATALOGUE}


def written(story: Story, report: str, **parameters: Any) -> dict[str, Any]:
    """The report, as its JSON file has it."""
    with story.database.transaction() as session:
        job_id = jobs.queue_job(session, report=report, parameters=parameters, formats=["json"])
    assert job_id is not None
    write_report(story.database, job_id)
    with story.database.transaction() as session:
        content = jobs.find_file(session, job_id, f"{report}.json").content
    document: dict[str, Any] = json.loads(content)
    return document


def test_the_report_of_a_session(story: Story) -> None:
    first, second = meetings(BEGIN, BEGIN + timedelta(days=7), minutes=90)
    session_id = story.session(meetings=[second, first], capacity=4, title="Couture")
    one = story.register(
        session_id, person={**PERSON, "age_band": "60-74", "situations": ["a", "b"]}
    )
    two = story.register(session_id)
    three = story.register(session_id, person={**PERSON, "age_band": None})
    story.register(session_id, "waitlisted", person={**PERSON, "age_band": "75+"})
    story.attend(one, session_id, meeting_id=first["meeting_id"], minutes=90)
    story.attend(two, session_id, meeting_id=first["meeting_id"], status="absent")
    story.attend(three, session_id, meeting_id=second["meeting_id"], status="excused")
    story.tell(catalogue.FeedbackSubmitted.of(registration_id=one, session_id=session_id, rating=5))
    story.register(story.session())
    report = written(story, "session", session_id=str(session_id))
    assert report["about"]["title"] == "Couture"
    assert report["about"]["first_day"] == "2026-03-02"
    assert set(report["total"]) == ALL
    assert (report["total"]["seats"], report["total"]["fill_rate"]) == (4, 0.75)
    assert report["total"]["satisfaction"] == 5
    by_status = {row["status"]: row["registrations"] for row in report["tables"]["registrations"]}
    assert by_status == {
        "confirmed": 3,
        "waitlisted": 1,
        "offered": 0,
        "pending": 0,
        "declined": 0,
        "cancelled": 0,
        "expired": 0,
    }
    assert [
        (row["day"], row["present"], row["excused"], row["absent"])
        for row in report["tables"]["attendance"]
    ] == [("2026-03-02", 1, 0, 1), ("2026-03-09", 0, 1, 0)]
    assert report["tables"]["age_bands"] == [
        {"age_band": "26-39", "people": 1},
        {"age_band": "60-74", "people": 1},
        {"age_band": None, "people": 1},
    ]
    assert report["tables"]["situations"] == [
        {"situation": "a", "people": 1},
        {"situation": "b", "people": 1},
        {"situation": None, "people": 2},
    ]


def test_the_report_of_a_month_holds_what_began_in_it(story: Story) -> None:
    story.register(story.session(title="Couture"))
    story.register(story.session(title="Couture"))
    story.register(story.session(title="Anglais", programme="budget"))
    story.session(meetings=meetings(BEGIN + timedelta(days=31)))
    report = written(story, "activity-month", month="2026-03")
    by_activity = {row["title"]: row for row in report["tables"]["by_activity"]}
    assert {title: row["registrations"] for title, row in by_activity.items()} == {
        "Couture": 2,
        "Anglais": 1,
    }
    assert set(by_activity["Couture"]) == {"title", *ALL}
    assert report["total"]["sessions"] == 3
    assert written(story, "activity-month", month="2026-05")["total"]["sessions"] == 0


def test_the_report_of_a_programme_is_about_no_other(story: Story) -> None:
    story.register(story.session(programme="budget"))
    story.register(story.session(programme="ateliers"))
    report = written(story, "programme", programme="budget", **{"from": "2026-01-01"})
    assert report["total"]["registrations"] == 1
    assert [row["month"] for row in report["tables"]["by_month"]] == ["2026-03"]


def test_the_bilan_of_a_period(story: Story) -> None:
    for programme, theme in (("ateliers", "repair"), ("ateliers", None), ("budget", None)):
        session_id = story.session(programme=programme, theme=theme, capacity=2)
        story.register(session_id)
        story.register(session_id, "waitlisted")
    story.session(meetings=meetings(BEGIN + timedelta(days=400)))
    before = datetime.now(UTC)
    report = written(story, "bilan", **{"from": "2026-01-01", "to": "2027-01-01"})
    assert report["total"]["registrations"] == 6
    assert report["total"]["sessions"] == 3
    tables = report["tables"]
    assert [(row["programme"], row["registrations"]) for row in tables["by_programme"]] == [
        ("ateliers", 4),
        ("budget", 2),
    ]
    assert sum(row["seats"] for row in tables["by_month"]) == 6
    pressure = {row["theme"]: row for row in tables["waiting_list_pressure"]}
    assert (pressure["repair"]["seats"], pressure["repair"]["waitlisted"]) == (2, 1)
    assert pressure[None]["registrations"] == 4
    assert report["parameters"] == {"from": "2026-01-01", "to": "2027-01-01"}
    assert report["positions"] == {"registrations": 10}
    assert datetime.fromisoformat(report["generated_at"]) >= before


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_written_when_nothing_happened(story: Story, kind: str) -> None:
    parameters = {
        "session": {"session_id": str(story.session() if kind == "session" else uuid4())},
        "cohort": {"session_id": str(story.session() if kind == "cohort" else uuid4())},
        "organisation": {"organisation": "repair-cafe"},
        "funder": {},
        "social-needs": {},
        "activity-month": {"month": "2026-03"},
        "programme": {"programme": "ateliers"},
        "bilan": {},
    }[kind]
    if kind in ("organisation", "programme"):
        story.session()
    report = written(story, kind, **parameters)
    assert report["total"]["registrations"] == 0


def test_the_report_of_a_cohort_follows_it_from_meeting_to_meeting(story: Story) -> None:
    first, second = meetings(BEGIN, BEGIN + timedelta(days=7))
    session_id = story.session(meetings=[first, second], programme="unisvers")
    one, two = (story.register(session_id) for _ in range(2))
    for person in (one, two):
        story.attend(person, session_id, meeting_id=first["meeting_id"])
    story.attend(one, session_id, meeting_id=second["meeting_id"])
    story.attend(two, session_id, meeting_id=second["meeting_id"], status="absent")
    story.tell(
        catalogue.OutcomeRecorded.of(
            registration_id=one,
            participant_id=uuid4(),
            session_id=session_id,
            outcome="training",
            as_of=BEGIN.date(),
        )
    )
    report = written(story, "cohort", session_id=str(session_id))
    tables = report["tables"]
    assert [(row["present"], row["absent"]) for row in tables["attendance"]] == [(2, 0), (1, 1)]
    assert tables["outcomes"] == [{"outcome": "training", "registrations": 1}]
    assert report["total"]["attended"] == 2
    assert report["about"]["programme"] == "unisvers"


def test_the_report_of_an_organisation_is_about_no_other(story: Story) -> None:
    story.register(story.session(organisation="ccas", title="Budget"))
    story.register(story.session(organisation="repair-cafe"))
    report = written(story, "organisation", organisation="ccas")
    assert report["total"]["registrations"] == 1
    assert [row["title"] for row in report["tables"]["by_activity"]] == ["Budget"]


def test_the_bilan_has_a_chapter_for_each_programme(story: Story) -> None:
    for programme in ("unisvers", "ateliers"):
        story.register(story.session(programme=programme))
    chapters = written(story, "bilan")["chapters"]
    titles = [chapter["title"]["fr"] for chapter in chapters]
    assert titles[:3] == ["En bref", "Dispositif : ateliers", "Dispositif : unisvers"]
    assert [chapter["apart"] for chapter in chapters[:3]] == [False, True, True]


def test_the_bilan_says_where_and_when_seats_are_lacking_the_shortest_first(story: Story) -> None:
    rooms = {"Atelier": 1, "Grande salle": 3}
    for room, refused in rooms.items():
        meeting = {**meetings(BEGIN)[0], "room": room}
        session_id = story.session(meetings=[meeting], capacity=2)
        for _ in range(refused):
            story.register(session_id, "waitlisted")
    report = written(story, "bilan")
    shortage = report["tables"]["shortage"]
    assert [(row["theme"], row["room"], row["refused"]) for row in shortage] == [
        ("repair", "Grande salle", 3),
        ("repair", "Atelier", 1),
    ]
    # A Monday, ten o'clock in Paris.
    assert [(row["weekday"], row["hour"]) for row in shortage] == [("1", "10")] * 2
    [when] = report["tables"]["by_weekday_and_hour"]
    assert (when["seats"], when["refused"]) == (4, 4)
    by_room = {row["room"]: row["refused"] for row in report["tables"]["by_room"]}
    assert by_room == {"Atelier": 1, "Grande salle": 3}


def test_the_bilan_tells_of_cohorts_and_referrals_when_there_are_some(story: Story) -> None:
    story.register(story.session())
    titles = [chapter["title"]["en"] for chapter in written(story, "bilan")["chapters"]]
    assert not {"What became of cohorts", "Referrals to partners"} & set(titles)
    first, second = meetings(BEGIN, BEGIN + timedelta(days=7))
    story.register(story.session(meetings=[first, second], minimum=1))
    titles = [chapter["title"]["en"] for chapter in written(story, "bilan")["chapters"]]
    assert "What became of cohorts" in titles


def test_the_figures_for_the_analysis_of_social_needs_cross_districts_with_ages(
    story: Story,
) -> None:
    session_id = story.session()
    for district, age_band in (
        ("34070", "26-39"),
        ("34070", "75+"),
        ("34080", "75+"),
        (None, None),
    ):
        person = {"district": district, "age_band": age_band, "situations": []}
        story.register(session_id, person=person)
    tables = written(story, "social-needs")["tables"]
    crossed = {
        (row["district"], row["age_band"]): row["people"]
        for row in tables["by_district_and_age_band"]
    }
    assert crossed == {
        ("34070", "26-39"): 1,
        ("34070", "75+"): 1,
        ("34080", "75+"): 1,
        (None, None): 1,
    }
    assert {row["district"]: row["people"] for row in tables["by_district"]} == {
        "34070": 2,
        "34080": 1,
        None: 1,
    }


def test_the_bilan_holds_results_against_the_targets_of_its_year(story: Story) -> None:
    for programme in ("unisvers", "ateliers"):
        story.register(story.session(programme=programme))
    wanted = [(None, "registrations", 4.0), ("unisvers", "registrations", 1.0)]
    names = ("programme", "indicator", "value")
    year = BEGIN.year
    with story.database.transaction() as session:
        replace_targets(session, year, [dict(zip(names, one, strict=True)) for one in wanted])
    period = {"from": f"{year}-01-01", "to": f"{year + 1}-01-01"}
    found = written(story, "bilan", **period)["tables"]["targets"]
    assert [(row["programme"], row["target"], row["result"], row["reached"]) for row in found] == [
        (None, 4, 2, 0.5),
        ("unisvers", 1, 1, 1),
    ]
    assert "targets" not in written(story, "bilan")["tables"], "it is of no single year"
    of_one = written(story, "bilan", programme="unisvers", **period)["tables"]["targets"]
    assert [row["programme"] for row in of_one] == ["unisvers"]


def test_a_report_calls_programmes_organisations_and_places_what_events_last_called_them(
    story: Story,
) -> None:
    story.session(programme="sante", programme_label="Santé")
    story.session(programme="sante", programme_label="Plateforme Santé")
    names = written(story, "bilan")["names"]
    assert names["programme"] == {"sante": "Plateforme Santé"}
    assert names["place"] == {"arceaux": "arceaux"}
    titles = [chapter["title"]["fr"] for chapter in written(story, "bilan")["chapters"]]
    assert "Dispositif : Plateforme Santé" in titles


def test_the_second_round_keeps_rooms_of_several_places_apart(story: Story) -> None:
    for code, refused in (("arceaux", 1), ("maison", 3)):
        meeting = {**meetings(BEGIN)[0], "room": "Salle"}
        session_id = story.session(place=code, meetings=[meeting], capacity=2)
        story.register(session_id)
        for _ in range(refused):
            story.register(session_id, "waitlisted")
    tables = written(story, "bilan")["tables"]
    rooms = [
        (row["place"], row["room"], row["refused"], row["free_seats"], row["lacking_sessions"])
        for row in tables["by_place_and_room"]
    ]
    assert rooms == [("maison", "Salle", 3, 1, 2), ("arceaux", "Salle", 1, 1, 1)]
    assert [row["place"] for row in tables["shortage_by_place"]] == ["maison", "arceaux"]


def test_a_bilan_of_nothing_says_so_and_shows_no_empty_table(story: Story) -> None:
    story.register(story.session())
    asked = {"from": "2001-01-01", "to": "2002-01-01"}
    with story.database.transaction() as session:
        job_id = jobs.queue_job(session, report="bilan", parameters=asked, formats=["html"])
    assert job_id is not None
    write_report(story.database, job_id)
    with story.database.transaction() as session:
        page = jobs.find_file(session, job_id, "bilan.html").content.decode()
    assert "Rien n’est connu sur cette période" in page
    assert "<svg" not in page
    assert page.count("<table") == 1, "what the figures mean"
