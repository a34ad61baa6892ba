"""Dates, times and sums as each language writes them, at the place's time zone.

Arabic is written for readers from Morocco and Algeria: its month names are Morocco's, its digits the
ones that the place's doors and telephones bear.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency

from services.notifications.domain.sessions import Meeting

_NARROW = "\u202f"
# Locale, pattern of the day, what stands before the time, pattern of the time, the end of a day. A weekday
# where its short form has no sign beyond GSM 03.38.
_BRIEF = {
    "fr": ("fr_FR", "EEE d/MM", " à ", "H'h'mm", "24h"),
    "en": ("en_GB", "EEE d/MM", " ", "HH:mm", "24:00"),
    "es": ("es_ES", "d/MM", " ", "H:mm", "24:00"),
    "ar": ("ar_MA", "d/MM", " ", "HH:mm", "24:00"),
}


class _Ways(NamedTuple):
    """How a language writes a day, and times of it."""

    locale: str
    day: str
    within: str
    across: str
    at: str
    midnight: str


_WAYS = {
    "fr": _Ways(
        "fr_FR",
        "EEEE d MMMM y",
        "{day}, de\u00a0{start} à\u00a0{end}",
        "du {day} à\u00a0{start} au {last} à\u00a0{end}",
        "{day} à\u00a0{start}",
        "{day} à minuit",
    ),
    "en": _Ways(
        "en_GB",
        "EEEE d MMMM y",
        "{day}, from {start} to {end}",
        "from {day} at {start} to {last} at {end}",
        "{day} at {start}",
        "{day}, at midnight",
    ),
    "es": _Ways(
        "es_ES",
        "EEEE d 'de' MMMM 'de' y",
        "{day}, de {start} a {end}",
        "del {day}, {start}, al {last}, {end}",
        # The article of an hour depends on it, the sign for hours does not.
        "{day}, {start} h",
        "{day} a medianoche",
    ),
    "ar": _Ways(
        "ar_MA",
        "EEEE d MMMM y",
        "{day}، من {start} إلى {end}",
        "من {day} على الساعة {start} إلى {last} على الساعة {end}",
        "{day} على الساعة {start}",
        "{day} في منتصف الليل",
    ),
}


def when(meeting: Meeting, language: str, zone: ZoneInfo) -> str:
    """The date of a meeting with its beginning and end."""
    start, end = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    ways = _WAYS[language]
    pattern = ways.within if start.date() == end.date() else ways.across
    return pattern.format(
        day=_day(start, language),
        last=_day(end, language),
        start=_time(start, language),
        end=_time(end, language),
    )


def moment(at: datetime, language: str, zone: ZoneInfo) -> str:
    """A day and a time of it; the end of a day is that day's midnight, not the next one's beginning."""
    local = at.astimezone(zone)
    ways = _WAYS[language]
    if local.time() == time.min:
        return ways.midnight.format(day=_day(local.date() - timedelta(days=1), language))
    return ways.at.format(day=_day(local, language), start=_time(local, language))


def money(cents: int, language: str) -> str:
    """A sum in euro."""
    return format_currency(Decimal(cents) / 100, "EUR", locale=_WAYS[language].locale)


def day(at: datetime, language: str, zone: ZoneInfo) -> str:
    """The day on which something is written."""
    return _day(at.astimezone(zone), language)


def brief(at: datetime, language: str, zone: ZoneInfo) -> str:
    """A day and a time of it in as few signs as can be told apart, without those that make an SMS longer."""
    local = at.astimezone(zone)
    locale, of_day, between, of_time, midnight = _BRIEF[language]
    if local.time() == time.min:
        # The end of a day, as :func:`moment` has it.
        before = local.date() - timedelta(days=1)
        return format_date(before, of_day, locale=locale) + between + midnight
    clock = format_time(local.time(), of_time, locale=locale)
    return format_date(local, of_day, locale=locale) + between + clock


def _day(day: date, language: str) -> str:
    ways = _WAYS[language]
    written = format_date(day, ways.day, locale=ways.locale)
    is_first_in_french = language == "fr" and day.day == 1
    return written.replace(" 1 ", " 1er ", 1) if is_first_in_french else written


def _time(moment: datetime, language: str) -> str:
    if language == "fr":
        pattern = "H 'h'" if moment.minute == 0 else "H 'h' mm"
        return format_time(moment.time(), pattern, locale="fr_FR").replace(" ", _NARROW)
    return format_time(moment.time(), "HH:mm", locale=_WAYS[language].locale)
