"""The occurrences of a recurring event (RFC 5545) between two moments."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from dateutil.rrule import rrulestr

from services.registrations.importing.report import BadRow

# Rules of whole days. What is left out would give several meetings a day, or let a rule that
# never holds be searched for thousands of years.
_PARTS = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS")
)
_FREQUENCIES = frozenset(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
_LONGEST_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_MOST = 20_000

Times = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring event. ``start`` is in the event's own zone, in which wall-clock time is kept.

    ``left_out`` and the keys of ``moved`` are occurrences, in UTC; a moved one has its new start
    and length, or None when it is cancelled.
    """

    start: datetime
    length: timedelta
    rule: Any
    extra: Sequence[datetime]
    left_out: Collection[datetime]
    moved: Mapping[datetime, tuple[datetime, timedelta] | None]


def occurrences(series: Series, within: Times) -> Iterator[Times]:
    """Start and end in UTC of every occurrence that starts between the two moments, in order.

    Raises:
        BadRow: the rule cannot be followed.
    """
    found = set()
    for start in _starts(series, within[1]):
        if start in series.left_out or start in series.moved:
            continue
        found.add((start, start + series.length))
    for change in series.moved.values():
        if change is not None:
            start = change[0].astimezone(UTC)
            found.add((start, start + change[1]))
    yield from sorted(times for times in found if within[0] <= times[0] < within[1])


def _starts(series: Series, until: datetime) -> Iterator[datetime]:
    """The starts that the rule and the extra dates give, up to ``until`` or a little later."""
    zone = series.start.tzinfo
    yield series.start.astimezone(UTC)
    for extra in series.extra:
        yield extra.astimezone(UTC)
    if series.rule is None:
        return
    # The rule is followed on the wall clock, without zone: that is what keeps it across changes.
    begin = series.start.replace(tzinfo=None)
    end = until.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    try:
        rule = rrulestr(_rule_text(series), dtstart=begin)
        for number, moment in enumerate(takewhile(lambda one: one < end, rule)):
            if number > _MOST:
                raise _unfollowable("too long")
            yield moment.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise _unfollowable(str(error)) from None


def _rule_text(series: Series) -> str:
    rule = series.rule
    if isinstance(rule, list):
        raise _unfollowable("several")
    parts = {str(name).upper(): list(values) for name, values in dict(rule).items()}
    if not parts.keys() <= _PARTS or {str(one) for one in parts.get("FREQ", ())} - _FREQUENCIES:
        raise _unfollowable(rule.to_ical().decode("utf-8", "replace"))
    if "BYSETPOS" in parts and str(parts["FREQ"][0]) in ("DAILY", "WEEKLY"):
        raise _unfollowable("BYSETPOS")
    _check_days(parts)
    text = []
    for name, values in parts.items():
        if name == "UNTIL":
            text.append(f"UNTIL={_wall_clock(values[0], series):%Y%m%dT%H%M%S}")
        else:
            text.append(f"{name}={','.join(str(value) for value in values)}")
    return ";".join(text)


def _check_days(parts: Mapping[str, Sequence[Any]]) -> None:
    """Refuse days that no year has, such as 30 February: they would be looked for until year 9999."""
    months = [int(month) for month in parts.get("BYMONTH", range(1, 13))]
    days = [abs(int(day)) for day in parts.get("BYMONTHDAY", [1])]
    if not any(1 <= day <= _LONGEST_MONTHS.get(month, 31) for month in months for day in days):
        raise _unfollowable("BYMONTHDAY")


def _wall_clock(until: Any, series: Series) -> datetime:
    """A rule's last moment; it is written in UTC where the start has a zone."""
    if not isinstance(until, datetime):
        # A date alone: the whole day belongs to it.
        return datetime(until.year, until.month, until.day, 23, 59, 59)  # noqa: DTZ001
    if until.tzinfo is not None:
        until = until.astimezone(series.start.tzinfo)
    wall_clock: datetime = until.replace(tzinfo=None)
    return wall_clock


def _unfollowable(why: str) -> BadRow:
    return BadRow(
        "RRULE",
        f"This recurrence cannot be followed: {why:.120}",
        f"Cette récurrence ne peut pas être suivie : {why:.120}",
    )
