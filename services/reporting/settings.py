"""What reporting needs to know besides what every service does."""

from datetime import timedelta
from functools import cache

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
