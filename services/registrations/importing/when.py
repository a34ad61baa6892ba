"""Days, hours and dates as people and spreadsheets write them, in French and English."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.registrations.domain import fold

_DAY_MINUTES = 24 * 60
_WEEKDAYS = (
    ("lundi", "monday"),
    ("mardi", "tuesday"),
    ("mercredi", "wednesday"),
    ("jeudi", "thursday"),
    ("vendredi", "friday"),
    ("samedi", "saturday"),
    ("dimanche", "sunday"),
)
_MONTHS = (
    ("janvier", "january"),
    ("fevrier", "february"),
    ("mars", "march"),
    ("avril", "april"),
    ("mai", "may"),
    ("juin", "june"),
    ("juillet", "july"),
    ("aout", "august"),
    ("septembre", "september"),
    ("octobre", "october"),
    ("novembre", "november"),
    ("decembre", "december"),
)
# 18:45 · 18:45:00 · 18h45 · 18 h 45 · 18h · 18.45
_CLOCK = re.compile(
    r"([0-9]{1,2})\s*(?:[:.]|h(?:eures?)?)\s*([0-9]{2})?(?::[0-9]{2})?", re.IGNORECASE
)
# What spreadsheets make of hours: 1845, 930, 1845.0, 9
_FIGURES = re.compile(r"([0-9]{1,4})(?:\.0+)?")
_NUMBERED_WEEKDAY = re.compile(r"([1-7])(?:\.0+)?")
_EVERY = re.compile(r"^(?:tous les|chaque|les?|every|each|on) ")
_WEEKDAY_BEFORE = re.compile(r"(?:(?:le|on)\s+)?([^\W\d]+)\.?,?\s+(\S.*)", re.IGNORECASE)
# 0,604166667: the fraction of a day that a spreadsheet keeps for an hour, shown as a number
_FRACTION = re.compile(r"0(?:,[0-9]+|\.[0-9]{3,})")
# 46357 or 46357,58: the days since the end of 1899 that a spreadsheet keeps for a date
_SERIAL = re.compile(r"([2-7][0-9]{4})(?:[.,]([0-9]+))?")
_SERIAL_ORIGIN = date(1899, 12, 30)
_YEAR = r"([0-9]{4}|[0-9]{2}(?![0-9]))"
_FRENCH_DATE = re.compile(rf"(?:[^\W\d]+\.?\s+)?([0-9]{{1,2}})[/.-]([0-9]{{1,2}})[/.-]{_YEAR}(.*)")
_DATE_IN_WORDS = re.compile(
    rf"(?:[^\W\d]+\.?\s+)?([0-9]{{1,2}})(?:er)?[\s-]+([^\W\d]+)\.?[\s-]+{_YEAR}(.*)"
)
# 90 min · 90 mn · 90'
_MINUTES = re.compile(r"([0-9]{1,4})\s*(?:min(?:ute)?s?|mn|['′])\.?", re.IGNORECASE)
# 2 · 2,5 · 1.75 h · 2 heures; 1.30 is rather an hour and a half
_HOURS = re.compile(
    r"([0-9]{1,2})(?:[.,](5|25|75|50))?\s*(h|hrs?|heures?|hours?)?\.?", re.IGNORECASE
)
_NO_DECIMALS = re.compile(r"(?<=[0-9])[.,]0+(?![0-9])")
# A bare number up to here is of hours, and from there on of minutes; between them nobody could tell.
_MOST_HOURS, _LEAST_MINUTES = 12, 15
_BEFORE_HOUR = re.compile(r"^[\s,T]*(?:[àa@]\s+)?")
_BETWEEN_HOURS = re.compile(r"\s*(?:[-–—>]|\bà\b|\bto\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date, with an hour if one was written: minutes after midnight on the wall clock.

    ``instant`` is set when the zone was written too.
    """

    day: date
    minutes: int | None
    instant: datetime | None = None

    def in_zone(self, zone: ZoneInfo) -> datetime | None:
        """The moment in UTC; None without an hour."""
        if self.instant is not None:
            return self.instant
        if self.minutes is None or self.minutes >= _DAY_MINUTES:
            return None
        hour, minute = divmod(self.minutes, 60)
        day = self.day
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)


def read_hour(text: str) -> int | None:
    """Minutes after midnight, 0 to 1440; None if ``text`` is no hour."""
    text = text.strip()
    if match := _CLOCK.fullmatch(text):
        hour, minute = int(match[1]), int(match[2] or 0)
    elif match := _FIGURES.fullmatch(text):
        figures = int(match[1])
        hour, minute = divmod(figures, 100) if len(match[1]) > 2 else (figures, 0)
    elif _FRACTION.fullmatch(text):
        return _minutes_of(text.partition(",")[2] or text.partition(".")[2])
    else:
        return None
    minutes = hour * 60 + minute
    return minutes if minute < 60 and minutes <= _DAY_MINUTES else None


