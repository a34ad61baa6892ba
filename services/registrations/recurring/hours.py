"""Weekly dates at a place: wall-clock hours that stay what they are when clocks change."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.registrations.season import Season, is_free

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """When something begins and ends on a day, in minutes after midnight on the wall clock.

    ``ends`` is at most 1440: midnight at the end of the day.
    """

    starts: int
    ends: int

    def __post_init__(self) -> None:
        if not 0 <= self.starts < self.ends <= _DAY_MINUTES:
            raise ValueError("hours must end after they start, on one day")

    @property
    def minutes(self) -> int:
        return self.ends - self.starts

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Their moments on ``day`` at a place in ``zone``, in UTC."""
        begin = _moment(day, self.starts, zone)
        end = _moment(day, self.ends, zone)
        if end <= begin:
            # The hour that clocks skip in spring lies between: the length is kept instead.
            end = begin + timedelta(minutes=self.minutes)
        return begin, end


def weekly_days(season: Season, weekday: int, school_zone: str | None) -> Iterator[date]:
    """Every ``weekday`` (Monday is 0) of the season that is no public and no school holiday."""
    day = season.first + timedelta(days=(weekday - season.first.weekday()) % 7)
    while day <= season.last:
        if is_free(day, school_zone):
            yield day
        day += timedelta(weeks=1)


def days_from(
    first: date,
    weekdays: Collection[int],
    *,
    every_weeks: int,
    in_week: int,
    free: Callable[[date], bool],
    until: date,
) -> Iterator[date]:
    """The ``free`` days of a rule from ``first`` on, before ``until``.

    Weeks are counted from a fixed Monday and not from ``first``: whenever a fortnightly rule is
    asked, it names the same days. ``in_week`` (from 0) chooses among the ``every_weeks`` weeks.
    """
    day = first
    while day < until:
        # date.toordinal() counts from a Monday, which is 1.
        week = (day.toordinal() - 1) // 7
        if day.weekday() in weekdays and week % every_weeks == in_week and free(day):
            yield day
        day += timedelta(days=1)


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    local = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minutes)
    return local.astimezone(UTC)
