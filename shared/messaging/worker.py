"""What every service's Celery worker does besides its own jobs: receive events, and catch up."""

import logging
from collections.abc import Callable, Mapping

from celery import Celery, signals

from shared import ready
from shared.db import Database
from shared.logs import configure_logs
from shared.messaging.celery import catch_up_task, receive_task
from shared.messaging.feed import FeedUnavailable
from shared.messaging.receiver import TRANSIENT, Envelope, Handler, Receiver, make_receiver
from shared.messaging.wake import Wake
from shared.settings import Settings

log = logging.getLogger(__name__)

_RETRY_SECONDS = 1
_RETRIES = 5


def set_up_worker(
    app: Celery, settings: Settings, database: Database, handlers: Mapping[str, Handler]
) -> Receiver:
    """Connect this worker process to its database and broker and give it the tasks of messaging."""
    app.conf.broker_url = settings.broker_url
    app.set_current()
    # At least one more than there are threads: while all wait for a cursor, a rebuild tells its progress.
    database.connect(settings.database_url, pool_size=settings.database_pool)
    database.on_event_logged = Wake(settings.service, settings.broker_url)
    receiver = make_receiver(settings, database, handlers)
    _register_tasks(app, settings.service, receiver)
    _on_start(settings)
    return receiver


def _register_tasks(app: Celery, service: str, receiver: Receiver) -> None:
    # The retries are short: when they are used up, the catch-up still finds what is missing.
    retry = {
        "autoretry_for": (*TRANSIENT, FeedUnavailable),
        "default_retry_delay": _RETRY_SECONDS,
        "max_retries": _RETRIES,
    }

    @app.task(name=receive_task(service), **retry)  # type: ignore[untyped-decorator]
    def receive(source: str, after: int, events: list[Envelope]) -> None:
        receiver.receive(source, after, events)

    @app.task(name=catch_up_task(service))  # type: ignore[untyped-decorator]
    def catch_up() -> None:
        for source in receiver.sources:
            try:
                caught = receiver.catch_up(source)
            except FeedUnavailable as error:
                log.warning("catch_up_failed", extra={"source": source, "reason": str(error)})
                continue
            if caught:
                log.info("caught_up", extra={"source": source, "events": caught})


def _on_start(settings: Settings) -> None:
    configure: Callable[..., None] = lambda **_: configure_logs(  # noqa: E731
        settings.service, settings.log_level
    )
    signals.setup_logging.connect(configure, weak=False)
    signals.worker_ready.connect(lambda **_: ready.say(settings.ready_file), weak=False)
