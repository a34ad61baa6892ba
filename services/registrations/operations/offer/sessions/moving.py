"""The dates of a session change: moved, added, dropped."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import SessionStatus
from services.registrations.models import Attendance, HeadCount, Meeting, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.offer.alternatives import find_alternatives
from services.registrations.operations.offer.booking import book, wait_for_turn
from services.registrations.operations.offer.changes import note_change
from services.registrations.operations.offer.sessions.changing import end_offers_with_registration
from services.registrations.operations.offer.sessions.own import ENDED, own_session
from services.registrations.operations.offer.sessions.times import MeetingTime, schedule, time_of
from services.registrations.refusals import (
    AttendanceRecorded,
    SessionNotFound,
    SessionState,
)
from shared.errors import Invalid, NotFound
from shared.messaging import log


def reschedule(
    transaction: Transaction,
    session_id: UUID,
    meetings: Sequence[MeetingTime],
    *,
    organisation: str | None,
) -> Session:
    """Give the session these meetings: those with an id are moved, new ones added, others dropped.

    Registration closes as long before them as it did.

    Raises:
        SessionNotFound, OtherOrganisation, SessionState, Invalid.
        AttendanceRecorded: a meeting that would be dropped has been held.
        AlreadyBooked: a room or a facilitator is taken at that time.
    """
    _wait_for_turn(transaction, meetings)
    return _reschedule(transaction, own_session(transaction, session_id, organisation), meetings)


def _reschedule(
    transaction: Transaction, session: Session, meetings: Sequence[MeetingTime]
) -> Session:
    if session.status in ENDED:
        raise SessionState
    kept = {time.id for time in meetings}
    _refuse_to_drop_held(transaction, [m.id for m in session.meetings if m.id not in kept])
    closes_before = _closes_before(session)
    schedule(transaction, session, meetings, closes_at=None)
    session.closes_at = closes_before(session)
    if session.opens_at >= session.closes_at:
        # It would never open: it does now.
        session.opens_at = min(session.opens_at, now())
    if session.decide_by is not None:
        session.decide_by = min(session.decide_by, session.starts_at)
    note_change(session)
    end_offers_with_registration(transaction, session)
    book(transaction, session)
    if session.status == SessionStatus.PUBLISHED:
        alternatives = find_alternatives(transaction, session)
        log.append(transaction, facts.session_rescheduled(session, alternatives))
    return session


def _closes_before(session: Session) -> Callable[[Session], datetime]:
    """When registration closes, once the dates of ``session`` have changed: as long before them as it did.

    Before the first date, where nobody can join once it has begun, else before the last.
    """
    first, last = _first_and_last(session)
    # Of a single date that may become a course, the last is meant unless it closes earlier.
    if session.closes_at <= first and session.closes_at < last:
        lead = first - session.closes_at
        return lambda moved: _first_and_last(moved)[0] - lead
    lead = last - session.closes_at
    return lambda moved: _first_and_last(moved)[1] - lead


def _first_and_last(session: Session) -> tuple[datetime, datetime]:
    starts = [meeting.starts_at for meeting in session.meetings]
    return min(starts), max(starts)


def add_meeting(
    transaction: Transaction, session_id: UUID, time: MeetingTime, *, organisation: str | None
) -> Meeting:
    """Give the session one more meeting.

    Raises:
        SessionNotFound, OtherOrganisation, SessionState, Invalid.
    """
    _wait_for_turn(transaction, [time])
    session = own_session(transaction, session_id, organisation)
    known = {meeting.id for meeting in session.meetings}
    times = [*map(time_of, session.meetings), time]
    _reschedule_for_one(transaction, session, times)
    return next(meeting for meeting in session.meetings if meeting.id not in known)


def change_meeting(
    transaction: Transaction, meeting_id: UUID, changes: dict[str, Any], *, organisation: str | None
) -> Meeting:
    """Move one meeting, or change its room or facilitator.

    Raises:
        NotFound, OtherOrganisation, SessionState, Invalid.
    """
    meeting = transaction.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound
    _wait_for_turn(transaction, [replace(time_of(meeting), **changes)])
    try:
        session = own_session(transaction, meeting.session_id, organisation)
    except SessionNotFound:
        # Another organisation's draft: nobody is to learn that this meeting is there.
        raise NotFound from None
    times = [
        replace(time_of(one), **changes) if one.id == meeting_id else time_of(one)
        for one in session.meetings
    ]
    _reschedule_for_one(transaction, session, times)
    return meeting


def _reschedule_for_one(
    transaction: Transaction, session: Session, times: Sequence[MeetingTime]
) -> None:
    """As :func:`reschedule`, for a caller who sees one meeting: its fields are named as theirs."""
    try:
        _reschedule(transaction, session, times)
    except Invalid as refused:
        errors = {field.rpartition(".")[2]: texts for field, texts in refused.errors.items()}
        raise Invalid(errors=errors) from None


def _wait_for_turn(transaction: Transaction, times: Sequence[MeetingTime]) -> None:
    wait_for_turn(transaction, [one.room_id for one in times], [one.facilitator for one in times])


def _refuse_to_drop_held(transaction: Transaction, meeting_ids: Sequence[UUID]) -> None:
    query = union_all(
        select(Attendance.meeting_id).where(Attendance.meeting_id.in_(meeting_ids)),
        select(HeadCount.meeting_id).where(HeadCount.meeting_id.in_(meeting_ids)),
    ).limit(1)
    if transaction.scalar(query) is not None:
        raise AttendanceRecorded
