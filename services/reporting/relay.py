"""The relay of reporting: ``python -m services.reporting.relay``."""

from services.reporting.broker import RELEASE_IF_DUE, SWEEP, celery
from services.reporting.db import database
from shared.messaging.relay import Tick, serve
from shared.settings import environment, load_settings, seal


def load_sweep_every() -> float:
    """Seconds between two looks for jobs that nobody runs (``ARCEAUX_SWEEP_EVERY``).

    Raises:
        SettingsError: it is not a number.
    """
    env = environment()
    seconds: float = env.float("SWEEP_EVERY", 5.0)
    seal(env)
    return seconds


# How often it is looked whether the open figures are to be released anew; doing so counts registrations.
_LOOK_EVERY = 30.0

if __name__ == "__main__":
    serve(
        load_settings("reporting"),
        database,
        celery,
        Tick(SWEEP, load_sweep_every()),
        Tick(RELEASE_IF_DUE, _LOOK_EVERY),
    )
