"""The life of a report job."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from services.reporting import tasks
from services.reporting.domain import MOST_ATTEMPTS
from services.reporting.models import ReportJob
from services.reporting.operations import jobs
from services.reporting.operations.jobs import RunLost, WrittenFile
from services.reporting.refusals import SessionUnknown
from services.reporting.reports import KINDS
from services.reporting.reports import write as writing
from services.reporting.reports.content import Content
from services.reporting.reports.write import write_report
from shared.db import Database
from shared.events import catalogue
from shared.messaging import log
from shared.messaging.rows import Rows
from tests.servers import wait_until
from tests.service.reporting.conftest import Story, logged, only

FILE = WrittenFile("bilan.json", "application/json", b"{}")


@pytest.fixture
def database(reporting_database: Database) -> Database:
    return reporting_database


def ask(database: Database, **changes: Any) -> UUID | None:
    asked = {"report": "bilan", "parameters": {}, "formats": ["json"], **changes}
    with database.transaction() as session:
        return jobs.queue_job(session, **asked)


def asked_for(database: Database) -> UUID:
    job_id = ask(database)
    assert job_id is not None
    return job_id


def look(database: Database, job_id: UUID) -> ReportJob:
    with database.transaction() as session:
        return jobs.find_job(session, job_id)


def claim(database: Database, job_id: UUID) -> jobs.Run:
    with database.transaction() as session:
        run = jobs.claim_job(session, job_id)
    assert run is not None
    return run


def time_passes(database: Database) -> None:
    """What was due some time from now is due."""
    with database.transaction() as session:
        session.execute(update(ReportJob).values(due_at=datetime.now(UTC) - timedelta(seconds=1)))


def sweep(database: Database) -> list[UUID]:
    with database.transaction() as session:
        return list(jobs.sweep_jobs(session))


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], None]]:
    """Have the bilan written by another function."""

    def be_written_by(write: Any) -> None:
        old = KINDS["bilan"]
        kind = replace(old, write=write)
        monkeypatch.setattr(writing, "KINDS", {**KINDS, "bilan": kind})

    return be_written_by


def test_a_job_ends_with_its_files_and_is_told_of(database: Database) -> None:
    cause = uuid4()
    job_id = ask(database, formats=["json", "csv"], cause=cause)
    assert job_id is not None
    write_report(database, job_id)
    job = look(database, job_id)
    assert (job.status, job.progress, job.error) == ("done", 1, None)
    assert job.finished_at is not None
    names = [file.name for file in job.files]
    assert {"bilan.json", "bilan-total.csv", "bilan-by-programme.csv"} <= set(names)
    event = only(logged(database))
    assert (event.type, event.subject) == ("report.ready", str(job_id))
    assert sorted(event.data["files"]) == names
    assert event.data["cause"] == str(cause)


def test_a_job_that_is_run_again_changes_nothing(database: Database) -> None:
    job_id = asked_for(database)
    write_report(database, job_id)
    first = look(database, job_id)
    write_report(database, job_id)
    again = look(database, job_id)
    assert (again.finished_at, again.attempts) == (first.finished_at, 1)
    assert len(logged(database)) == 1


def test_a_job_that_another_runs_is_left_to_it(database: Database) -> None:
    job_id = asked_for(database)
    claim(database, job_id)
    write_report(database, job_id)
    assert (look(database, job_id).status, look(database, job_id).attempts) == ("running", 1)
    assert logged(database) == []


def test_progress_is_seen_while_the_report_is_written(
    database: Database, report: Callable[[Any], None]
) -> None:
    seen: list[tuple[str, float]] = []
    job_id = asked_for(database)

    def write(_session: Any, _parameters: Any, _now: datetime, tell: Any) -> Content:
        for part in (0.2, 0.5):
            tell(part)
            job = look(database, job_id)
            seen.append((job.status, job.progress))
        return Content(total={"x": 1})

    report(write)
    write_report(database, job_id)
    assert seen == [("running", pytest.approx(0.18)), ("running", pytest.approx(0.45))]


def test_a_report_and_its_positions_are_of_one_moment(
    story: Story, report: Callable[[Any], None]
) -> None:
    counts: list[int] = []

    def write(session: Any, parameters: Any, now: datetime, tell: Any) -> Content:
        for _ in range(2):
            content = KINDS["bilan"].write(session, parameters, now, tell)
            counts.append(content.total["sessions"])  # type: ignore[arg-type]
            story.session()
        return content

    story.session()
    report(write)
    write_report(story.database, asked_for(story.database))
    assert counts == [1, 1]
    assert story.figures().total["sessions"] == 3


def test_a_killed_worker_s_job_is_finished_by_another_once(database: Database) -> None:
    job_id = asked_for(database)
    dead = claim(database, job_id)
    assert sweep(database) == []
    time_passes(database)
    assert sweep(database) == [job_id]
    write_report(database, job_id)
    assert look(database, job_id).status == "done"

    with pytest.raises(RunLost), database.transaction() as session:
        jobs.finish_job(session, dead, [FILE], uuid4())
    assert len(logged(database)) == 1
    assert [file.content for file in _contents(database, job_id)] != [FILE.content]


def test_a_slow_run_given_up_for_dead_cannot_write_over_its_successor(
    database: Database, report: Callable[[Any], None]
) -> None:
    job_id = asked_for(database)

    def write(_session: Any, _parameters: Any, _now: datetime, _tell: Any) -> Content:
        if look(database, job_id).attempts == 1:
            time_passes(database)
            sweep(database)
            write_report(database, job_id)
        return Content(total={"attempt": look(database, job_id).attempts})

    report(write)
    write_report(database, job_id)
    assert look(database, job_id).status == "done"
    assert b'"attempt": 2' in only(_contents(database, job_id)).content
    assert len(logged(database)) == 1


def test_a_run_given_up_for_dead_cannot_write_while_its_successor_is_at_work(
    database: Database,
) -> None:
    job_id = asked_for(database)
    dead = claim(database, job_id)
    time_passes(database)
    sweep(database)
    claim(database, job_id)
    for write in (
        lambda session: jobs.finish_job(session, dead, [FILE], uuid4()),
        lambda session: jobs.fail_run(session, dead, "too late", for_good=True),
        lambda session: jobs.note_progress(session, dead, 0.5),
    ):
        with pytest.raises(RunLost), database.transaction() as session:
            write(session)
    job = look(database, job_id)
    assert (job.status, job.progress, job.files, job.error) == ("running", 0, [], None)


def test_a_run_says_between_its_files_that_it_is_there_and_stops_if_it_is_cancelled(
    database: Database, report: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    report(lambda *_: Content(total={"registrations": 1}))
    job_id = ask(database, formats=["csv", "json", "html"])
    assert job_id is not None
    seen = []

    def late(*_: Any) -> list[WrittenFile]:
        """A file that takes as long as a worker is believed to be at work."""
        seen.append(look(database, job_id).progress)
        time_passes(database)
        return [FILE]

    def cancelled(*_: Any) -> list[WrittenFile]:
        seen.append(look(database, job_id).progress)
        assert sweep(database) == [], "it is not taken for dead"
        with database.transaction() as session:
            jobs.cancel_job(session, job_id)
        return [FILE]

    def never(*_: Any) -> list[WrittenFile]:
        raise AssertionError

    formats = {"csv": late, "json": cancelled, "html": never}
    monkeypatch.setattr(writing, "FORMATS", formats)
    write_report(database, job_id)
    after = look(database, job_id)
    assert (after.status, after.files, after.error) == ("cancelled", [], None)
    assert seen == sorted(set(seen)), "it says how far it is"


def test_a_run_says_that_it_is_there_however_long_one_step_of_it_is(
    database: Database, report: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "LEASE_SECONDS", 0.1)
    job_id = asked_for(database)

    def in_one_step(*_: Any) -> Content:
        time_passes(database)
        wait_until(lambda: look(database, job_id).due_at > datetime.now(UTC), "it speaks")
        assert sweep(database) == []
        return Content(total={"registrations": 1})

    report(in_one_step)
    write_report(database, job_id)
    assert look(database, job_id).status == "done"


def test_a_run_that_takes_longer_than_any_report_may_is_given_up(
    database: Database, report: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "LEASE_SECONDS", 0.1)
    monkeypatch.setattr(writing, "REPORT_SECONDS", 0)
    job_id = asked_for(database)
    silent = threading.Event()

    def hang(*_: Any) -> Content:
        wait_until(lambda: threading.active_count() == before, "nobody speaks for it any more")
        time_passes(database)
        silent.set()
        assert sweep(database) == [job_id]
        return Content(total={"registrations": 1})

    before = threading.active_count()
    report(hang)
    write_report(database, job_id)
    assert silent.is_set()
    assert look(database, job_id).status == "queued"


def test_a_living_run_is_not_swept(database: Database) -> None:
    run = claim(database, asked_for(database))
    time_passes(database)
    with database.transaction() as session:
        jobs.note_progress(session, run, 0.5)
    assert sweep(database) == []


def test_a_job_that_nobody_was_told_of_is_found(database: Database) -> None:
    job_id = asked_for(database)
    assert sweep(database) == []
    time_passes(database)
    assert sweep(database) == [job_id]
    assert sweep(database) == []


def test_the_sweep_sends_what_it_finds_to_a_worker(
    database: Database, jobs_sent: Callable[[], int]
) -> None:
    asked_for(database)
    time_passes(database)
    tasks.sweep()
    assert jobs_sent() == 1


def test_a_job_whose_every_worker_died_fails(database: Database) -> None:
    job_id = asked_for(database)
    for _ in range(MOST_ATTEMPTS):
        claim(database, job_id)
        time_passes(database)
        sweep(database)
    job = look(database, job_id)
    assert (job.status, job.attempts) == ("failed", MOST_ATTEMPTS)
    assert job.finished_at is not None
    assert job.error is not None
    assert logged(database) == []


def test_a_report_that_fails_is_tried_again_and_may_succeed(
    database: Database, report: Callable[[Any], None]
) -> None:
    job_id = asked_for(database)

    def write(_session: Any, _parameters: Any, _now: datetime, _tell: Any) -> Content:
        if look(database, job_id).attempts == 1:
            raise ZeroDivisionError("secret values")
        return Content(total={"x": 1})

    report(write)
    write_report(database, job_id)
    job = look(database, job_id)
    assert job.status == "queued"
    assert job.error is not None
    assert "ZeroDivisionError" in job.error
    assert "secret" not in job.error
    assert sweep(database) == []
    time_passes(database)
    assert sweep(database) == [job_id]
    write_report(database, job_id)
    job = look(database, job_id)
    assert (job.status, job.error) == ("done", None)


def test_a_report_that_always_fails_is_given_up(
    database: Database, report: Callable[[Any], None]
) -> None:
    def write(*_: Any) -> Content:
        raise ZeroDivisionError

    report(write)
    job_id = asked_for(database)
    for _ in range(MOST_ATTEMPTS):
        write_report(database, job_id)
    job = look(database, job_id)
    assert (job.status, job.attempts) == ("failed", MOST_ATTEMPTS)
    assert logged(database) == []


def test_a_refusal_is_not_tried_again(database: Database) -> None:
    job_id = ask(database, report="session", parameters={"session_id": str(uuid4())})
    assert job_id is not None
    write_report(database, job_id)
    job = look(database, job_id)
    assert (job.status, job.error) == ("failed", SessionUnknown.says.en)


def test_files_and_event_are_kept_together_or_not_at_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = asked_for(database)
    run = claim(database, job_id)

    def fail(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(log, "append", fail)
    with pytest.raises(OSError), database.transaction() as session:  # noqa: PT011
        jobs.finish_job(session, run, [FILE], uuid4())
    job = look(database, job_id)
    assert (job.status, job.files) == ("running", [])


def test_a_closed_session_has_its_report_written(
    story: Story, jobs_sent: Callable[[], int]
) -> None:
    session_id = story.session()
    event = story.tell(catalogue.SessionClosed.of(session_id=session_id))
    with story.database.transaction() as session:
        job = only(jobs.list_jobs(session, report=None, status=None, before=None, limit=10))
    assert (job.report, job.parameters) == ("session", {"session_id": str(session_id)})
    assert (job.formats, str(job.cause)) == (["json", "csv"], event["id"])
    assert jobs_sent() == 1
    tasks.run_job(str(job.id))
    assert only(logged(story.database)).data["cause"] == event["id"]


def test_one_report_per_cause_whatever_comes_again(
    story: Story, jobs_sent: Callable[[], int]
) -> None:
    story.tell(catalogue.SessionClosed.of(session_id=story.session()))
    log = story.feeds.logs["registrations"]
    story.receiver.receive("registrations", 0, log)
    with story.database.transaction() as session:
        story.receiver._handle(session, log[-1], Rows(session))
    assert len(story.rows(ReportJob.__table__)) == 1
    assert jobs_sent() == 1


def _contents(database: Database, job_id: UUID) -> list[Any]:
    with database.transaction() as session:
        names = [file.name for file in jobs.find_job(session, job_id).files]
        return [jobs.find_file(session, job_id, name) for name in names]
