"""Many dates of one activity at once: sessions that come again, a course, appointments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import SessionStatus
from services.registrations.models import Activity, Place, Room, Session
from services.registrations.operations.clock import now
from services.registrations.operations.offer.booking import Taken, check, taken, wait_for_turn
from services.registrations.operations.offer.sessions import (
    MeetingTime,
    draft,
    find_place,
    let_register,
)
from services.registrations.recurring.dates import (
    Calendar,
    LeftOut,
    Planned,
    Reason,
    overlapping,
    plan,
)
from services.registrations.refusals import AlreadyBooked, OtherOrganisation
from services.registrations.season import school_holidays_known_until
from shared.errors import NotFound, Text, invalid


class Shape(StrEnum):
    """What the dates become: a session each, or the meetings of one session."""

    SESSIONS = "sessions"
    COURSE = "course"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of every date.

    ``skips`` names ``public-holidays`` and ``school-holidays``; ``excluded`` are days or wall-clock times.
    ``opens_days_before`` and ``closes_hours_before`` are counted from the start of each session.
    ``skip_taken``: dates whose room or facilitator is taken are left out, else the whole is refused.
    """

    place: str
    capacity: int
    minutes: int
    shape: Shape = Shape.SESSIONS
    room_id: UUID | None = None
    facilitator: str | None = None
    minimum: int | None = None
    registration: str = "required"
    opens_days_before: int | None = None
    closes_hours_before: int | None = None
    excluded: tuple[Any, ...] = ()
    skips: tuple[str, ...] = ()
    skip_taken: bool = False
    publish: bool = False


@dataclass(frozen=True, slots=True)
class Date:
    """One date that is held, or would be; ``is_new`` is false where the session was there before."""

    planned: Planned
    session_id: UUID | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class NotHeld:
    """One date that is left out, and, if someone else has the room or the facilitator, who."""

    left_out: LeftOut
    says: Text | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """What became of a wish: the dates, those left out, and how far school holidays are known, if they matter."""

    dates: tuple[Date, ...]
    left_out: tuple[NotHeld, ...]
    school_holidays_known_until: Any


@dataclass(frozen=True, slots=True)
class _Where:
    activity: Activity
    place: Place
    room: Room | None


def hold_series(
    transaction: Transaction,
    activity_id: UUID,
    wish: Wish,
    times_in: Callable[[ZoneInfo], Sequence[datetime]],
    *,
    organisation: str | None,
    dry_run: bool,
) -> Series:
    """Make the sessions of ``wish``, or say what would be made.

    ``times_in`` gives their starts on the wall clock of the place, whose zone it is told.

    Asked again it makes nothing twice: a session of the activity that begins at the same time at the same
    place is the one. Some ten statements, however many dates.

    Raises:
        NotFound: there is no such activity.
        OtherOrganisation: it is not the caller's.
        Invalid: an unknown place or room, dates that overlap, or what a session may not be.
        AlreadyBooked: rooms or facilitators are taken; ``errors`` names each date and who has them.
    """
    if not dry_run:
        wait_for_turn(transaction, [wish.room_id], [wish.facilitator])
    where = _where(transaction, activity_id, wish, organisation)
    times = times_in(ZoneInfo(where.place.timezone))
    planned, left_out = plan(times, timedelta(minutes=wish.minutes), _calendar(where.place, wish))
    _refuse_overlaps(planned)
    known = _known(transaction, where, wish, planned)
    new = [one for one in planned if one.starts_at not in known]
    collisions = taken(
        transaction,
        [(one.starts_at, one.ends_at) for one in new],
        room=where.room,
        facilitator=wish.facilitator,
        besides=set(known.values()),
    )
    if collisions and not wish.skip_taken:
        raise _refused(collisions, where.place)
    gone = {one.starts_at: one.why.text for one in collisions}
    not_held = [NotHeld(one) for one in left_out] + [
        NotHeld(LeftOut(one.local, Reason.TAKEN), gone[one.starts_at])
        for one in new
        if one.starts_at in gone
    ]
    free = [one for one in new if one.starts_at not in gone]
    made = {} if dry_run else _make(transaction, where, wish, free)
    ids = known | made
    return Series(
        dates=tuple(
            Date(one, ids.get(one.starts_at), one.starts_at not in known)
            for one in planned
            if one.starts_at not in gone
        ),
        left_out=tuple(sorted(not_held, key=lambda one: one.left_out.local)),
        school_holidays_known_until=(
            school_holidays_known_until() if "school-holidays" in wish.skips else None
        ),
    )


