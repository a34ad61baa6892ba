"""Which rooms and facilitators are taken when, so that a file's rows are refused one by one."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, and_, any_, func, literal, or_, select
from sqlalchemy.orm import Session as Transaction

from services.registrations.importing.plan import PlannedMeeting, PlannedSession
from services.registrations.importing.report import BadRow
from services.registrations.models import Meeting, Room

# A time that is taken, and the line that took it; 0 for what was there before.
_Span = tuple[datetime, datetime, int]


@dataclass(slots=True)
class Bookings:
    """Spans in order, by room or by facilitator's name in small letters; those of one never overlap."""

    rooms: Mapping[tuple[str, str], UUID]
    shared: Collection[UUID]
    taken: dict[UUID | str, list[_Span]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(
        cls,
        transaction: Transaction,
        planned: Collection[PlannedSession],
        rooms: Mapping[tuple[str, str], UUID],
        now: datetime,
    ) -> "Bookings":
        """What is taken from ``now`` on of the rooms and people that ``planned`` names. Two queries."""
        ids = literal(list(rooms.values()), ARRAY(Uuid))
        names = {one.facilitator.lower() for one in planned if one.facilitator}
        found = cls(
            rooms,
            set(transaction.scalars(select(Room.id).where(Room.id == any_(ids), Room.shared))),
        )
        name = func.lower(Meeting.facilitator)
        query = select(
            Meeting.starts_at,
            Meeting.ends_at,
            Meeting.room_id,
            Meeting.holds_room,
            Meeting.holds_facilitator,
            name.label("name"),
        ).where(
            Meeting.ends_at > now,
            or_(
                and_(Meeting.holds_room, Meeting.room_id == any_(ids)),
                and_(Meeting.holds_facilitator, name == any_(literal(list(names), ARRAY(Text)))),
            ),
        )
        for row in transaction.execute(query):
            span = (row.starts_at, row.ends_at, 0)
            if row.holds_room and row.room_id is not None:
                insort(found.taken[row.room_id], span)
            if row.holds_facilitator and row.name is not None:
                insort(found.taken[row.name], span)
        return found

    def take(self, session: PlannedSession, now: datetime) -> None:
        """Book all that the meetings to come of ``session`` need, or nothing.

        Raises:
            BadRow: a room or the facilitator is taken already; by which line, if it is the file's.
        """
        booked: list[tuple[UUID | str, _Span]] = []
        for meeting in session.meetings:
            if meeting.starts_at <= now:
                continue
            span = (meeting.starts_at, meeting.ends_at, session.line)
            for field_name, key, called in self._needs(session, meeting):
                other = _overlapping(self.taken[key], span)
                if other is not None:
                    for taken, mine in booked:
                        self.taken[taken].remove(mine)
                    raise _clash(field_name, called, other)
                insort(self.taken[key], span)
                booked.append((key, span))

    def _needs(
        self, session: PlannedSession, meeting: PlannedMeeting
    ) -> Iterator[tuple[str, UUID | str, str]]:
        if meeting.room is not None:
            room_id = self.rooms[session.place_code, meeting.room]
            if room_id not in self.shared:
                yield "room", room_id, meeting.room
        if session.facilitator is not None:
            yield "facilitator", session.facilitator.lower(), session.facilitator


def _overlapping(spans: list[_Span], wanted: _Span) -> _Span | None:
    place = bisect_left(spans, wanted)
    for other in spans[max(place - 1, 0) : place + 1]:
        if other[0] < wanted[1] and wanted[0] < other[1]:
            return other
    return None


def _clash(field_name: str, called: str, other: _Span) -> BadRow:
    # UTC, and said so: a row may be of any place.
    en, fr = f"{other[0]:%Y-%m-%d %H:%M} UTC", f"{other[0]:%d/%m/%Y} à {other[0]:%H:%M} UTC"
    line = other[2]
    return BadRow(
        field_name,
        f"{called} is already taken on {en}" + (f" by line {line}." if line else "."),
        f"{called} n’est pas libre le {fr}" + (f" : voir la ligne {line}." if line else "."),
    )
