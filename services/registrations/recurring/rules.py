"""Recurrence rules (RFC 5545, 3.3.10), followed on the wall clock: that is what keeps the hour when clocks change."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from dateutil.rrule import rrulestr
from icalendar.prop import vRecur

# Rules of whole days. What is left out would give several meetings a day, or let a rule that
# never holds be searched for thousands of years.
_PARTS = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS")
)
_FREQUENCIES = frozenset(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
_LONGEST_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_MOST = 20_000
# The calendar repeats itself, weekdays and all, every 400 years.
_CYCLE_YEARS, _CYCLE = 400, timedelta(days=146_097)
_LAST = datetime(9999, 12, 31)  # noqa: DTZ001 - on the wall clock


class Unfollowable(ValueError):
    """A rule that cannot be read, makes no sense, or is none of whole days; its text says which part."""


def read_rule(text: str) -> Any:
    """The rule (an icalendar ``vRecur``) that ``text`` writes, such as ``FREQ=WEEKLY;BYDAY=TU;COUNT=10``.

    Raises:
        Unfollowable.
    """
    try:
        rule: Any = vRecur.from_ical(text)
    except ValueError as error:
        raise Unfollowable(str(error)) from None
    if "FREQ" not in rule:
        raise Unfollowable("FREQ")
    return rule


def ends(rule: Any) -> bool:
    """Whether the rule itself says when it is over."""
    return "COUNT" in rule or "UNTIL" in rule


def follow(rule: Any, start: datetime, before: datetime) -> Iterator[datetime]:
    """The wall-clock times, without zone, that ``rule`` gives from ``start`` on, as long as they come ``before``.

    ``start`` has the zone in which an end of the rule that is written in UTC is understood.

    Raises:
        Unfollowable.
    """
    begin = start.replace(tzinfo=None)
    # A rule that never holds is searched up to the last year there is. Some cycles on, that is not far.
    later = (_LAST.year - begin.year) // _CYCLE_YEARS * _CYCLE
    try:
        found = rrulestr(_text(rule, start, later), dtstart=begin + later)
        for number, moment in enumerate(takewhile(lambda one: one - later < before, found)):
            if number > _MOST:
                raise Unfollowable("too long")
            yield moment - later
    except Unfollowable:
        raise
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise Unfollowable(str(error)) from None


def _text(rule: Any, start: datetime, later: timedelta) -> str:
    """The rule for dateutil, its end ``later`` than it says."""
    parts = {str(name).upper(): list(values) for name, values in dict(rule).items()}
    if not parts.keys() <= _PARTS or {str(one) for one in parts.get("FREQ", ())} - _FREQUENCIES:
        raise Unfollowable(rule.to_ical().decode("utf-8", "replace"))
    if "BYSETPOS" in parts and str(parts["FREQ"][0]) in ("DAILY", "WEEKLY"):
        raise Unfollowable("BYSETPOS")
    _check_days(parts)
    text = []
    for name, values in parts.items():
        if name == "UNTIL":
            until = min(_wall_clock(values[0], start), _LAST - later) + later
            text.append(f"UNTIL={until:%Y%m%dT%H%M%S}")
        else:
            text.append(f"{name}={','.join(str(value) for value in values)}")
    return ";".join(text)


def _check_days(parts: Mapping[str, Sequence[Any]]) -> None:
    """Refuse days that no year has, such as 30 February: they would be looked for until year 9999."""
    months = [int(month) for month in parts.get("BYMONTH", range(1, 13))]
    days = [abs(int(day)) for day in parts.get("BYMONTHDAY", [1])]
    if not any(1 <= day <= _LONGEST_MONTHS.get(month, 31) for month in months for day in days):
        raise Unfollowable("BYMONTHDAY")


def _wall_clock(until: Any, start: datetime) -> datetime:
    """A rule's last moment; it is written in UTC where the start has a zone."""
    if not isinstance(until, datetime):
        # A date alone: the whole day belongs to it.
        return datetime(until.year, until.month, until.day, 23, 59, 59)  # noqa: DTZ001
    if until.tzinfo is not None:
        until = until.astimezone(start.tzinfo)
    wall_clock: datetime = until.replace(tzinfo=None)
    return wall_clock
