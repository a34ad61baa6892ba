"""A session that was loaded before follows its file: new times, place, capacity or minimum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import SessionStatus
from services.registrations.importing.plan import PlannedMeeting, PlannedSession
from services.registrations.importing.report import BadRow, Outcome, Report
from services.registrations.models import Meeting, Place
from services.registrations.operations.offer import sessions
from services.registrations.operations.offer.sessions import MeetingTime
from services.registrations.refusals import AlreadyBooked, CapacityTaken

_FAR = datetime.max.replace(tzinfo=UTC)
_ENDED = (SessionStatus.CANCELLED, SessionStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class Existing:
    """A session as it stands, its meetings in order."""

    id: UUID
    source_digest: str | None
    status: str
    place_code: str
    capacity: int
    minimum: int | None
    meetings: Sequence[Meeting]


def leave(existing: Existing, planned: PlannedSession, *, now: datetime, report: Report) -> None:
    """Count the session as it stands: the file says of it what it said the last time."""
    _count(report, len(_upcoming(existing, planned, now)), 0, 0, changed=False)


def follow(
    transaction: Transaction,
    existing: Existing,
    planned: PlannedSession,
    *,
    rooms: Mapping[tuple[str, str], UUID],
    now: datetime,
    report: Report,
) -> bool:
    """Bring the session to what the file says; returns whether an event told of it.

    Past meetings and those outside the file's season stay. A cancelled or closed session is left
    alone, and so is one whose dates are all past: the file says nothing of what is to come.

    Raises:
        BadRow: a room or the facilitator is taken; the session is left as it was.
    """
    upcoming = _upcoming(existing, planned, now)
    if existing.status in _ENDED:
        _count(report, len(upcoming), 0, 0, changed=False)
        return False
    changed = False
    pairs = _pairs(planned, upcoming, now)
    kept = sum(
        meeting is not None and _same(meeting, want, rooms, planned) for meeting, want in pairs
    )
    added = sum(meeting is None for meeting, _ in pairs)
    elsewhere = existing.place_code != planned.place_code
    if pairs and (elsewhere or kept < len(pairs) or len(pairs) < len(upcoming)):
        try:
            # What is refused is undone alone; the other rows of the file go on.
            with transaction.begin_nested():
                _reschedule(
                    transaction, existing, planned, pairs=pairs, upcoming=upcoming, rooms=rooms
                )
        except AlreadyBooked as refusal:
            _count(report, len(upcoming), 0, 0, changed=False)
            raise BadRow("room", refusal.text.en, refusal.text.fr) from None
        changed = True
    changed |= _resize(transaction, existing, planned, report)
    moved = len(pairs) - kept - added
    _count(report, kept if pairs else len(upcoming), moved, added, changed=changed)
    return changed


Pair = tuple[Meeting | None, PlannedMeeting]


def _pairs(planned: PlannedSession, upcoming: Sequence[Meeting], now: datetime) -> list[Pair]:
    """Each wanted date with the meeting that becomes it: the one at that time, else the next left over."""
    if planned.keeps_dates:
        return []
    wanted = [meeting for meeting in planned.meetings if meeting.starts_at > now]
    by_time = {(meeting.starts_at, meeting.ends_at): meeting for meeting in upcoming}
    times = {(want.starts_at, want.ends_at) for want in wanted}
    left_over = iter([m for m in upcoming if (m.starts_at, m.ends_at) not in times])
    return [
        (by_time.get((want.starts_at, want.ends_at)) or next(left_over, None), want)
        for want in wanted
    ]


def _same(
    meeting: Meeting,
    want: PlannedMeeting,
    rooms: Mapping[tuple[str, str], UUID],
    planned: PlannedSession,
) -> bool:
    if (meeting.starts_at, meeting.ends_at) != (want.starts_at, want.ends_at):
        return False
    if planned.facilitator is not None and meeting.facilitator != planned.facilitator:
        return False
    return want.room is None or meeting.room_id == rooms[planned.place_code, want.room]


def _reschedule(
    transaction: Transaction,
    existing: Existing,
    planned: PlannedSession,
    *,
    pairs: Sequence[Pair],
    upcoming: Sequence[Meeting],
    rooms: Mapping[tuple[str, str], UUID],
) -> None:
    elsewhere = existing.place_code != planned.place_code
    untouched = [meeting for meeting in existing.meetings if meeting not in upcoming]
    times = [
        MeetingTime(
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            room_id=None if elsewhere else meeting.room_id,
            facilitator=meeting.facilitator,
            id=meeting.id,
        )
        for meeting in untouched
    ]
    for meeting, want in pairs:
        room_id = meeting.room_id if meeting is not None and not elsewhere else None
        facilitator = meeting.facilitator if meeting is not None else None
        times.append(
            MeetingTime(
                starts_at=want.starts_at,
                ends_at=want.ends_at,
                room_id=rooms[planned.place_code, want.room] if want.room else room_id,
                facilitator=planned.facilitator or facilitator,
                id=meeting.id if meeting is not None else None,
            )
        )
    if elsewhere:
        session = sessions.own_session(transaction, existing.id, None)
        session.place = transaction.get_one(Place, planned.place_code)
        transaction.flush()
    sessions.reschedule(transaction, existing.id, times, organisation=None)


def _resize(
    transaction: Transaction, existing: Existing, planned: PlannedSession, report: Report
) -> bool:
    """A file that says no capacity or no minimum leaves what is set."""
    changes = {
        name: wanted
        for name, wanted, present in (
            ("capacity", planned.capacity, existing.capacity),
            ("minimum", planned.minimum, existing.minimum),
        )
        if wanted is not None and wanted != present
    }
    if not changes:
        return False
    try:
        sessions.change_session(transaction, existing.id, changes, organisation=None)
    except CapacityTaken as refusal:
        report.warn(planned.line, "capacity", refusal.text.en, refusal.text.fr)
        return False
    return True


def _upcoming(existing: Existing, planned: PlannedSession, now: datetime) -> list[Meeting]:
    """The meetings to come of which the file speaks."""
    first, end = planned.within or (now, _FAR)
    return [m for m in existing.meetings if m.starts_at > now and first <= m.starts_at < end]


def _count(report: Report, kept: int, moved: int, added: int, *, changed: bool) -> None:
    report.count(Outcome.UPDATED if changed else Outcome.UNCHANGED, "sessions")
    report.count(Outcome.UNCHANGED, "meetings", kept)
    report.count(Outcome.UPDATED, "meetings", moved)
    report.count(Outcome.CREATED, "meetings", added)
