"""One meeting as staff see it: whether it is theirs, who is expected, and which still lack attendance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload, raiseload

from services.registrations.domain import LIVE, RegistrationStatus, SessionStatus
from services.registrations.models import (
    Activity,
    Attendance,
    Meeting,
    Participant,
    Registration,
    Session,
)
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import NotAdvised, OtherOrganisation, SessionNotFound
from shared.errors import NotFound
from shared.messaging import log

# Facilitators note who came in their own time; then they are asked, for as long as they may remember.
_PATIENCE = timedelta(hours=12)
_ASKED_FOR = timedelta(days=14)
_MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Expected:
    """A registration for a meeting's session, and whether the person came to the meeting, if that is recorded."""

    registration: Registration
    attendance: str | None


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A meeting that is over, and how many of the people who had a seat have no attendance."""

    meeting: Meeting
    session: Session
    missing: int


def find_session(transaction: Transaction, session_id: UUID, scope: Scope) -> Session:
    """The session, for staff who may know who takes part in it.

    Raises:
        SessionNotFound: no such session, or none that the caller may know of.
        OtherOrganisation, NotAdvised: it is not the caller's.
    """
    session = transaction.get(Session, session_id)
    if session is None:
        raise SessionNotFound
    if scope.organisation not in (None, session.activity.organisation_code):
        raise SessionNotFound if session.status == SessionStatus.DRAFT else OtherOrganisation
    if not scope.advises(session.activity.programme):
        raise NotAdvised
    return session


def find_meeting(
    transaction: Transaction, meeting_id: UUID, scope: Scope
) -> tuple[Meeting, Session]:
    """The meeting and its session, for staff who may know who comes to it.

    Raises:
        NotFound: no such meeting, or none that the caller may know of.
        OtherOrganisation, NotAdvised: it is not the caller's.
    """
    meeting = transaction.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound
    try:
        return meeting, find_session(transaction, meeting.session_id, scope)
    except SessionNotFound:
        # Another organisation's draft: nobody is to learn that this meeting is there.
        raise NotFound from None


def list_expected(transaction: Transaction, meeting: Meeting) -> Sequence[Expected]:
    """Who has a seat, waits for one or was there, by family name, then given name."""
    query = (
        select(Registration, Attendance.status)
        .join(Registration.participant)
        .outerjoin(
            Attendance,
            and_(
                Attendance.registration_id == Registration.id, Attendance.meeting_id == meeting.id
            ),
        )
        .where(
            Registration.session_id == meeting.session_id,
            or_(Registration.status.in_(LIVE), Attendance.status.is_not(None)),
        )
        .order_by(
            func.lower(Participant.family_name),
            func.lower(Participant.given_name),
            Registration.id,
        )
        .options(joinedload(Registration.participant))
    )
    return [Expected(registration, status) for registration, status in transaction.execute(query)]


def list_unrecorded(
    transaction: Transaction,
    scope: Scope,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Unrecorded]:
    """Meetings within ``scope`` that are over while their session is not closed, and lack attendance; oldest first."""
    missing = _missing()
    query = (
        select(Meeting, Session, missing)
        .join(Session, Meeting.session_id == Session.id)
        .join(Session.activity)
        .join(Activity.programme)
        .where(
            Session.status == SessionStatus.PUBLISHED,
            Meeting.ends_at < now(),
            missing > 0,
            scope.condition(),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(limit)
        .options(raiseload(Session.meetings))
    )
    if after is not None:
        query = query.where(tuple_(Meeting.starts_at, Meeting.id) > after)
    return [Unrecorded(*row) for row in transaction.execute(query)]


def ask_for_attendance(transaction: Transaction) -> int:
    """Tell of meetings that lack attendance some hours after they ended, once each; returns how many."""
    missing = _missing()
    query = (
        select(Meeting, missing)
        .join(Session, Meeting.session_id == Session.id)
        .where(
            Session.status == SessionStatus.PUBLISHED,
            # What is older was found in the list, or is not going to be noted any more.
            Meeting.ends_at.between(now() - _ASKED_FOR, now() - _PATIENCE),
            Meeting.attendance_asked_at.is_(None),
            missing > 0,
        )
        .order_by(Meeting.ends_at, Meeting.id)
        .limit(_MOST_AT_ONCE)
        .with_for_update(of=Meeting, skip_locked=True)
    )
    found = transaction.execute(query).all()
    for meeting, how_many in found:
        meeting.attendance_asked_at = now()
        log.append(transaction, facts.attendance_missing(meeting, missing=how_many))
    return len(found)


def _missing() -> ScalarSelect[int]:
    """For a query on meetings: how many people who had a seat have no attendance.

    Whoever got a seat after the meeting was not expected at it.
    """
    recorded = (
        select(Attendance)
        .where(
            Attendance.meeting_id == Meeting.id,
            Attendance.registration_id == Registration.id,
        )
        .exists()
    )
    return (
        select(func.count())
        .select_from(Registration)
        .where(
            Registration.session_id == Meeting.session_id,
            Registration.status == RegistrationStatus.CONFIRMED,
            Registration.updated_at < Meeting.ends_at,
            ~recorded,
        )
        .correlate(Meeting)
        .scalar_subquery()
    )
