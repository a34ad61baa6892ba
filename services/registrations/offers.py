"""The rules of offering a freed seat: to whom it is given at once, and how long one may think about it."""

from datetime import date, datetime, time, timedelta
from enum import IntEnum, auto

from shared.quiet import Locality, is_quiet_day, may_ring_at

LETTER_DAYS = 6


class Reach(IntEnum):
    """How fast an offer comes to someone's knowledge, from the fastest."""

    AT_ONCE = auto()
    WHEN_PHONES_RING = auto()
    BY_HAND = auto()


def is_near(starts_at: datetime, now: datetime, *, near_hours: int) -> bool:
    """Whether a session begins too soon for anyone to be asked first."""
    return starts_at - now <= timedelta(hours=near_hours)


def offer_deadline(
    now: datetime,
    where: Locality,
    *,
    reach: Reach,
    hours: int,
    starts_at: datetime,
    closes_at: datetime,
) -> datetime:
    """Until when a seat offered at ``now`` is kept; never after registration closes at ``closes_at``.

    ``hours`` from now for whoever is reached at once, and from when phones may ring ``where`` the place is for
    whoever is sent an SMS (at once if the session ``starts_at`` a moment before that). By hand, until the end
    of the sixth working day after today. Working days are Monday to Saturday but for public holidays (*jours
    ouvrables*), which is when phones may ring.
    """
    if reach == Reach.BY_HAND:
        last = working_day_after(now.astimezone(where.zone).date(), LETTER_DAYS, where.region)
        midnight = datetime.combine(last + timedelta(days=1), time.min, where.zone)
        # In the zone of what was given: that is how it is stored and compared.
        return min(midnight.astimezone(now.tzinfo), closes_at)
    told = may_ring_at(now, where, starts_at) if reach == Reach.WHEN_PHONES_RING else now
    return min(told + timedelta(hours=hours), closes_at)


def working_day_after(day: date, count: int, region: str | None = None) -> date:
    """The ``count``-th working day after ``day``; ``region`` is that of a :class:`Locality`."""
    while count:
        day += timedelta(days=1)
        count -= not is_quiet_day(day, region)
    return day
