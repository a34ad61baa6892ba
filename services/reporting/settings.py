"""What reporting needs to know besides what every service does."""

from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from environs import ValidationError

from shared.settings import environment, seal


@cache
def release_every() -> timedelta:
    """After how long the open figures are released anew if they changed (``ARCEAUX_RELEASE_DAYS``).

    Raises:
        SettingsError: it is not a number.
    """
    env = environment()
    days: float = env.float("RELEASE_DAYS", 7.0)
    seal(env)
    return timedelta(days=days)


@cache
def home_timezone() -> ZoneInfo:
    """On whose clocks a report says when it was written (``ARCEAUX_TIMEZONE``): it may be about places of several.

    Raises:
        SettingsError: there is no such time zone.
    """
    env = environment()
    name: str = env.str("TIMEZONE", "Europe/Paris", validate=_check_timezone)
    seal(env)
    return ZoneInfo(name)


def _check_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationError("Not a time zone such as Europe/Paris.") from None


@cache
def own_public_url() -> str:
    """The address at which everyone reaches this service (``ARCEAUX_REPORTING_PUBLIC_URL``)."""
    env = environment()
    own = env.str("REPORTING_URL", "http://127.0.0.1:8003")
    address: str = env.str("REPORTING_PUBLIC_URL", own)
    seal(env)
    return address
