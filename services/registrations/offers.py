"""The rules of offering a freed seat: to whom it is given at once, and how long one may think about it."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.registrations.season import public_holidays

_SUNDAY = 6
LETTER_DAYS = 6


def is_near(starts_at: datetime, now: datetime, *, near_hours: int) -> bool:
    """Whether a session begins too soon for anyone to be asked first."""
    return starts_at - now <= timedelta(hours=near_hours)


def offer_deadline(
    now: datetime, zone: ZoneInfo, *, by_letter: bool, hours: int, closes_at: datetime
) -> datetime:
    """Until when a seat offered at ``now`` is kept; never after registration closes at ``closes_at``.

    ``hours`` for whoever is reached at once; by letter the end of the sixth working day after today, at
    the place (``zone``). Working days are Monday to Saturday but for public holidays (*jours ouvrables*).
    """
    if not by_letter:
        return min(now + timedelta(hours=hours), closes_at)
    last = working_day_after(now.astimezone(zone).date(), LETTER_DAYS)
    midnight = datetime.combine(last + timedelta(days=1), time.min, zone)
    # In the zone of what was given: that is how it is stored and compared.
    return min(midnight.astimezone(now.tzinfo), closes_at)


def working_day_after(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def is_working_day(day: date) -> bool:
    """Monday to Saturday, public holidays left out."""
    return day.weekday() != _SUNDAY and day not in public_holidays(day.year)
