"""The relay of notifications: ``python -m services.notifications.relay``."""

from services.notifications.broker import SWEEP, celery
from services.notifications.db import database
from services.notifications.settings import sweep_every
from shared.logs import configure_logs
from shared.messaging.celery import catch_up_task
from shared.messaging.relay import Relay, Tick, run_until_told
from shared.settings import load_settings

if __name__ == "__main__":
    settings = load_settings("notifications")
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
            Tick(SWEEP, sweep_every()),
        ),
    )
    run_until_told(relay, settings.ready_file)
