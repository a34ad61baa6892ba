"""When a rule of the calendar comes round (RFC 5545, 3.3.10): by the day or rarer, on a place's clock."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

# Without an hour in the rule: reports are there when people come in.
_HOUR = time(6)
_LOOK_AHEAD = timedelta(days=10 * 366)
_DAY = r"[+-]?\d{0,2}(?:MO|TU|WE|TH|FR|SA|SU)"
_PARTS = {
    "FREQ": re.compile(r"DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile(r"[1-9]\d{0,2}"),
    "BYDAY": re.compile(rf"{_DAY}(?:,{_DAY})*"),
    "BYMONTHDAY": re.compile(r"-?[1-9]\d?(?:,-?[1-9]\d?)*"),
    "BYMONTH": re.compile(r"(?:[1-9]|1[0-2])(?:,(?:[1-9]|1[0-2]))*"),
    "BYSETPOS": re.compile(r"-?[1-9]\d{0,2}"),
    "BYHOUR": re.compile(r"1?\d|2[0-3]"),
    "BYMINUTE": re.compile(r"[1-5]?\d"),
}


class NotARule(ValueError):
    """The rule cannot be read, or never comes round."""


class TooOften(NotARule):
    """The rule comes round more often than by the day, or by nothing that is known here."""


def is_rule(text: str) -> bool:
    """Whether ``text`` is meant as a rule of the calendar."""
    return text.startswith("FREQ=")


def following(rule: str, after: datetime, *, since: datetime, timezone: str) -> datetime:
    """The first moment of ``rule`` past ``after``; ``since`` is what its intervals are counted from.

    The hour is that of the clocks of ``timezone``: 06:00 where the rule names none. What is returned is in UTC.

    Raises:
        TooOften: it is not by the day, week, month or year.
        NotARule: it cannot be read, has a part that is not known here, or does not come in ten years.
    """
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    if not _PARTS["FREQ"].fullmatch(parts.get("FREQ", "")):
        raise TooOften(rule)
    known = len(parts) == rule.count(";") + 1 and all(
        name in _PARTS and _PARTS[name].fullmatch(value) for name, value in parts.items()
    )
    if not known:
        raise NotARule(rule)
    zone = ZoneInfo(timezone)
    hour = time(0) if "BYHOUR" in parts else _HOUR
    begin = datetime.combine(since.astimezone(zone).date(), hour)
    at = after.astimezone(zone).replace(tzinfo=None)
    # What never comes would be looked for until the year 9999.
    until = f"{at + _LOOK_AHEAD:%Y%m%dT%H%M%S}"
    try:
        comes = rrulestr(f"{rule};UNTIL={until}", dtstart=begin).xafter(at)
    except ValueError:
        raise NotARule(rule) from None
    # An hour that the clock shows twice is meant the first time: what it shows next may be past.
    moments = (found.replace(tzinfo=zone).astimezone(UTC) for found in comes)
    moment: datetime | None = next((one for one in moments if one > after), None)
    if moment is None:
        raise NotARule(rule)
    return moment
