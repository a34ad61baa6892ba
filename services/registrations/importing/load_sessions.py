"""Planned sessions become published ones; those that are there already follow what changed in the file."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, func, insert, literal, select, update
from sqlalchemy.orm import Session as Transaction
from uuid_utils.compat import uuid7

from services.registrations.domain import SessionStatus
from services.registrations.importing.bookings import Bookings
from services.registrations.importing.follow import Existing, follow, leave
from services.registrations.importing.load import one_of
from services.registrations.importing.plan import Options, Plan, PlannedSession
from services.registrations.importing.report import BadRow, Outcome, Report
from services.registrations.models import Activity, Meeting, Place, Programme, Room, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.offer.retell import Reworded, retell
from shared.events.calendars import sequence_at
from shared.messaging import log

# As many sessions as are held in memory at once while their events are written.
_BATCH = 500

Rooms = Mapping[tuple[str, str], UUID]


@dataclass(slots=True)
class _NewRows:
    """Rows to be inserted together."""

    sessions: list[dict[str, Any]] = field(default_factory=list)
    meetings: list[dict[str, Any]] = field(default_factory=list)


def load_sessions(
    transaction: Transaction,
    planned: Collection[PlannedSession],
    *,
    activities: Mapping[str, UUID],
    reworded: Reworded,
    options: Options,
    report: Report,
) -> None:
    """Publish new sessions, move those whose times changed, and tell it all.

    A session whose room or facilitator is taken is an error on its line, and left as it was.

    ``activities`` are ids by ref; sessions to come that speak of what is ``reworded`` are told again.
    """
    rooms = _rooms(transaction, planned)
    known = _known(transaction, planned)
    new = _NewRows()
    moved, read = _follow_known(
        transaction, known, planned, rooms=rooms, options=options, report=report
    )
    bookings = Bookings.of(transaction, planned, rooms, options.now)
    for session in planned:
        if session.ref in known:
            continue
        try:
            bookings.take(session, options.now)
        except BadRow as clash:
            report.bad(session.line, clash)
            continue
        activity_id = activities[session.activity_ref]
        _draft(new, session, activity_id, bookings=bookings, options=options)
    made = [one["id"] for one in new.sessions]
    if made:
        transaction.execute(insert(Session), new.sessions)
        transaction.execute(insert(Meeting), new.meetings)
        _set_minimums(transaction, made)
        _set_days_of_decision(transaction, made)
    if read:
        transaction.execute(update(Session), read)
    report.count(Outcome.CREATED, "sessions", len(new.sessions))
    report.count(Outcome.CREATED, "meetings", len(new.meetings))
    _tell_published(transaction, made)
    retell(transaction, reworded, ending_after=options.now, besides={*moved, *made})


def _follow_known(
    transaction: Transaction,
    known: Mapping[str | None, Existing],
    planned: Collection[PlannedSession],
    *,
    rooms: Rooms,
    options: Options,
    report: Report,
) -> tuple[set[UUID], list[dict[str, Any]]]:
    """Bring what was loaded before to what the file says: the ids that were told of, and what was read."""
    told, read = set(), []
    for session in planned:
        existing = known.get(session.ref)
        if existing is None:
            continue
        if existing.source_digest == session.digest:
            # The file says what it said: what differs here was changed by hand, and stays.
            leave(existing, session, now=options.now, report=report)
            continue
        try:
            if follow(transaction, existing, session, rooms=rooms, now=options.now, report=report):
                told.add(existing.id)
        except BadRow as clash:
            # Not read: the next time the room may be free.
            report.bad(session.line, clash)
            continue
        read.append({"id": existing.id, "source_digest": session.digest})
    return told, read


def leave_out_past(transaction: Transaction, plan: Plan, now: datetime, report: Report) -> None:
    """Take out of the plan the new sessions that have no date to come, and say so."""
    past = [
        session
        for session in plan.sessions.values()
        if not any(meeting.starts_at > now for meeting in session.meetings)
    ]
    query = select(Session.source_ref).where(
        one_of(Session.source_ref, [session.ref for session in past])
    )
    known = set(transaction.scalars(query))
    for session in past:
        if session.ref in known:
            continue
        report.leave_out(
            session.line,
            "No date to come in this season: not loaded.",
            "Aucune date à venir dans cette saison : non chargé.",
        )
        del plan.sessions[session.ref]
        plan.activities.pop(session.activity_ref, None)
    plan.drop_unused()


def _draft(
    new: _NewRows,
    planned: PlannedSession,
    activity_id: UUID,
    *,
    bookings: Bookings,
    options: Options,
) -> None:
    meetings = [meeting for meeting in planned.meetings if meeting.starts_at > options.now]
    session_id, moment = uuid7(), now()
    rooms = [
        bookings.rooms[planned.place_code, meeting.room] if meeting.room else None
        for meeting in meetings
    ]
    capacity = planned.capacity or max(options.capacity, planned.minimum or 1)
    new.sessions.append(
        {
            "id": session_id,
            "source_ref": planned.ref,
            "source_digest": planned.digest,
            "activity_id": activity_id,
            "place_code": planned.place_code,
            "status": SessionStatus.PUBLISHED,
            "capacity": capacity,
            "minimum": planned.minimum,
            "starts_at": meetings[0].starts_at,
            "ends_at": max(meeting.ends_at for meeting in meetings),
            # One can join a course until its last meeting begins.
            "closes_at": meetings[-1].starts_at,
            "published_at": moment,
            "changed_at": moment,
            "calendar_sequence": sequence_at(moment),
        }
    )
    new.meetings.extend(
        {
            "id": uuid7(),
            "session_id": session_id,
            "room_id": room_id,
            "holds_room": room_id is not None and room_id not in bookings.shared,
            "starts_at": meeting.starts_at,
            "ends_at": meeting.ends_at,
            "facilitator": planned.facilitator,
        }
        for meeting, room_id in zip(meetings, rooms, strict=True)
    )


def _set_minimums(transaction: Transaction, ids: Collection[UUID]) -> None:
    """Of those for which the file says none, their programmes', if there are as many seats."""
    transaction.execute(
        update(Session)
        .where(
            _any(Session.id, ids),
            Session.minimum.is_(None),
            Session.activity_id == Activity.id,
            Activity.programme_code == Programme.code,
            Programme.minimum <= Session.capacity,
        )
        .values(minimum=Programme.minimum)
        .execution_options(synchronize_session=False)
    )


