"""The life of a session: drafted, published, moved, cancelled, closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, union_all, update
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import LIVE, RegistrationMode, RegistrationStatus, SessionStatus
from services.registrations.models import (
    Activity,
    Attendance,
    HeadCount,
    Meeting,
    Place,
    Registration,
    Room,
    Session,
)
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.offer.alternatives import find_alternatives
from services.registrations.operations.offer.booking import book, hold, let_go
from services.registrations.operations.offer.changes import note_change
from services.registrations.operations.offer.enough import form_if_enough
from services.registrations.operations.seats.accept import expire_offers
from services.registrations.operations.seats.lock import lock_session
from services.registrations.operations.seats.move import move
from services.registrations.operations.seats.promote import promote
from services.registrations.refusals import (
    AttendanceRecorded,
    CapacityTaken,
    OtherOrganisation,
    SessionNotFound,
    SessionState,
)
from shared.errors import Invalid, NotFound, invalid
from shared.messaging import log

_ENDED = (SessionStatus.CANCELLED, SessionStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class MeetingTime:
    """One date of a session; ``id`` tells which existing meeting it moves."""

    starts_at: datetime
    ends_at: datetime
    room_id: UUID | None = None
    facilitator: str | None = None
    id: UUID | None = None


def create_session(
    transaction: Transaction,
    *,
    activity_id: UUID,
    place_code: str,
    capacity: int,
    meetings: Sequence[MeetingTime],
    organisation: str | None,
    **optional: Any,
) -> Session:
    """A draft of ``activity`` at ``place``; ``optional``: minimum, decide_by, opens_at, closes_at, registration.

    With a minimum the day of decision is, unless given, as long before the start as the programme says.

    Raises:
        Invalid: an unknown activity, place or room, meetings that end before they start, a minimum
            above the capacity or where nobody registers, or a window that closes before it opens.
        OtherOrganisation: the activity is not the caller's.
        AlreadyBooked: a room or a facilitator is taken at that time.
    """
    activity = transaction.get(Activity, activity_id)
    if activity is None:
        raise invalid("activity_id", "There is no such activity.", "Cette activité n'existe pas.")
    if organisation not in (None, activity.organisation_code):
        raise OtherOrganisation
    session = draft(
        transaction, activity, find_place(transaction, place_code), capacity, meetings, **optional
    )
    book(transaction, session)
    return session


def find_place(transaction: Transaction, code: str) -> Place:
    """The place that a request names.

    Raises:
        Invalid: there is none.
    """
    place = transaction.get(Place, code)
    if place is None:
        raise invalid("place", "There is no such place.", "Ce lieu n'existe pas.")
    return place


def draft(
    transaction: Transaction,
    activity: Activity,
    place: Place,
    capacity: int,
    meetings: Sequence[MeetingTime],
    **optional: Any,
) -> Session:
    """As :func:`create_session`, of what is known; its rooms and facilitators are not booked yet.

    Raises:
        Invalid.
    """
    given = {name: value for name, value in optional.items() if value is not None}
    session = Session(
        activity=activity,
        place=place,
        capacity=capacity,
        accepted=0,
        confirmed=0,
        offered=0,
        waitlisted=0,
        status=SessionStatus.DRAFT,
        **given,
    )
    _schedule(transaction, session, meetings, closes_at=given.get("closes_at"))
    _set_day_of_decision(session)
    _check(session)
    transaction.add(session)
    return session


def change_session(
    transaction: Transaction, session_id: UUID, changes: dict[str, Any], *, organisation: str | None
) -> Session:
    """Change capacity, minimum, day of decision or registration window; a larger capacity lets people in from the line.

    Whether one registers for it at all is settled when it is published.

    Raises:
        SessionNotFound, OtherOrganisation, SessionState. CapacityTaken: more are confirmed already.
        Invalid: a minimum above the capacity, or a window that closes before it opens.
    """
    session = own_session(transaction, session_id, organisation)
    if session.status in _ENDED:
        raise SessionState
    mode = changes.get("registration", session.registration)
    if mode != session.registration and session.status != SessionStatus.DRAFT:
        raise SessionState
    if changes.get("capacity", session.capacity) < session.taken:
        raise CapacityTaken
    for name, value in changes.items():
        setattr(session, name, value)
    if "decide_by" in changes:
        session.below_minimum_at = None
    _set_day_of_decision(session)
    _check(session)
    note_change(session)
    _end_offers_with_registration(transaction, session)
    transaction.flush()
    if session.status == SessionStatus.PUBLISHED:
        log.append(transaction, facts.session_rescheduled(session))
        promote(transaction, session)
        form_if_enough(transaction, session)
    return session


def publish(transaction: Transaction, session_id: UUID, *, organisation: str | None) -> Session:
    """Let people register. Publishing again changes nothing.

    Raises:
        SessionNotFound, OtherOrganisation, SessionState.
    """
    session = own_session(transaction, session_id, organisation)
    if session.status == SessionStatus.PUBLISHED:
        return session
    if session.status != SessionStatus.DRAFT:
        raise SessionState
    let_register(transaction, [session])
    return session


def let_register(transaction: Transaction, sessions: Sequence[Session]) -> None:
    """Publish drafts, and tell so; two statements, however many they are."""
    for session in sessions:
        session.status = SessionStatus.PUBLISHED
        note_change(session)
    transaction.flush()
    log.append(transaction, *map(facts.session_published, sessions))


def reschedule(
    transaction: Transaction,
    session_id: UUID,
    meetings: Sequence[MeetingTime],
    *,
    organisation: str | None,
) -> Session:
    """Give the session these meetings: those with an id are moved, new ones added, others dropped.

    Raises:
        SessionNotFound, OtherOrganisation, SessionState, Invalid.
        AttendanceRecorded: a meeting that would be dropped has been held.
        AlreadyBooked: a room or a facilitator is taken at that time.
    """
    session = own_session(transaction, session_id, organisation)
    if session.status in _ENDED:
        raise SessionState
    kept = {time.id for time in meetings}
    _refuse_to_drop_held(transaction, [m.id for m in session.meetings if m.id not in kept])
    _schedule(transaction, session, meetings, closes_at=None)
    if session.decide_by is not None:
        session.decide_by = min(session.decide_by, session.starts_at)
    note_change(session)
    _end_offers_with_registration(transaction, session)
    book(transaction, session)
    if session.status == SessionStatus.PUBLISHED:
        alternatives = find_alternatives(transaction, session)
        log.append(transaction, facts.session_rescheduled(session, alternatives))
    return session


def add_meeting(
    transaction: Transaction, session_id: UUID, time: MeetingTime, *, organisation: str | None
) -> Meeting:
    """Give the session one more meeting.

    Raises:
        SessionNotFound, OtherOrganisation, SessionState, Invalid.
    """
    session = own_session(transaction, session_id, organisation)
    known = {meeting.id for meeting in session.meetings}
    times = [*map(_time_of, session.meetings), time]
    _reschedule_for_one(transaction, session_id, times, organisation)
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
    try:
        session = own_session(transaction, meeting.session_id, organisation)
    except SessionNotFound:
        # Another organisation's draft: nobody is to learn that this meeting is there.
        raise NotFound from None
    times = [
        replace(_time_of(one), **changes) if one.id == meeting_id else _time_of(one)
        for one in session.meetings
    ]
    _reschedule_for_one(transaction, session.id, times, organisation)
    return meeting


def cancel_session(
    transaction: Transaction,
    session_id: UUID,
    *,
    organisation: str | None,
    reason: str = "other",
) -> Session:
    """The session will not take place; everyone registered is told, and what else there is.

    ``reason`` is one of ``CANCEL_REASONS``. A second call changes nothing.

    Raises:
        SessionNotFound, OtherOrganisation, SessionState: it is closed already.
    """
    session = own_session(transaction, session_id, organisation)
    if session.status == SessionStatus.CANCELLED:
        return session
    if session.status == SessionStatus.CLOSED:
        raise SessionState
    was_published = session.status == SessionStatus.PUBLISHED
    session.status = SessionStatus.CANCELLED
    note_change(session)
    let_go(session)
    if was_published:
        alternatives = find_alternatives(transaction, session)
        log.append(transaction, facts.session_cancelled(session, alternatives, reason=reason))
        _cancel_all(transaction, session)
    return session


def close_session(
    transaction: Transaction, session_id: UUID, *, organisation: str | None
) -> Session:
    """The session is over: no more registrations, and its report is written. A second call changes nothing.

    Raises:
        SessionNotFound, OtherOrganisation. SessionState: it was never held, or has not begun.
    """
    session = own_session(transaction, session_id, organisation)
    if session.status == SessionStatus.CLOSED:
        return session
    if session.status != SessionStatus.PUBLISHED or session.starts_at > now():
        raise SessionState
    expire_offers(transaction, session, over_only=False)
    session.status = SessionStatus.CLOSED
    note_change(session)
    log.append(transaction, facts.session_closed(session, _who_came(transaction, session)))
    return session


def _who_came(transaction: Transaction, session: Session) -> Sequence[UUID]:
    """Registrations whose holders were there at least once; of a session without a list, all who had a seat."""
    held = select(Attendance.registration_id).where(
        Attendance.meeting_id.in_([meeting.id for meeting in session.meetings])
    )
    came = held.where(Attendance.status == "present")
    seated = (Registration.status == RegistrationStatus.CONFIRMED) & ~held.exists()
    return transaction.scalars(
        select(Registration.id)
        .where(Registration.session_id == session.id, or_(Registration.id.in_(came), seated))
        .order_by(Registration.rank)
    ).all()


def own_session(transaction: Transaction, session_id: UUID, organisation: str | None) -> Session:
    """The session, locked, for a caller who may change it.

    Raises:
        SessionNotFound: there is none, or only another organisation's draft.
        OtherOrganisation: it was published, as everyone can see.
    """
    session = lock_session(transaction, session_id)
    if session is None:
        raise SessionNotFound
    if organisation not in (None, session.activity.organisation_code):
        raise SessionNotFound if session.status == SessionStatus.DRAFT else OtherOrganisation
    return session


def _end_offers_with_registration(transaction: Transaction, session: Session) -> None:
    """No seat is kept for anyone past the end of registration."""
    transaction.execute(
        update(Registration)
        .where(
            Registration.session_id == session.id,
            Registration.status == RegistrationStatus.OFFERED,
            Registration.offered_until > session.closes_at,
        )
        .values(offered_until=session.closes_at)
    )


def _reschedule_for_one(
    transaction: Transaction,
    session_id: UUID,
    times: Sequence[MeetingTime],
    organisation: str | None,
) -> None:
    """As :func:`reschedule`, for a caller who sees one meeting: its fields are named as theirs."""
    try:
        reschedule(transaction, session_id, times, organisation=organisation)
    except Invalid as refused:
        errors = {field.rpartition(".")[2]: texts for field, texts in refused.errors.items()}
        raise Invalid(errors=errors) from None


def _time_of(meeting: Meeting) -> MeetingTime:
    return MeetingTime(
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        room_id=meeting.room.id if meeting.room else None,
        facilitator=meeting.facilitator,
        id=meeting.id,
    )


def _set_day_of_decision(session: Session) -> None:
    days = session.activity.programme.decision_days
    if session.minimum is None:
        session.decide_by = None
    elif session.decide_by is None and days is not None:
        # So many days at the place, where a day may have 23 or 25 hours.
        begins = session.starts_at.astimezone(ZoneInfo(session.place.timezone))
        session.decide_by = (begins - timedelta(days=days)).astimezone(UTC)


def _check(session: Session) -> None:
    if session.decide_by is not None and session.decide_by > session.starts_at:
        raise invalid(
            "decide_by",
            "It must not be after the session begins.",
            "La date ne peut pas suivre le début de la session.",
        )
    if session.minimum is not None and session.registration == RegistrationMode.NONE:
        raise invalid(
            "minimum",
            "Nobody registers for this session: it has no minimum.",
            "Cette session est sans inscription : elle n'a pas de minimum.",
        )
    if session.minimum is not None and session.minimum > session.capacity:
        raise invalid(
            "minimum",
            "It must not exceed the capacity.",
            "Le minimum ne peut pas dépasser la capacité.",
        )
    # A new session opens, unless told otherwise, when it is made.
    if session.opens_at is not None and session.opens_at >= session.closes_at:
        raise invalid(
            "closes_at",
            "It must come after registration opens.",
            "La clôture doit suivre l'ouverture des inscriptions.",
        )


def _schedule(
    transaction: Transaction,
    session: Session,
    times: Sequence[MeetingTime],
    *,
    closes_at: datetime | None,
) -> None:
    known = {meeting.id: meeting for meeting in session.meetings}
    meetings = []
    for number, time in enumerate(times):
        field = f"meetings.{number}"
        if time.ends_at <= time.starts_at:
            raise invalid(
                f"{field}.ends_at", "It must end after it starts.", "La fin doit suivre le début."
            )
        if time.id is not None and time.id not in known:
            raise invalid(
                f"{field}.id",
                "There is no such meeting in this session.",
                "Cette séance n'est pas de cette session.",
            )
        meeting = known[time.id] if time.id else Meeting()
        if time.id and session.status == SessionStatus.PUBLISHED:
            announced = meeting.moved_from or meeting.starts_at
            meeting.moved_from = announced if announced != time.starts_at else None
        meeting.starts_at, meeting.ends_at = time.starts_at, time.ends_at
        meeting.facilitator = time.facilitator
        hold(meeting, _room(transaction, session, time.room_id, f"{field}.room_id"))
        meetings.append(meeting)
    meetings.sort(key=lambda meeting: meeting.starts_at)
    session.meetings = meetings
    session.starts_at = meetings[0].starts_at
    session.ends_at = max(meeting.ends_at for meeting in meetings)
    # One can join a course until its last meeting begins, unless the place says otherwise.
    session.closes_at = closes_at or meetings[-1].starts_at


def _room(
    transaction: Transaction, session: Session, room_id: UUID | None, field: str
) -> Room | None:
    if room_id is None:
        return None
    room = transaction.get(Room, room_id)
    if room is None or room.place_code != session.place.code:
        raise invalid(
            field, "There is no such room in this place.", "Cette salle n'est pas dans ce lieu."
        )
    return room


def _refuse_to_drop_held(transaction: Transaction, meeting_ids: Sequence[UUID]) -> None:
    query = union_all(
        select(Attendance.meeting_id).where(Attendance.meeting_id.in_(meeting_ids)),
        select(HeadCount.meeting_id).where(HeadCount.meeting_id.in_(meeting_ids)),
    ).limit(1)
    if transaction.scalar(query) is not None:
        raise AttendanceRecorded


def _cancel_all(transaction: Transaction, session: Session) -> None:
    query = select(Registration).where(
        Registration.session_id == session.id, Registration.status.in_(LIVE)
    )
    cancelled = []
    for registration in transaction.scalars(query.order_by(Registration.rank)):
        previous = move(session, registration, "cancel", RegistrationStatus.CANCELLED)
        fact = facts.registration_cancelled(registration, previous=previous, by="system")
        cancelled.append(fact)
    log.append(transaction, *cancelled)