def read_hours(text: str) -> tuple[int, int] | None:
    """Two hours out of one text, such as ``18h45 - 20h15`` or ``de 14 h à 16 h``."""
    text = re.sub(r"^\s*(?:de|from)\s+", "", text, flags=re.IGNORECASE)
    parts = [read_hour(part) for part in _BETWEEN_HOURS.split(text.strip())]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        return None
    return parts[0], parts[1]


def read_day_and_hours(text: str) -> tuple[str, str] | None:
    """The day and the hours of a text that tells both, such as ``12/10/2027 de 14h30 à 16h30``, each as written."""
    for space in re.finditer(r"[\s,]+", text):
        day, hours = text[: space.start()], text[space.end() :]
        if read_hours(hours) and (stamp := read_stamp(day)) and stamp.minutes is None:
            return day, hours
    return None


def read_length(text: str) -> int | None:
    """Minutes, from ``90 min``, ``1h30``, ``2 heures``, ``2,5`` or a bare number; None if ``text`` is no length.

    A number without its unit is of hours up to 12, as lengths are told, and of minutes from 15 on.
    """
    text = _NO_DECIMALS.sub("", text.strip())
    if match := _MINUTES.fullmatch(text):
        return int(match[1])
    if (match := _HOURS.fullmatch(text)) and (match[3] or match[2] or int(match[1]) <= _MOST_HOURS):
        return round(float(f"{match[1]}.{match[2] or 0}") * 60)
    figures = _FIGURES.fullmatch(text)
    if figures is None:
        return read_hour(re.sub(r"\s*min\w*\.?$", "", text))
    return int(figures[1]) if int(figures[1]) >= _LEAST_MINUTES else None


def read_weekday(text: str) -> int | None:
    """0 for Monday to 6; from a name, its beginning (three letters or more), or 1 to 7.

    Also ``tous les mardis`` and ``on Tuesdays``.
    """
    if match := _NUMBERED_WEEKDAY.fullmatch(text.strip()):
        return int(match[1]) - 1
    return _named(_EVERY.sub("", fold(text)).removesuffix("s"), _WEEKDAYS)


def split_weekday(text: str) -> tuple[int | None, str]:
    """The weekday that stands before something else, as before a date, and that; None if there is no weekday."""
    match = _WEEKDAY_BEFORE.fullmatch(text.strip())
    weekday = read_weekday(match[1]) if match else None
    return (None, text) if match is None or weekday is None else (weekday, match[2])


def read_stamp(text: str) -> Stamp | None:
    """A date with or without an hour: ISO 8601, ``01/12/2026 14h``, ``mardi 1er décembre 2026``.

    Also as spreadsheets keep it, a number of days; a year of two figures is of this century. A weekday before
    it is not compared with it.
    """
    text = split_weekday(text)[1].strip()
    if found := _read_iso(text) or _read_serial(text):
        return found
    if match := _FRENCH_DATE.fullmatch(text):
        day, month, year, rest = int(match[1]), int(match[2]), _year(match[3]), match[4]
    elif match := _DATE_IN_WORDS.fullmatch(text):
        named = _named(match[2], _MONTHS)
        if named is None:
            return None
        day, month, year, rest = int(match[1]), named + 1, _year(match[3]), match[4]
    else:
        return None
    rest = _BEFORE_HOUR.sub("", rest)
    minutes = read_hour(rest) if rest else None
    if rest and minutes is None:
        return None
    try:
        return Stamp(date(year, month, day), minutes)
    except ValueError:
        return None


def _read_serial(text: str) -> Stamp | None:
    match = _SERIAL.fullmatch(text)
    if match is None:
        return None
    fraction = match[2] or ""
    minutes = _minutes_of(fraction) if fraction.strip("0") else None
    return Stamp(_SERIAL_ORIGIN + timedelta(days=int(match[1])), minutes)


def _year(figures: str) -> int:
    return int(figures) + (2000 if len(figures) == 2 else 0)


def _minutes_of(decimals: str) -> int:
    """The minutes in a fraction of a day, given its decimals."""
    return round(float(f"0.{decimals}") * _DAY_MINUTES)


def _read_iso(text: str) -> Stamp | None:
    # A lone run of figures is an hour of a spreadsheet, or a number; not a date.
    if "-" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) <= len("2026-12-01"):
        return Stamp(moment.date(), None)
    try:
        instant = moment.astimezone(UTC) if moment.tzinfo else None
    except OverflowError:
        return None
    return Stamp(moment.date(), moment.hour * 60 + moment.minute, instant)


def _named(text: str, names: tuple[tuple[str, str], ...]) -> int | None:
    """The place of the one name among ``names`` that ``text`` is, or begins."""
    wanted = fold(text)
    for number, spellings in enumerate(names):
        if wanted in spellings:
            return number
    begun = [
        number
        for number, spellings in enumerate(names)
        if len(wanted) >= 3 and any(name.startswith(wanted) for name in spellings)
    ]
    return begun[0] if len(begun) == 1 else None
