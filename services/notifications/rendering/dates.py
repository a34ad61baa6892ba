"""Dates and times as each language writes them, at the place's time zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from services.notifications.domain.sessions import Meeting

_NARROW = "\u202f"
# Locale, pattern of the day, pattern of the time. A weekday where its short form has no sign beyond GSM 03.38.
_BRIEF = {
    "fr": ("fr_FR", "EEE d/MM", "H'h'mm"),
    "en": ("en_GB", "EEE d/MM", "HH:mm"),
    "es": ("es_ES", "d/MM", "H:mm"),
    "ar": ("ar_MA", "d/MM", "HH:mm"),
}
_MIDNIGHT = {"fr": " 24h", "en": " 24:00", "es": " 24:00", "ar": " 24:00"}


def when(meeting: Meeting, language: str, zone: ZoneInfo) -> str:
    """The date of a meeting with its beginning and end."""
    start, end = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    days = (_day(start, language), _day(end, language))
    times = (_time(start, language), _time(end, language))
    if start.date() == end.date():
        if language == "fr":
            return f"{days[0]}, de {times[0]} à {times[1]}"
        return f"{days[0]}, from {times[0]} to {times[1]}"
    if language == "fr":
        return f"du {days[0]} à {times[0]} au {days[1]} à {times[1]}"
    return f"from {days[0]} at {times[0]} to {days[1]} at {times[1]}"


def moment(at: datetime, language: str, zone: ZoneInfo) -> str:
    """A day and a time of it; the end of a day is that day's midnight, not the next one's beginning."""
    local = at.astimezone(zone)
    if local.time() == time.min:
        day = _day(local.date() - timedelta(days=1), language)
        return f"{day} à minuit" if language == "fr" else f"{day}, at midnight"
    if language == "fr":
        return f"{_day(local, language)} à {_time(local, language)}"
    return f"{_day(local, language)} at {_time(local, language)}"


def day(at: datetime, language: str, zone: ZoneInfo) -> str:
    """The day on which something is written."""
    return _day(at.astimezone(zone), language)


def brief(at: datetime, language: str, zone: ZoneInfo) -> str:
    """A day and a time of it in as few signs as can be told apart, without those that make an SMS longer."""
    local = at.astimezone(zone)
    locale, of_day, of_time = _BRIEF[language]
    if local.time() == time.min:
        # The end of a day, as :func:`moment` has it.
        before = local.date() - timedelta(days=1)
        return format_date(before, of_day, locale=locale) + _MIDNIGHT[language]
    clock = format_time(local.time(), of_time, locale=locale)
    return f"{format_date(local, of_day, locale=locale)} {clock}"


def _day(day: date, language: str) -> str:
    if language == "fr":
        written = format_date(day, "EEEE d MMMM y", locale="fr_FR")
        return written.replace(" 1 ", " 1er ", 1) if day.day == 1 else written
    return format_date(day, "EEEE d MMMM y", locale="en_GB")


def _time(moment: datetime, language: str) -> str:
    if language == "fr":
        pattern = "H 'h'" if moment.minute == 0 else "H 'h' mm"
        return format_time(moment.time(), pattern, locale="fr_FR").replace(" ", _NARROW)
    return format_time(moment.time(), "HH:mm", locale="en_GB")
