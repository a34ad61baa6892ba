"""The date of a meeting in words, at the place's time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

_LOCALES = {"fr": "fr_FR", "en": "en_GB"}


def when(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, language: str) -> str:
    """``mardi 1er décembre 2026, 14:00 – 16:00``; the last day too where it is another."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if start.date() == end.date():
        return f"{_day(start, language)}, {_hour(start, language)} – {_hour(end, language)}"
    return (
        f"{_day(start, language)}, {_hour(start, language)} – "
        f"{_day(end, language)}, {_hour(end, language)}"
    )


def _day(day: datetime, language: str) -> str:
    written = format_date(day, "EEEE d MMMM y", locale=_LOCALES[language])
    first = language == "fr" and day.day == 1
    return written.replace(" 1 ", " 1er ", 1) if first else written


def _hour(moment: datetime, language: str) -> str:
    return format_time(moment.time(), "HH:mm", locale=_LOCALES[language])
