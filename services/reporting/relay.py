"""The relay of reporting: ``python -m services.reporting.relay``."""

from services.reporting.broker import SWEEP, celery
from services.reporting.db import database
from shared.logs import configure_logs
from shared.messaging.celery import catch_up_task
from shared.messaging.relay import Relay, Tick, run_until_told
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


if __name__ == "__main__":
    settings = load_settings("reporting")
    sweep_every = load_sweep_every()
    configure_logs(settings.service, settings.log_level)
    database.connect(settings.database_url, pool_size=2)
    celery.conf.broker_url = settings.broker_url
    relay = Relay(
        settings.service,
        database,
        celery,
        settings.broker_url,
        batch=settings.relay_batch,
        poll_every=settings.relay_poll_every,
        ticks=(
            Tick(catch_up_task(settings.service), settings.catch_up_every),
            Tick(SWEEP, sweep_every),
        ),
    )
    run_until_told(relay, settings.ready_file)
