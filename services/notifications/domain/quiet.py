"""When phones are let be: at night, on Sundays and on public holidays, by the clock of the place."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MORNING = time(8)
EVENING = time(21)
_SUNDAY = 6


def may_ring_at(now: datetime, zone: ZoneInfo, starts_at: datetime | None) -> datetime:
    """The first moment, ``now`` or later, at which an SMS may reach someone at a place in ``zone``.

    What it is about ``starts_at`` a moment that may come sooner: then it is said at once.
    """
    ringing = _next_ringing(now, zone)
    begins_sooner = starts_at is not None and now < starts_at <= ringing
    return now if begins_sooner else ringing


def next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """The first moment of a later day at a place in ``zone`` at which phones may ring."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return _next_ringing(_at(tomorrow, time.min, zone), zone)


def day_began(now: datetime, zone: ZoneInfo) -> datetime:
    """When the day of ``now`` began at a place in ``zone``."""
    return _at(now.astimezone(zone).date(), time.min, zone)


def is_quiet_day(day: date) -> bool:
    return day.weekday() == _SUNDAY or day in _public_holidays(day.year)


def _next_ringing(now: datetime, zone: ZoneInfo) -> datetime:
    day = now.astimezone(zone).date()
    # Moments are compared in UTC: within one zone, Python would compare what the clocks show.
    while is_quiet_day(day) or now >= _at(day, EVENING, zone):
        day += timedelta(days=1)
    return max(now, _at(day, MORNING, zone))


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


@cache
def _public_holidays(year: int) -> frozenset[date]:
    """France's public holidays (package ``holidays``)."""
    # All processes know the rules; few ever ask for a holiday, and it knows those of the whole world.
    import holidays  # noqa: PLC0415 — as said above

    return frozenset(holidays.country_holidays("FR", years=year))
