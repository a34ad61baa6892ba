"""Editions found out again from the logs."""

from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from services.reporting.models import FACTS, Edition, ReportJob, registration_fact
from services.reporting.operations import jobs
from services.reporting.refusals import EditionNotFound
from services.reporting.reports import write as writing
from services.reporting.reports.document import from_bytes
from services.reporting.reports.formats import FORMATS
from services.reporting.reports.write import write_report
from services.reporting.reproduce import main, reproduce
from shared.events import catalogue
from tests.service.reporting.conftest import Story, departure, logged, message


def issued(story: Story, **parameters: Any) -> UUID:
    """A bilan is written; its edition."""
    with story.database.transaction() as session:
        job_id = jobs.queue_job(session, report="bilan", parameters=parameters, formats=["json"])
    assert job_id is not None
    write_report(story.database, job_id)
    with story.database.transaction() as session:
        edition_id = jobs.find_job(session, job_id).edition_id
    assert edition_id is not None
    return edition_id


def test_an_edition_is_what_the_logs_said_up_to_its_positions(story: Story) -> None:
    session_id = story.session(capacity=2)
    one, two = (story.register(session_id) for _ in range(2))
    story.tell(message(session_id))
    first = issued(story)
    # What comes after it, a session that closes and a person who is forgotten too.
    story.tell(departure(one, session_id, "confirmed"))
    story.tell(catalogue.SessionClosed.of(session_id=session_id))
    story.tell(
        catalogue.ParticipantErased.of(
            erasure_id=uuid4(), participants=[uuid4()], registrations=[two]
        )
    )
    second = issued(story)
    before = [story.rows(table) for table in (*FACTS, ReportJob.__table__)]
    told = len(logged(story.database))
    for edition_id, events in ((first, 4), (second, 7)):
        found = reproduce(story.database, story.feeds, edition_id)  # type: ignore[arg-type]
        assert (found.same_bytes, found.same_figures, found.same_definitions) == (True,) * 3
        assert (found.edition, found.events) == (str(edition_id), events)
    assert [story.rows(table) for table in (*FACTS, ReportJob.__table__)] == before
    assert len(logged(story.database)) == told


def test_an_edition_says_when_it_was_written_by_the_clocks_of_the_city_and_keeps_them(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.register(story.session())
    edition_id = issued(story)
    with story.database.transaction() as session:
        document = from_bytes(session.get_one(Edition, edition_id).document)
        [french] = FORMATS["html"](document, "fr")
    at = document.provenance.generated_at
    assert at.utcoffset() == at.astimezone(ZoneInfo("Europe/Paris")).utcoffset()
    assert f"à {at:%H h %M}" in french.content.decode()
    assert "UTC" not in french.content.decode()
    monkeypatch.setattr(writing, "home_timezone", lambda: ZoneInfo("Indian/Reunion"))
    found = reproduce(story.database, story.feeds, edition_id)  # type: ignore[arg-type]
    assert found.same_bytes


def test_figures_that_no_event_is_behind_are_found_out(story: Story) -> None:
    story.register(story.session())
    [real] = story.rows(registration_fact)
    with story.database.transaction() as session:
        made_up = {**real._mapping, "registration_id": uuid4()}
        session.execute(insert(registration_fact).values(made_up))
    found = reproduce(story.database, story.feeds, issued(story))  # type: ignore[arg-type]
    assert not found.same_figures
    assert not found.same_bytes
    assert found.same_definitions


def test_what_was_never_issued_cannot_be_found_out_again(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EditionNotFound):
        reproduce(story.database, story.feeds, uuid4())  # type: ignore[arg-type]
    assert main(["not-an-edition"]) == 2
    assert "usage" in capsys.readouterr().err
    assert story.rows(Edition.__table__) == []
