"""The dates of a session, as somebody wants them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import SessionStatus
from services.registrations.models import Meeting, Room, Session
from services.registrations.operations.offer.booking import hold
from shared.errors import invalid


@dataclass(frozen=True, slots=True)
class MeetingTime:
    """One date of a session; ``id`` tells which existing meeting it moves."""

    starts_at: datetime
    ends_at: datetime
    room_id: UUID | None = None
    facilitator: str | None = None
    id: UUID | None = None


def schedule(
    transaction: Transaction,
    session: Session,
    times: Sequence[MeetingTime],
    *,
    closes_at: datetime | None,
) -> None:
    """Give ``session`` these dates, their rooms not booked yet; its own times follow from them.

    Raises:
        Invalid: a date ends before it starts, is another session's, or is in a room of another place.
    """
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


def time_of(meeting: Meeting) -> MeetingTime:
    """The date as it is, to be changed or kept."""
    return MeetingTime(
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        room_id=meeting.room.id if meeting.room else None,
        facilitator=meeting.facilitator,
        id=meeting.id,
    )


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
