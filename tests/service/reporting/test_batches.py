"""Events that come together are written together, and give the rows that they give one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import event, text

from services.reporting.models import FACTS, attendance_fact, registration_fact
from services.reporting.operations.rebuilds import empty_facts
from shared.db import Database
from shared.events import catalogue
from tests.service.reporting.conftest import (
    Story,
    attendance,
    departure,
    entry,
    session_state,
)


@contextmanager
def exchanges(database: Database) -> Iterator[list[str]]:
    """The statements sent meanwhile, those sent with many rows at once counted once."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    with database.transaction() as session:
        engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_batch_gives_the_rows_that_its_events_give_one_by_one(story: Story) -> None:
    session_id, kept, other = uuid4(), uuid4(), uuid4()
    one, two, three = uuid4(), uuid4(), uuid4()
    meeting = uuid4()
    for fact in (
        catalogue.SessionPublished.of(**session_state(session_id)),
        entry(one, session_id, "waitlisted", participant_id=kept),
        entry(two, session_id, "confirmed", participant_id=other),
        attendance(two, session_id, meeting_id=meeting, participant_id=other, status="absent"),
        entry(one, session_id, "confirmed", previous="waitlisted", participant_id=kept),
        catalogue.FeedbackSubmitted.of(registration_id=two, session_id=session_id, rating=2),
        catalogue.ParticipantMerged.of(
            merge_id=uuid4(),
            participant_id=kept,
            merged_participant_id=other,
            registrations=[two],
        ),
        # As it was told when they were two: whom it counts is known better by now.
        attendance(two, session_id, meeting_id=meeting, participant_id=other, status="present"),
        catalogue.FeedbackSubmitted.of(registration_id=two, session_id=session_id, rating=5),
        departure(one, session_id, "confirmed", participant_id=kept),
        entry(three, session_id, "offered", previous="waitlisted"),
        departure(three, session_id, "offered"),
        catalogue.OutcomeRecorded.of(
            registration_id=two,
            session_id=session_id,
            participant_id=kept,
            outcome="work",
            as_of=session_state(session_id)["meetings"][0]["starts_at"].date(),
        ),
        catalogue.SessionClosed.of(session_id=session_id),
    ):
        story.tell(fact)
    told = [story.rows(fact) for fact in FACTS]
    with story.database.transaction() as session:
        empty_facts(session)
        session.execute(text("UPDATE event_cursor SET position = 0"))
    story.receiver.receive("registrations", 0, story.feeds.logs["registrations"])

    assert [story.rows(fact) for fact in FACTS] == told
    assert {row.participant_id for row in story.rows(attendance_fact)} == {kept}


def test_a_hundred_registrations_of_one_batch_are_written_in_one_exchange(story: Story) -> None:
    session_id = story.session()
    batch = [story.feeds.write(entry(uuid4(), session_id, "confirmed")) for _ in range(100)]
    with exchanges(story.database) as sent:
        story.receiver.receive("registrations", 1, batch)

    assert len(story.rows(registration_fact)) == 100
    assert len([one for one in sent if "INSERT INTO registration_fact" in one]) == 1


def test_a_row_that_cannot_be_written_is_parked_alone(story: Story) -> None:
    session_id = story.session()
    facts = [
        attendance(uuid4(), session_id, minutes=minutes) for minutes in (60, 10**12, 90, 10**12, 30)
    ]
    batch = [story.feeds.write(fact) for fact in facts]
    story.receiver.receive("registrations", 1, batch)

    assert sorted(row.minutes for row in story.rows(attendance_fact)) == [30, 60, 90]
    assert [row.position for row in story.parked()] == [3, 5]
