"""Wall-clock times at a place, sorted into dates on which something is held and those left out, with the reason."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.registrations.season import public_holidays, school_holidays


class Reason(StrEnum):
    """Why nothing is held at a time at which the rule or the hours would have it."""

    EXCLUDED = "excluded"
    PUBLIC_HOLIDAY = "public-holiday"
    SCHOOL_HOLIDAY = "school-holiday"
    CLOCK_CHANGE = "clock-change"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Planned:
    """A date to hold: ``local`` on the wall clock, without zone; the moments in UTC."""

    local: datetime
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class LeftOut:
    local: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of days at a place: its time zone, and what keeps a day free.

    ``excluded`` are days, or times on the wall clock; ``school_zone`` is A, B or C, or None where school
    holidays do not matter.
    """

    zone: ZoneInfo
    excluded: Collection[date]
    public_holidays: bool
    school_zone: str | None

    def keeps_free(self, local: datetime) -> Reason | None:
        """Why nothing is held at this time; None if nothing speaks against it."""
        day = local.date()
        if local in self.excluded or day in self.excluded:
            return Reason.EXCLUDED
        if self.public_holidays and day in public_holidays(day.year):
            return Reason.PUBLIC_HOLIDAY
        if self.school_zone is not None and day in school_holidays(self.school_zone):
            return Reason.SCHOOL_HOLIDAY
        return Reason.CLOCK_CHANGE if self._is_skipped(local) else None

    def moment(self, local: datetime) -> datetime:
        """``local`` in UTC; of an hour that clocks show twice, the first (RFC 5545, 3.3.5)."""
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def _is_skipped(self, local: datetime) -> bool:
        return self.moment(local).astimezone(self.zone).replace(tzinfo=None) != local


def plan(
    times: Iterable[datetime], length: timedelta, calendar: Calendar
) -> tuple[list[Planned], list[LeftOut]]:
    """What of ``times`` (on the wall clock) is held, for ``length`` each, and what is left out; both in order."""
    planned, left_out = [], []
    for local in sorted(set(times)):
        reason = calendar.keeps_free(local)
        if reason is None:
            begins = calendar.moment(local)
            planned.append(Planned(local, begins, begins + length))
        else:
            left_out.append(LeftOut(local, reason))
    return planned, left_out


def overlapping(planned: Iterable[Planned]) -> tuple[Planned, Planned] | None:
    """The first two dates of which the second begins before the first is over."""
    before = None
    for one in planned:
        if before is not None and one.starts_at < before.ends_at:
            return before, one
        before = one
    return None
