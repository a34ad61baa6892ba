"""A room holds one meeting at a time, and a facilitator is in one place: the database says so, here in words.

Whoever books takes turns with whoever wants one of the same rooms or facilitators, before locking any session:
so the second sees what the first has, and no two ever wait for one another.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zlib import crc32
from zoneinfo import ZoneInfo

from psycopg.errors import ExclusionViolation
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    and_,
    cast,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from services.registrations.domain import SessionStatus
from services.registrations.models import Meeting, Room, Session
from services.registrations.operations.clock import now
from services.registrations.refusals import AlreadyBooked, booked_by

# Of the advisory locks of this database, those of bookings. Few enough that an import can have them all; names
# that fall on the same wait for one another without need.
_TURNS = 0x424F4F4B
_MANY = 256


def wait_for_turn(
    transaction: Transaction, rooms: Iterable[UUID | None], facilitators: Iterable[str | None]
) -> None:
    """Let whoever is booking one of these finish; then they are this transaction's to book until it ends."""
    wanted = [str(room) for room in rooms if room is not None]
    wanted += [name.casefold() for name in facilitators if name is not None]
    _take(transaction, {crc32(one.encode("utf-8", "replace")) % _MANY for one in wanted})


def wait_for_every_turn(transaction: Transaction) -> None:
    """As :func:`wait_for_turn`, for whoever does not know yet what they will book."""
    _take(transaction, range(_MANY))


def _take(transaction: Transaction, turns: Collection[int]) -> None:
    if turns:
        # In one order for everyone.
        turn = func.unnest(cast(sorted(turns), ARRAY(Integer))).column_valued("turn")
        transaction.execute(select(func.pg_advisory_xact_lock(_TURNS, turn)))


def book(transaction: Transaction, session: Session) -> None:
    """See that the meetings of ``session`` have their rooms and facilitators to themselves.

    Raises:
        AlreadyBooked: naming the room or the facilitator, and the meeting that has it already.
    """
    transaction.flush()
    _refuse_collision(transaction, _own.session_id == session.id)
    # The database has the last word.
    _check(transaction)


@dataclass(frozen=True, slots=True)
class Taken:
    """At a time that one would have a room and a facilitator, one of them is not free."""

    starts_at: datetime
    why: AlreadyBooked


def taken(
    transaction: Transaction,
    times: Sequence[tuple[datetime, datetime]],
    *,
    room: Room | None,
    facilitator: str | None,
    besides: Collection[UUID] = (),
) -> list[Taken]:
    """Which of ``times`` cannot be had, each once; meetings of the sessions ``besides`` do not count. One statement."""
    wanted = []
    if room is not None and not room.shared:
        wanted.append(and_(Meeting.holds_room, Meeting.room_id == room.id))
    if facilitator is not None:
        theirs = func.lower(Meeting.facilitator) == func.lower(facilitator)
        wanted.append(and_(Meeting.holds_facilitator, theirs))
    if not times or not wanted:
        return []
    moments = (
        func.unnest(
            cast([starts for starts, _ in times], ARRAY(DateTime(timezone=True))),
            cast([ends for _, ends in times], ARRAY(DateTime(timezone=True))),
        )
        .table_valued("starts_at", "ends_at", name="wanted")
        .render_derived()
    )
    query = (
        select(moments.c.starts_at.label("at"), Meeting, Session)
        .select_from(moments)
        .join(
            Meeting,
            and_(
                Meeting.starts_at < moments.c.ends_at,
                moments.c.starts_at < Meeting.ends_at,
                or_(*wanted),
            ),
        )
        .join(Session, Session.id == Meeting.session_id)
        .where(Session.id.not_in(besides))
        .order_by(moments.c.starts_at, Meeting.starts_at)
    )
    found: dict[datetime, Taken] = {}
    for at, meeting, session in transaction.execute(query):
        has_room = meeting.holds_room and room is not None and meeting.room_id == room.id
        why = _booked_by(session, meeting, room.name if has_room and room else None, facilitator)
        found.setdefault(at, Taken(at, why))
    return list(found.values())


def check(transaction: Transaction) -> None:
    """Have the database say whether rooms and facilitators are free.

    Raises:
        AlreadyBooked.
    """
    transaction.flush()
    _check(transaction)


def hold(meeting: Meeting, room: Room | None) -> None:
    """Say of a meeting that takes place in ``room`` what it keeps others from having."""
    meeting.room = room
    meeting.holds_room = room is not None and not room.shared
    meeting.holds_facilitator = True


def share(transaction: Transaction, room: Room) -> None:
    """Let the meetings to come in ``room`` keep it to themselves, or not, as it is shared or not.

    It is whoever's turn it is to book that may change it.

    Raises:
        AlreadyBooked: two of them overlap; one is named.
    """
    takes_place = select(Session.id).where(Session.status != SessionStatus.CANCELLED)
    transaction.execute(
        update(Meeting)
        .where(
            Meeting.room_id == room.id,
            Meeting.starts_at > now(),
            Meeting.session_id.in_(takes_place),
        )
        .values(holds_room=not room.shared)
        .execution_options(synchronize_session=False)
    )
    _refuse_collision(transaction, and_(_own.room_id == room.id, _own.room_id == _other.room_id))
    _check(transaction)


def let_go(session: Session) -> None:
    """The meetings of ``session`` will not take place: their rooms and facilitators are free."""
    for meeting in session.meetings:
        meeting.holds_room = meeting.holds_facilitator = False


def _check(transaction: Transaction) -> None:
    try:
        transaction.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except IntegrityError as error:
        if isinstance(error.orig, ExclusionViolation):
            raise AlreadyBooked from None
        raise
    transaction.execute(text("SET CONSTRAINTS ALL DEFERRED"))


_own, _other = aliased(Meeting), aliased(Meeting)


def _refuse_collision(transaction: Transaction, among: ColumnElement[bool]) -> None:
    own, other = _own, _other
    same_room = and_(own.holds_room, other.holds_room, own.room_id == other.room_id)
    same_facilitator = and_(
        own.holds_facilitator,
        other.holds_facilitator,
        func.lower(own.facilitator) == func.lower(other.facilitator),
    )
    query = (
        select(own, other, same_room.label("is_room"))
        .join(
            other,
            and_(
                other.id != own.id,
                other.starts_at < own.ends_at,
                own.starts_at < other.ends_at,
                or_(same_room, same_facilitator),
            ),
        )
        .where(among)
        .order_by(own.starts_at, other.starts_at)
        .limit(1)
    )
    found = transaction.execute(query).first()
    if found is None:
        return
    mine, theirs, is_room = found
    taken_by = transaction.get_one(Session, theirs.session_id)
    room = mine.room.name if is_room and mine.room else None
    raise _booked_by(taken_by, theirs, room, mine.facilitator)


def _booked_by(
    session: Session, meeting: Meeting, room: str | None, facilitator: str | None
) -> AlreadyBooked:
    return booked_by(
        room=room,
        facilitator=facilitator,
        # Who sees anything of a discreet programme in a refusal is not known.
        title=None if session.activity.programme.discreet else session.activity.title,
        begins=meeting.starts_at.astimezone(ZoneInfo(session.place.timezone)),
    )
