"""Dates and times as each language writes them, at the place's time zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from services.notifications.domain.sessions import Meeting

_NARROW = "\u202f"


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
