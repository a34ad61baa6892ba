"""Counted sessions become held ones with their head counts; those that are there already follow what was corrected."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session as Transaction
from uuid_utils.compat import uuid7

from services.registrations.domain import RegistrationMode, SessionStatus
from services.registrations.importing.attendance_rows import CountedSession
from services.registrations.importing.load import one_of
from services.registrations.importing.report import Outcome, Report
from services.registrations.models import HeadCount, Meeting, Place, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from shared.events.calendars import sequence_at
from shared.messaging import log

# As many sessions as are held in memory at once while their events are written.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class _By:
    """Who loads, and the ids of the activities by ref."""

    counted_by: str
    activities: Mapping[str, UUID]


def load_attendance(
    transaction: Transaction,
    counted: Sequence[CountedSession],
    *,
    activities: Mapping[str, UUID],
    counted_by: str,
    report: Report,
) -> None:
    """Load sessions that are over, with how many came, and tell it all as if it had been said here.

    Nobody registered for them: they are published with the door open, so that a count can still be corrected
    at the desk. A session whose row says what it said the last time is left as it is, whatever was corrected here
    since; a cancelled or closed one is left alone.
    """
    by = _By(counted_by, activities)
    for batch in _batches(counted):
        refs = [one.session.ref for one in batch]
        known = {
            session.source_ref: session
            for session in transaction.scalars(
                select(Session).where(one_of(Session.source_ref, refs))
            ).unique()
        }
        _make(transaction, [one for one in batch if one.session.ref not in known], by, report)
        for one in batch:
            if session := known.get(one.session.ref):
                _follow(transaction, session, one, by, report)
        # The next ones are other rows: those of these would only stay in memory.
        transaction.flush()
        transaction.expunge_all()


def _make(
    transaction: Transaction, counted: Sequence[CountedSession], by: _By, report: Report
) -> None:
    if not counted:
        return
    sessions = {uuid7(): one for one in counted}
    transaction.execute(
        insert(Session), [_row(session_id, one, by) for session_id, one in sessions.items()]
    )
    meetings: list[dict[str, Any]] = []
    heads: list[dict[str, Any]] = []
    for session_id, one in sessions.items():
        for meeting, count in zip(one.session.meetings, one.heads, strict=True):
            meeting_id = uuid7()
            meetings.append(
                {
                    "id": meeting_id,
                    "session_id": session_id,
                    "starts_at": meeting.starts_at,
                    "ends_at": meeting.ends_at,
                }
            )
            if count is not None:
                heads.append(
                    {"meeting_id": meeting_id, "count": count, "counted_by": by.counted_by}
                )
    transaction.execute(insert(Meeting), meetings)
    if heads:
        transaction.execute(insert(HeadCount), heads)
    report.count(Outcome.CREATED, "sessions", len(sessions))
    report.count(Outcome.CREATED, "meetings", len(meetings))
    report.count(Outcome.CREATED, "head_counts", len(heads))
    _tell(transaction, list(sessions), {row["meeting_id"]: row["count"] for row in heads})


def _row(session_id: UUID, counted: CountedSession, by: _By) -> dict[str, Any]:
    planned = counted.session
    starts_at = planned.meetings[0].starts_at
    return {
        "id": session_id,
        "source_ref": planned.ref,
        "source_digest": planned.digest,
        "activity_id": by.activities[planned.activity_ref],
        "place_code": planned.place_code,
        "status": SessionStatus.PUBLISHED,
        "registration": RegistrationMode.NONE,
        "capacity": planned.capacity,
        "starts_at": starts_at,
        "ends_at": max(meeting.ends_at for meeting in planned.meetings),
        "opens_at": starts_at,
        "closes_at": starts_at,
        # As if it had been told then: it is no news, and no feed begins with it.
        "published_at": starts_at,
        "changed_at": starts_at,
        "calendar_sequence": sequence_at(starts_at),
    }


def _tell(transaction: Transaction, ids: Sequence[UUID], heads: Mapping[UUID, int]) -> None:
    query = select(Session).where(Session.id.in_(ids)).order_by(Session.id)
    for session in transaction.scalars(query).unique():
        counts = [
            facts.attendance_counted(meeting, count=heads[meeting.id])
            for meeting in session.meetings
            if meeting.id in heads
        ]
        log.append(transaction, facts.session_published(session), *counts)


def _follow(
    transaction: Transaction, session: Session, counted: CountedSession, by: _By, report: Report
) -> None:
    planned = counted.session
    meetings = list(session.meetings)
    if session.source_digest == planned.digest or session.status != SessionStatus.PUBLISHED:
        report.count(Outcome.UNCHANGED, "sessions")
        report.count(Outcome.UNCHANGED, "meetings", len(meetings))
        report.count(
            Outcome.UNCHANGED, "head_counts", sum(count is not None for count in counted.heads)
        )
        return
    session.source_digest = planned.digest
    if _moved(transaction, session, counted, by):
        session.changed_at = session.starts_at
        session.calendar_sequence += 1
        transaction.flush()
        transaction.refresh(session)
        log.append(transaction, facts.session_rescheduled(session))
        report.count(Outcome.UPDATED, "sessions")
        report.count(Outcome.UPDATED, "meetings", len(planned.meetings))
    else:
        report.count(Outcome.UNCHANGED, "sessions")
        report.count(Outcome.UNCHANGED, "meetings", len(planned.meetings))
    for meeting, heads in zip(session.meetings, counted.heads, strict=True):
        if heads is not None:
            _count(transaction, meeting, heads, by, report)


def _moved(transaction: Transaction, session: Session, counted: CountedSession, by: _By) -> bool:
    """Bring the session's words, place and dates to what the row says; returns whether anything was different."""
    planned = counted.session
    activity_id = by.activities[planned.activity_ref]
    elsewhere = (session.activity_id, session.place_code) != (activity_id, planned.place_code)
    stand = [(meeting.starts_at, meeting.ends_at) for meeting in session.meetings]
    if not elsewhere and stand == [(one.starts_at, one.ends_at) for one in planned.meetings]:
        return False
    session.activity_id = activity_id
    session.place = transaction.get_one(Place, planned.place_code)
    session.starts_at = session.opens_at = session.closes_at = planned.meetings[0].starts_at
    session.ends_at = max(meeting.ends_at for meeting in planned.meetings)
    session.capacity = max(session.capacity, planned.capacity or 1)
    for meeting, wanted in zip_longest(list(session.meetings), planned.meetings):
        if meeting is None:
            session.meetings.append(Meeting(starts_at=wanted.starts_at, ends_at=wanted.ends_at))
        elif wanted is None:
            transaction.execute(delete(HeadCount).where(HeadCount.meeting_id == meeting.id))
            session.meetings.remove(meeting)
        else:
            meeting.starts_at, meeting.ends_at = wanted.starts_at, wanted.ends_at
    return True


def _count(transaction: Transaction, meeting: Meeting, heads: int, by: _By, report: Report) -> None:
    known = transaction.get(HeadCount, meeting.id)
    if known is not None and known.count == heads:
        report.count(Outcome.UNCHANGED, "head_counts")
        return
    report.count(Outcome.UPDATED if known else Outcome.CREATED, "head_counts")
    counted = known or HeadCount(meeting_id=meeting.id)
    counted.count, counted.counted_by, counted.counted_at = heads, by.counted_by, now()
    transaction.add(counted)
    log.append(transaction, facts.attendance_counted(meeting, count=heads))


def _batches(counted: Sequence[CountedSession]) -> Iterator[Sequence[CountedSession]]:
    for begin in range(0, len(counted), _BATCH):
        yield counted[begin : begin + _BATCH]
