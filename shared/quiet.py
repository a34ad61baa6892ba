"""When phones are let be: at night, on Sundays and on public holidays, by the clock and the calendar of the place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MORNING = time(8)
EVENING = time(21)
_SUNDAY = 6
_POSTCODE = re.compile(r"\b\d{5}\b")
# Where there are public holidays of its own, by how postcodes begin, as package ``holidays`` names it: Good
# Friday and the day after Christmas in Alsace and Moselle (Code du travail, L3134-13), the abolition of slavery
# overseas (L3422-2). The first that fits holds.
_REGIONS: Mapping[str, str] = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "97133": "BL",
    "97150": "MF",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "975": "PM",
    "976": "976",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}


@dataclass(frozen=True, slots=True)
class Locality:
    """Where a place is, as far as its hours and holidays go; ``region`` is None where France's are all there are."""

    zone: ZoneInfo
    region: str | None = None


def locality(timezone: str, address: str | None) -> Locality:
    """Where a place with this ``address`` is; its postcode, the last in it, says which holidays it has."""
    postcodes = _POSTCODE.findall(address or "")
    found = (
        region
        for begin, region in _REGIONS.items()
        if postcodes and postcodes[-1].startswith(begin)
    )
    return Locality(ZoneInfo(timezone), next(found, None))


def may_ring_at(now: datetime, where: Locality, starts_at: datetime | None) -> datetime:
    """The first moment, ``now`` or later, at which an SMS may reach someone ``where`` a place is.

    What it is about ``starts_at`` a moment that may come sooner: then it is said at once.
    """
    ringing = _next_ringing(now, where)
    begins_sooner = starts_at is not None and now < starts_at <= ringing
    return now if begins_sooner else ringing


def next_morning(now: datetime, where: Locality) -> datetime:
    """The first moment of a later day at which phones may ring ``where`` a place is."""
    tomorrow = now.astimezone(where.zone).date() + timedelta(days=1)
    return _next_ringing(_at(tomorrow, time.min, where.zone), where)


def day_began(now: datetime, zone: ZoneInfo) -> datetime:
    """When the day of ``now`` began at a place in ``zone``."""
    return _at(now.astimezone(zone).date(), time.min, zone)


def is_quiet_day(day: date, region: str | None = None) -> bool:
    return day.weekday() == _SUNDAY or day in _public_holidays(day.year, region)


def _next_ringing(now: datetime, where: Locality) -> datetime:
    zone = where.zone
    day = now.astimezone(zone).date()
    # Moments are compared in UTC: within one zone, Python would compare what the clocks show.
    while is_quiet_day(day, where.region) or now >= _at(day, EVENING, zone):
        day += timedelta(days=1)
    return max(now, _at(day, MORNING, zone))


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


@cache
def _public_holidays(year: int, region: str | None) -> frozenset[date]:
    """France's public holidays, and those of ``region`` (package ``holidays``)."""
    # All processes know the rules; few ever ask for a holiday, and it knows those of the whole world.
    import holidays  # noqa: PLC0415 — as said above

    return frozenset(holidays.country_holidays("FR", subdiv=region, years=year))
