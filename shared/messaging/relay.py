"""The relay: reads a service's log in order and sends each subscriber its events, a Celery task per batch.

One relay per service is active; a second one waits for its lock, as a hot standby. It also keeps the
service's pace: it is the one place from which regular jobs (``Tick``) are set off.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis
from celery import Celery
from kombu.exceptions import OperationalError as BrokerAway
from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from shared import ready
from shared.db import Database
from shared.events.subscriptions import SUBSCRIPTIONS, subscribers_of
from shared.logs import configure_logs
from shared.messaging import log as event_log
from shared.messaging.celery import catch_up_task, events_queue, jobs_queue, receive_task, send
from shared.messaging.tables import relay_mark
from shared.messaging.wake import channel
from shared.settings import Settings

log = logging.getLogger(__name__)

# Any number serves, as long as every relay of this database uses the same.
_LOCK = 0x41_52_43_45_41_55_58
_POSITIONS_AT_ONCE = 5_000
_STANDBY_SECONDS = 0.5
_RETRY_SECONDS = 0.5
_NOTICE_STOP_SECONDS = 0.25
# Past this, a subscriber that is away catches up from the feed: the broker's memory is not a store.
_MOST_BATCHES_WAITING = 200


@dataclass(frozen=True, slots=True)
class Tick:
    """A Celery task to set off every so many seconds; it must be harmless when run twice or not at all."""

    task: str
    every: float


class Relay:
    """What one relay process does. Not thread-safe; ``stop`` may be called from a signal handler."""

    def __init__(
        self,
        service: str,
        database: Database,
        celery: Celery,
        broker_url: str,
        *,
        batch: int,
        poll_every: float,
        ticks: Sequence[Tick] = (),
        subscribers: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """``batch`` is the most events per task; ``poll_every`` seconds pass at most between looks."""
        self._service, self._database, self._celery = service, database, celery
        self._batch, self._poll_every = batch, poll_every
        self._subscribers = subscribers_of(service) if subscribers is None else subscribers
        self._broker = redis.Redis.from_url(
            broker_url, socket_connect_timeout=1, socket_timeout=5.0
        )
        self._next_tick = dict.fromkeys(ticks, 0.0)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Finish the step in hand and return from :meth:`run`."""
        self._stopping.set()

    def run(self, on_active: Callable[[], None] = lambda: None) -> None:
        """Relay until stopped, through any loss of the database or the broker."""
        while not self._stopping.is_set():
            try:
                with self._database.engine.connect() as lock_holder:
                    if not _take_lock(lock_holder):
                        on_active()  # a standby is ready too
                        self._stopping.wait(_STANDBY_SECONDS)
                        continue
                    log.info("relay_active")
                    on_active()
                    self._lead(lock_holder)
            except DBAPIError as error:
                log.warning("relay_lost_database", extra={"reason": type(error.orig).__name__})
                self._stopping.wait(_RETRY_SECONDS)

    def _lead(self, lock_holder: Connection) -> None:
        waker = self._broker.pubsub(ignore_subscribe_messages=True)
        while not self._stopping.is_set():
            try:
                if not waker.subscribed:
                    waker.subscribe(channel(self._service))
                _assert_lock(lock_holder)
                moved = self.step()
                self._tick()
                if not moved:
                    self._await_wake(waker)
            except (BrokerAway, redis.RedisError, OSError) as error:
                log.warning("relay_lost_broker", extra={"reason": type(error).__name__})
                waker.close()
                self._stopping.wait(_RETRY_SECONDS)
        waker.close()

    def _await_wake(self, waker: redis.client.PubSub) -> None:
        """Return when woken, when it is time to look again anyway, or when told to stop."""
        deadline = time.monotonic() + self._poll_every
        while not self._stopping.is_set() and (left := deadline - time.monotonic()) > 0:
            if waker.get_message(timeout=min(left, _NOTICE_STOP_SECONDS)) is not None:
                break
        # Wakes that came together ask for one look, which is taken after this.
        while waker.get_message(timeout=0) is not None:
            pass

    def step(self) -> int:
        """Number what is new and send each subscriber one batch; returns how many events moved."""
        with self._database.engine.begin() as connection:
            moved = event_log.give_positions(connection, most=_POSITIONS_AT_ONCE)
        for subscriber, types in self._subscribers.items():
            moved += self._send_batch(subscriber, types)
        return moved

    def _send_batch(self, subscriber: str, types: Collection[str]) -> int:
        with self._database.engine.begin() as connection:
            mark = connection.execute(
                select(relay_mark.c.scanned, relay_mark.c.sent)
                .where(relay_mark.c.subscriber == subscriber)
                .with_for_update()
            ).first()
            scanned, sent = (mark.scanned, mark.sent) if mark else (0, 0)
            head = event_log.head(connection)
            if scanned >= head or self._is_full(events_queue(subscriber)):
                return 0
            rows = event_log.read_after(connection, scanned, limit=self._batch, types=types)
            # A full batch may leave some behind; a short one has seen everything up to the head.
            scanned = rows[-1].position if len(rows) == self._batch else head
            if rows:
                self._send(subscriber, sent, rows)
                sent = rows[-1].position
            values = {"subscriber": subscriber, "scanned": scanned, "sent": sent}
            connection.execute(
                insert(relay_mark)
                .values(values)
                .on_conflict_do_update(index_elements=[relay_mark.c.subscriber], set_=values)
            )
            return len(rows)

    def _send(self, subscriber: str, after: int, rows: Sequence[Any]) -> None:
        events = [event_log.envelope(row, self._service) for row in rows]
        send(
            self._celery,
            receive_task(subscriber),
            self._service,
            after,
            events,
            queue=events_queue(subscriber),
        )

    def _is_full(self, queue: str) -> bool:
        waiting = self._broker.llen(queue)
        return isinstance(waiting, int) and waiting >= _MOST_BATCHES_WAITING

    def _tick(self) -> None:
        now = time.monotonic()
        for tick, due in self._next_tick.items():
            if now >= due:
                send(
                    self._celery,
                    tick.task,
                    queue=jobs_queue(self._service),
                    expires=max(tick.every, 1.0),
                )
                self._next_tick[tick] = now + tick.every


def serve(settings: Settings, database: Database, celery: Celery, *ticks: Tick) -> None:
    """Be the relay of the service that ``settings`` are for, until SIGTERM or SIGINT.

    Besides its own ``ticks``, a service that listens to others is told to catch up.
    """
    if SUBSCRIPTIONS[settings.service]:
        ticks = (Tick(catch_up_task(settings.service), settings.catch_up_every), *ticks)
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
        ticks=ticks,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: relay.stop())
    relay.run(on_active=lambda: ready.say(settings.ready_file))


def _take_lock(connection: Connection) -> bool:
    # A session lock: PostgreSQL frees it the moment this process or its connection dies.
    taken = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}))
    connection.commit()
    return taken


def _assert_lock(connection: Connection) -> None:
    # Fails when the connection, and with it the lock, is gone: another relay may be active by now.
    connection.execute(text("SELECT 1"))
    connection.commit()
