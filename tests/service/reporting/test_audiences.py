"""Reports that leave the staff's hands tell nothing of few people."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from services.reporting import tasks
from services.reporting.indicators import CATALOGUE
from services.reporting.indicators.disclosed import DISCLOSED
from services.reporting.operations import jobs
from services.reporting.reports import KINDS
from services.reporting.reports import write as writing
from services.reporting.reports.formats import FORMATS
from services.reporting.reports.write import write_report
from services.reporting.reproduce import reproduce
from tests.service.reporting.conftest import PERSON, Story

Bearer = Callable[..., dict[str, str]]


def ordered(
    story: Story, report: str = "bilan", audience: str = "partner", **parameters: Any
) -> UUID:
    with story.database.transaction() as session:
        job_id = jobs.queue_job(
            session, report=report, audience=audience, parameters=parameters, formats=["json"]
        )
    assert job_id is not None
    return job_id


def written(
    story: Story, report: str = "bilan", audience: str = "partner", **parameters: Any
) -> Any:
    """The report, as its file in JSON has it."""
    job_id = ordered(story, report, audience, **parameters)
    write_report(story.database, job_id)
    with story.database.transaction() as session:
        return json.loads(jobs.find_file(session, job_id, f"{report}.json").content)


def by(document: Any, table: str) -> dict[str | None, dict[str, Any]]:
    """The rows of a table by their group."""
    [group, *_] = document["table_columns"][table]
    return {row[group]: row for row in document["tables"][table]}


def hidden(document: Any, table: str) -> set[tuple[str | None, str]]:
    """The groups and columns of a table that are withheld."""
    [group, *_] = document["table_columns"][table]
    rows = document["tables"][table]
    return {(rows[number][group], name) for number, name in document["suppressed"].get(table, [])}


@pytest.fixture
def town(story: Story) -> dict[str, UUID]:
    """A session of each of three programmes, for 40, 20 and 3 people."""
    sessions = {name: story.session(programme=name) for name in ("ateliers", "unisvers", "budget")}
    districts = ("34000", "34070", "34080", None)
    for session, people in zip(sessions.values(), (40, 20, 3), strict=True):
        for number in range(people):
            person = {**PERSON, "district": districts[number % 4]}
            story.attend(story.register(session, person=person), session)
    return sessions


@pytest.mark.usefixtures("town")
def test_partners_are_told_of_few_people_neither_directly_nor_by_subtracting(story: Story) -> None:
    report = written(story)
    rows, withheld = by(report, "by_programme"), hidden(report, "by_programme")

    assert report["total"]["registrations"] == 63
    assert rows["ateliers"]["registrations"] == 40
    for group in ("unisvers", "budget"):
        for name in ("registrations", "people", "people_attended", "attended_hours", "fill_rate"):
            assert rows[group][name] is None
            assert (group, name) in withheld
    assert rows["budget"]["sessions"] == 1
    assert by(written(story, audience="staff"), "by_programme")["budget"]["registrations"] == 3


@pytest.mark.parametrize(
    ("people", "partner", "everyone"), [(4, False, False), (5, True, False), (11, True, True)]
)
def test_five_people_are_enough_for_partners_and_eleven_for_everyone(
    story: Story, people: int, partner: bool, everyone: bool
) -> None:
    session = story.session()
    for _ in range(people):
        story.register(session)
    for audience, told in (("partner", partner), ("open", everyone)):
        report = written(story, audience=audience)
        assert (report["total"]["registrations"] == people) is told
        assert ([0, "registrations"] in report["suppressed"].get("total", [])) is not told


def test_one_more_person_cannot_be_told_from_the_edition_before(
    story: Story, town: dict[str, UUID]
) -> None:
    del town["budget"]
    first = written(story)
    story.register(town["ateliers"])
    second = written(story)

    assert first["total"]["registrations"] == 63
    assert second["total"]["registrations"] is None
    assert by(second, "by_programme")["ateliers"]["registrations"] is None
    for _ in range(5):
        story.register(town["ateliers"])
    third = written(story)
    assert third["edition"] == 3
    assert third["total"]["registrations"] == 69


@pytest.mark.parametrize(("first", "second"), [("open", "partner"), ("partner", "open")])
def test_a_partner_learns_of_nobody_from_what_was_told_to_everyone_nor_the_other_way_round(
    story: Story, first: str, second: str
) -> None:
    session = story.session()
    for _ in range(40):
        story.register(session)
    before = written(story, audience=first)
    story.register(session)
    after = written(story, audience=second)

    assert before["total"]["registrations"] == 40
    assert after["edition"] == 1
    assert after["total"]["registrations"] is None
    assert written(story, audience=first)["total"]["registrations"] is None


def test_one_more_meeting_of_one_person_cannot_be_told_from_the_hours_of_the_edition_before(
    story: Story,
) -> None:
    session = story.session()
    seated = [story.register(session) for _ in range(20)]
    for registration in seated:
        story.attend(registration, session)
    first = written(story)
    story.attend(seated[0], session)
    second = written(story)

    assert first["total"]["attended_hours"] == 40
    assert second["total"]["attended"] == 20
    assert second["total"]["attended_hours"] is None


def test_one_newcomer_with_many_registrations_cannot_be_told_from_the_edition_before(
    story: Story, town: dict[str, UUID]
) -> None:
    first = written(story)
    newcomer = UUID(int=1)
    for _ in range(12):
        story.register(story.session(programme="ateliers"), participant_id=newcomer)
    second = written(story)

    assert len(town) == 3
    assert first["total"]["people"] == 63
    assert second["total"]["registrations"] == 75
    assert second["total"]["people"] is None
    assert by(second, "by_programme")["ateliers"]["people"] is None


@pytest.mark.usefixtures("town")
def test_what_was_told_before_is_told_again_when_nothing_has_changed(story: Story) -> None:
    assert written(story) == written(story)


@pytest.mark.usefixtures("town")
def test_tables_and_figures_of_which_it_is_not_known_what_they_give_away_stay_with_the_staff(
    story: Story,
) -> None:
    inside, outside = written(story, audience="staff"), written(story)

    assert "by_programme_and_month" in inside["tables"]
    assert "by_programme_and_month" not in outside["tables"]
    assert set(outside["total"]) == set(inside["total"]) & set(DISCLOSED)
    for name, columns in outside["table_columns"].items():
        assert set(columns[1:]) <= set(DISCLOSED)
        for chapter in outside["chapters"]:
            for block in chapter["blocks"]:
                assert block.get("sheet") is None or block["sheet"] in outside["tables"], name


def test_what_is_disclosed_is_an_indicator() -> None:
    assert set(DISCLOSED) <= {one.name for one in CATALOGUE}


@pytest.mark.parametrize("audience", ["partner", "open"])
@pytest.mark.parametrize(
    ("report", "parameters"),
    [
        ("activity-month", {"month": "2026-03"}),
        ("programme", {"programme": "ateliers"}),
        ("organisation", {"organisation": "repair-cafe"}),
        ("funder", {}),
        ("social-needs", {}),
        ("bilan", {}),
    ],
)
@pytest.mark.usefixtures("town")
def test_every_format_can_leave_in_both_languages(
    client: FlaskClient, bearer: Bearer, report: str, parameters: dict[str, str], audience: str
) -> None:
    manager = bearer("manager")
    for language in ("fr", "en"):
        body = {
            "report": report,
            "parameters": parameters,
            "audience": audience,
            "formats": list(FORMATS),
            "language": language,
        }
        asked = client.post("/v1/report-jobs", json=body, headers=manager)
        tasks.run_job(asked.json["id"])
        job = client.get(asked.headers["Location"], headers=manager).json
        assert job["status"] == "done", job
        for file in job["files"]:
            assert client.get(file["url"], headers=manager).data


@pytest.mark.parametrize("report", ["session", "cohort"])
def test_reports_of_one_session_are_for_staff_alone(
    client: FlaskClient, bearer: Bearer, story: Story, report: str
) -> None:
    body = {
        "report": report,
        "parameters": {"session_id": str(story.session())},
        "audience": "partner",
    }
    manager = bearer("manager")
    order = {**body, "on": "session.closed", "parameters": {"session_id": "$session_id"}}
    for path, asked in (("/v1/report-jobs", body), ("/v1/report-subscriptions", order)):
        answer = client.post(path, json=asked, headers={**manager, "Accept-Language": "fr"})
        assert answer.status_code == 422
        assert answer.json["errors"] == {
            "audience": ["Il porte sur si peu de personnes qu'il est réservé à l'équipe."]
        }
    listed = client.get("/v1/reports", headers=manager).json["items"]
    assert {one["report"]: one["audiences"] for one in listed} == {
        name: ["staff"] if name in ("session", "cohort") else ["staff", "partner", "open"]
        for name in KINDS
    }


def test_an_edition_for_partners_is_found_out_again_from_the_logs(
    story: Story, town: dict[str, UUID]
) -> None:
    for _ in range(2):
        job_id = ordered(story)
        write_report(story.database, job_id)
        story.register(town["ateliers"])
    with story.database.transaction() as session:
        edition_id = jobs.find_job(session, job_id).edition_id
    assert edition_id is not None
    found = reproduce(story.database, story.feeds, edition_id)  # type: ignore[arg-type]
    assert (found.same_bytes, found.same_figures) == (True, True)


def test_an_edition_that_was_overtaken_is_found_out_anew(
    story: Story, town: dict[str, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    late, disclose = ordered(story), writing.disclose

    def overtaken(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(writing, "disclose", disclose)
        said = disclose(*arguments, **options)
        written(story)
        story.register(town["ateliers"])
        return said

    monkeypatch.setattr(writing, "disclose", overtaken)
    write_report(story.database, late)
    with story.database.transaction() as session:
        job = jobs.find_job(session, late)
        assert (job.status, job.edition_id) == ("queued", None)
    write_report(story.database, late)
    with story.database.transaction() as session:
        document = json.loads(jobs.find_file(session, late, "bilan.json").content)
    assert document["edition"] == 2
    assert document["total"]["registrations"] is None
