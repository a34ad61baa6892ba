"""Emptying the facts and filling them again."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from services.reporting import tasks
from services.reporting.broker import REBUILD, celery
from services.reporting.models import FACTS, Rebuild, ReportJob, session_fact
from services.reporting.operations import rebuilds
from services.reporting.refusals import RebuildRunning
from shared.db import Database
from shared.events import catalogue
from shared.messaging.tables import event_cursor
from tests.servers import wait_until
from tests.service.reporting.conftest import BEGIN, Story, departure, message
from tests.service.reporting.test_more_facts import call_needed, call_settled, closed, opened


@pytest.fixture
def lived(story: Story) -> Story:
    """Something of everything has happened."""
    session_id = story.session()
    other = story.session()
    registration_id = story.register(session_id)
    waiting = story.register(session_id, "waitlisted")
    story.attend(registration_id, session_id)
    story.tell(departure(waiting, session_id, "waitlisted"), BEGIN + timedelta(hours=1))
    story.tell(
        catalogue.FeedbackSubmitted.of(
            registration_id=registration_id, session_id=session_id, rating=4
        )
    )
    story.tell(
        catalogue.OutcomeRecorded.of(
            registration_id=registration_id,
            session_id=session_id,
            participant_id=uuid4(),
            outcome="training",
            as_of=BEGIN.date(),
        )
    )
    counted = {"session_id": other, "meeting_id": uuid4(), "count": 12, "minutes": 120}
    story.tell(catalogue.AttendanceCounted.of(**counted))
    story.tell(catalogue.SessionCancelled.of(session_id=other))
    story.tell(catalogue.SessionClosed.of(session_id=session_id))
    referral_id, call_id = uuid4(), uuid4()
    story.tell(opened(referral_id))
    story.tell(closed(referral_id, "granted", 90_000))
    story.tell(call_needed(call_id, session_id))
    story.tell(call_settled(call_id, session_id))
    story.tell(message(session_id))
    story.tell(message(None, failed=True))
    return story


def start(database: Database) -> Any:
    with database.transaction() as session:
        return rebuilds.start_rebuild(session)


def look(database: Database, rebuild_id: Any) -> Rebuild:
    with database.transaction() as session:
        return rebuilds.find_rebuild(session, rebuild_id)


def everything(story: Story) -> list[Any]:
    cursors = [(row.source, row.position) for row in story.rows(event_cursor)]
    return [cursors, *(story.rows(fact) for fact in FACTS)]


def test_what_is_rebuilt_is_what_was_told_live(lived: Story) -> None:
    before = everything(lived)
    assert all(before)
    with lived.database.transaction() as session:
        session.execute(update(session_fact).values(capacity=0))
        strays = {fact: session.execute(select(fact)).mappings().first() for fact in FACTS}
        for fact, row in strays.items():
            key = {column.name: uuid4() for column in fact.primary_key}
            session.execute(fact.insert().values({**(row or {}), **key}))
    rebuild_id = start(lived.database)
    rebuilds.run_rebuild(lived.database, lived.receiver, rebuild_id)
    assert everything(lived) == before
    done = look(lived.database, rebuild_id)
    assert (done.status, done.events, done.error) == ("done", 17, None)
    assert done.finished_at is not None


def test_a_rebuild_sets_off_no_report_again(lived: Story, jobs_sent: Callable[[], int]) -> None:
    before = lived.rows(ReportJob.__table__)
    assert len(before) == jobs_sent() == 1
    rebuilds.run_rebuild(lived.database, lived.receiver, start(lived.database))
    assert lived.rows(ReportJob.__table__) == before
    assert jobs_sent() == 1


def test_the_old_figures_answer_until_the_new_ones_are_whole(lived: Story) -> None:
    before = lived.figures("programme")
    seen: list[Any] = []
    read = lived.feeds.read

    def reading(source: str, after: int, limit: int = 2) -> Any:
        seen.append(lived.figures("programme"))
        return read(source, after, limit)

    lived.feeds.read = reading  # type: ignore[method-assign]
    rebuilds.run_rebuild(lived.database, lived.receiver, start(lived.database))
    assert len(seen) > 5
    assert all(figures == before for figures in seen)


def test_events_that_come_meanwhile_wait_and_count_once(lived: Story) -> None:
    """The last source is being read: registrations' log has been, so what it tells now is new."""
    read = lived.feeds.read
    told: list[threading.Thread] = []

    def reading(source: str, after: int, limit: int = 2) -> Any:
        if source == "notifications" and not told:
            told.append(threading.Thread(target=lived.register, args=(uuid4(),)))
            told[0].start()
            wait_until(lambda: _waiting_for_a_lock(lived.database), "the receiver waits")
        return read(source, after, limit)

    lived.feeds.read = reading  # type: ignore[method-assign]
    before = lived.figures().total["registrations"]
    rebuild_id = start(lived.database)
    rebuilds.run_rebuild(lived.database, lived.receiver, rebuild_id)
    told[0].join()
    assert look(lived.database, rebuild_id).status == "done"
    assert lived.figures().total["registrations"] == before + 1