def _set_days_of_decision(transaction: Transaction, ids: Collection[UUID]) -> None:
    """Of those with a minimum: as many days at the place before they begin as their programmes say."""
    begins = func.timezone(Place.timezone, Session.starts_at)
    days = func.make_interval(0, 0, 0, Programme.decision_days)
    transaction.execute(
        update(Session)
        .where(
            _any(Session.id, ids),
            Session.minimum.is_not(None),
            Session.activity_id == Activity.id,
            Activity.programme_code == Programme.code,
            Session.place_code == Place.code,
            Programme.decision_days.is_not(None),
        )
        .values(decide_by=func.timezone(Place.timezone, begins - days))
        .execution_options(synchronize_session=False)
    )


def _rooms(transaction: Transaction, planned: Collection[PlannedSession]) -> Rooms:
    places = {session.place_code for session in planned}
    query = select(Room.place_code, Room.name, Room.id).where(one_of(Room.place_code, places))
    return {(place, name): room_id for place, name, room_id in transaction.execute(query)}


def _known(
    transaction: Transaction, planned: Collection[PlannedSession]
) -> dict[str | None, Existing]:
    """The sessions that were loaded before, by ref, with their meetings."""
    columns = (
        Session.id,
        Session.source_ref,
        Session.source_digest,
        Session.status,
        Session.place_code,
    )
    query = select(*columns, Session.capacity, Session.minimum).where(
        one_of(Session.source_ref, [session.ref for session in planned])
    )
    sessions = transaction.execute(query).all()
    meetings = defaultdict(list)
    found = select(Meeting).where(_any(Meeting.session_id, [row.id for row in sessions]))
    for meeting in transaction.scalars(found.order_by(Meeting.starts_at)):
        meetings[meeting.session_id].append(meeting)
    return {
        row.source_ref: Existing(
            row.id,
            row.source_digest,
            row.status,
            row.place_code,
            row.capacity,
            row.minimum,
            meetings[row.id],
        )
        for row in sessions
    }


def _tell_published(transaction: Transaction, sessions: Sequence[UUID]) -> None:
    """Log a fact of each session, many at a time: two queries and one insert for each batch."""
    for batch in _batches(sessions):
        query = select(Session).where(_any(Session.id, batch)).order_by(Session.id)
        found = transaction.scalars(query.execution_options(populate_existing=True)).unique().all()
        log.append(transaction, *map(facts.session_published, found))


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for begin in range(0, len(ids), _BATCH):
        yield ids[begin : begin + _BATCH]


def _any(column: Any, ids: Iterable[UUID]) -> Any:
    return column == any_(literal(list(ids), ARRAY(Uuid)))