def _where(
    transaction: Transaction, activity_id: UUID, wish: Wish, organisation: str | None
) -> _Where:
    activity = transaction.get(Activity, activity_id)
    if activity is None:
        raise NotFound
    if organisation not in (None, activity.organisation_code):
        raise OtherOrganisation
    place = find_place(transaction, wish.place)
    room = transaction.get(Room, wish.room_id) if wish.room_id else None
    if wish.room_id and (room is None or room.place_code != place.code):
        raise invalid(
            "room_id", "There is no such room in this place.", "Cette salle n'est pas dans ce lieu."
        )
    return _Where(activity, place, room)


def _calendar(place: Place, wish: Wish) -> Calendar:
    if "school-holidays" in wish.skips and place.school_zone is None:
        raise invalid(
            "skip",
            "It is not known in which school zone this place lies: set its school_zone first.",
            "La zone scolaire de ce lieu n'est pas connue : renseignez d'abord school_zone.",
        )
    return Calendar(
        zone=ZoneInfo(place.timezone),
        excluded=frozenset(wish.excluded),
        public_holidays="public-holidays" in wish.skips,
        school_zone=place.school_zone if "school-holidays" in wish.skips else None,
    )


def _refuse_overlaps(planned: Sequence[Planned]) -> None:
    found = overlapping(planned)
    if found is not None:
        first, second = (one.local for one in found)
        raise invalid(
            "minutes",
            f"The date of {first:%Y-%m-%d %H:%M} is not over when that of {second:%H:%M} begins.",
            f"La séance du {first:%d/%m/%Y à %H:%M} n'est pas finie quand commence celle de {second:%H:%M}.",
        )


def _known(
    transaction: Transaction, where: _Where, wish: Wish, planned: Sequence[Planned]
) -> dict[datetime, UUID]:
    """Sessions that were made before, by the start of each date that is theirs.

    Of appointments, those of another facilitator, or in another room, are others.
    """
    if not planned:
        return {}
    first = planned[:1] if wish.shape == Shape.COURSE else planned
    query = select(Session).where(
        Session.activity_id == where.activity.id,
        Session.place_code == where.place.code,
        Session.status != SessionStatus.CANCELLED,
        Session.starts_at.in_([one.starts_at for one in first]),
    )
    found = {}
    for session in transaction.scalars(query).unique():
        meeting = session.meetings[0]
        if (meeting.room_id, meeting.facilitator) == (wish.room_id, wish.facilitator):
            found[session.starts_at] = session.id
    if wish.shape == Shape.COURSE and found:
        (session_id,) = found.values()
        return {one.starts_at: session_id for one in planned}
    return found


def _refused(collisions: Sequence[Taken], place: Place) -> AlreadyBooked:
    zone = ZoneInfo(place.timezone)
    return AlreadyBooked(
        errors={
            f"{one.starts_at.astimezone(zone):%Y-%m-%dT%H:%M}": [one.why.text] for one in collisions
        }
    )


def _make(
    transaction: Transaction, where: _Where, wish: Wish, dates: Sequence[Planned]
) -> dict[datetime, UUID]:
    if not dates:
        return {}
    groups = [dates] if wish.shape == Shape.COURSE else [[one] for one in dates]
    sessions = [_draft(transaction, where, wish, group) for group in groups]
    check(transaction)
    if wish.publish:
        let_register(transaction, sessions)
    return {
        one.starts_at: session.id
        for session, group in zip(sessions, groups, strict=True)
        for one in group
    }


def _draft(
    transaction: Transaction, where: _Where, wish: Wish, dates: Sequence[Planned]
) -> Session:
    begins = dates[0]
    return draft(
        transaction,
        where.activity,
        where.place,
        wish.capacity,
        [MeetingTime(one.starts_at, one.ends_at, wish.room_id, wish.facilitator) for one in dates],
        minimum=wish.minimum,
        registration=wish.registration,
        opens_at=_opens_at(begins, wish, ZoneInfo(where.place.timezone)),
        closes_at=_closes_at(begins, wish),
    )


def _opens_at(begins: Planned, wish: Wish, zone: ZoneInfo) -> datetime | None:
    """So many days before at the same hour at the place; None, which means at once, if that is past."""
    if wish.opens_days_before is None:
        return None
    local = begins.local - timedelta(days=wish.opens_days_before)
    opens = local.replace(tzinfo=zone).astimezone(UTC)
    return opens if opens > now() else None


def _closes_at(begins: Planned, wish: Wish) -> datetime | None:
    if wish.closes_hours_before is None:
        return None
    return begins.starts_at - timedelta(hours=wish.closes_hours_before)