def _waiting_for_a_lock(database: Database) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with database.transaction() as session:
        return bool(session.scalar(text(query)))


def test_progress_is_seen_while_it_runs(lived: Story) -> None:
    rebuild_id = start(lived.database)
    seen: list[tuple[str, int]] = []
    read = lived.feeds.read

    def reading(source: str, after: int, limit: int = 2) -> Any:
        found = look(lived.database, rebuild_id)
        seen.append((found.status, found.events))
        return read(source, after, limit)

    lived.feeds.read = reading  # type: ignore[method-assign]
    rebuilds.run_rebuild(lived.database, lived.receiver, rebuild_id)
    assert seen[:3] == [("running", 0), ("running", 2), ("running", 4)]


@pytest.mark.parametrize("breaks_after", [0, 4])
def test_a_rebuild_that_fails_leaves_the_old_figures(lived: Story, breaks_after: int) -> None:
    before = everything(lived)
    lived.feeds.breaks_after = breaks_after
    rebuild_id = start(lived.database)
    rebuilds.run_rebuild(lived.database, lived.receiver, rebuild_id)
    assert everything(lived) == before
    failed = look(lived.database, rebuild_id)
    assert failed.status == "failed"
    assert failed.error is not None
    assert "FeedUnavailable" in failed.error


def test_there_is_one_rebuild_at_a_time(lived: Story) -> None:
    first = start(lived.database)
    with pytest.raises(RebuildRunning):
        start(lived.database)
    rebuilds.run_rebuild(lived.database, lived.receiver, first)
    assert start(lived.database) != first


def test_a_task_that_comes_twice_rebuilds_once(lived: Story) -> None:
    rebuild_id = start(lived.database)
    rebuilds.run_rebuild(lived.database, lived.receiver, rebuild_id)
    with lived.database.transaction() as session:
        session.execute(update(session_fact).values(capacity=77))
    rebuilds.run_rebuild(lived.database, lived.receiver, rebuild_id)
    assert {row.capacity for row in lived.rows(session_fact)} == {77}


def test_a_task_that_comes_again_while_it_is_at_work_leaves_it_alone(lived: Story) -> None:
    rebuild_id = start(lived.database)
    begun: list[str] = []

    class Receiver:
        def rebuild(self, *_: Any) -> int:
            begun.append("here")
            if len(begun) == 1:
                rebuilds.run_rebuild(lived.database, Receiver(), rebuild_id)  # type: ignore[arg-type]
            return 0

    rebuilds.run_rebuild(lived.database, Receiver(), rebuild_id)  # type: ignore[arg-type]
    assert begun == ["here"]


def test_a_rebuild_abandoned_by_its_worker_fails_and_another_may_start(lived: Story) -> None:
    rebuild_id = start(lived.database)
    tasks.sweep()
    assert look(lived.database, rebuild_id).status == "running"
    with lived.database.transaction() as session:
        session.execute(update(Rebuild).values(due_at=datetime.now(UTC)))
    tasks.sweep()
    assert look(lived.database, rebuild_id).status == "failed"
    assert start(lived.database)


def test_the_worker_s_task_rebuilds(lived: Story) -> None:
    tasks.add_rebuild_task(lived.receiver)
    rebuild_id = start(lived.database)
    celery.tasks[REBUILD](str(rebuild_id))
    assert look(lived.database, rebuild_id).status == "done"
    assert not lived.parked()
