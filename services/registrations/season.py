"""The school year, and the days on which nothing is held."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from vacances_scolaires_france import SchoolHolidayDates

_SEPTEMBER, _JULY = 9, 7


@dataclass(frozen=True, slots=True)
class Season:
    """The days for which weekly activities get their dates; both ends belong to it."""

    first: date
    last: date

    def cut(self, first: date | None, last: date | None) -> "Season":
        """What of it lies between ``first`` and ``last``; may be empty (``first`` after ``last``)."""
        return Season(max(self.first, first or self.first), min(self.last, last or self.last))

    def utc_bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The moments at which it begins and has ended, at a place in ``zone``."""
        begin = datetime.combine(self.first, datetime.min.time(), zone)
        end = datetime.combine(self.last + timedelta(days=1), datetime.min.time(), zone)
        return begin, end


def season_at_hand(today: date) -> Season:
    """From ``today`` to the end of the school year; in July and August, the whole of the coming one."""
    if today.month < _JULY:
        return Season(today, date(today.year, 6, 30))
    first = max(today, date(today.year, _SEPTEMBER, 1))
    return Season(first, date(today.year + 1, 6, 30))


def school_year(day: date) -> str:
    """The name of the school year that ``day`` belongs to, such as ``2026-2027``."""
    begins = day.year if day.month >= _JULY else day.year - 1
    return f"{begins}-{begins + 1}"


@cache
def public_holidays(year: int) -> frozenset[date]:
    """France's public holidays (package ``holidays``)."""
    # All processes know seasons; few ever ask for a holiday, and it knows those of the whole world.
    import holidays  # noqa: PLC0415 — as said above

    return frozenset(holidays.country_holidays("FR", years=year))


@cache
def school_holidays(zone: str) -> frozenset[date]:
    """The days without school in ``zone`` (A, B or C), as far as the ministry has set them."""
    calendar = SchoolHolidayDates()
    return frozenset(day for day in calendar.data if calendar.is_holiday_for_zone(day, zone))


@cache
def school_holidays_known_until() -> date:
    """The last day for which the package ``vacances_scolaires_france`` knows of holidays."""
    last: date = max(SchoolHolidayDates().data)
    return last


def is_free(day: date, school_zone: str | None) -> bool:
    """Whether ``day`` is neither a public holiday nor, if a zone is given, in its school holidays."""
    if day in public_holidays(day.year):
        return False
    return school_zone is None or day not in school_holidays(school_zone)
