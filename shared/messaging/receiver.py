"""The receiver: events become rows exactly once, whatever the wire does.

A batch says which position it comes ``after``. With the cursor of its source locked, what lies at or
before the cursor is a duplicate; an ``after`` beyond the cursor is a gap, repaired from the feed. The
handlers' rows and the cursor commit together.
"""

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from shared import tracing
from shared.auth import ServiceToken, SigningKey
from shared.db import Database
from shared.events import envelope as envelopes
from shared.events.envelope import Event
from shared.events.subscriptions import SUBSCRIPTIONS
from shared.messaging import parking
from shared.messaging.feed import Feed
from shared.messaging.rows import RowHandler, Rows
from shared.messaging.tables import event_cursor, parked_event
from shared.settings import Settings

log = logging.getLogger(__name__)

# Events per transaction of a catch-up: what ends it (a kill, on a busy machine again and again) takes back no more,
# and nobody waits for its lock for long.
_AT_ONCE = 100

Handler = Callable[[Session, Event], None]
Envelope = dict[str, Any]

# Not the event's fault: the database is away, busy, or broke a deadlock. Try the whole again later.
TRANSIENT = (OperationalError, InterfaceError, PoolTimeout)


@dataclass(frozen=True, slots=True)
class Replayed:
    """How a replay of parked events went."""

    replayed: int
    still_parked: int


class Receiver:
    """Applies the events that one service listens to."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        sources: Collection[str],
        feed: Feed,
    ) -> None:
        self._database, self._handlers, self._feed = database, handlers, feed
        self.sources = tuple(sources)
        self._catching_up = {source: threading.Lock() for source in self.sources}

    def receive(self, source: str, after: int, batch: Sequence[Envelope]) -> None:
        """Take one batch from the queue.

        Raises:
            FeedUnavailable: something is missing and the source does not answer. Nothing is lost:
                the catch-up finds it.
            TRANSIENT errors: the database is away; the batch may be tried again.
        """
        if not self._apply(source, batch, after):
            log.info("gap", extra={"source": source, "after": after})
            self.catch_up(source)

    def catch_up(self, source: str) -> int:
        """Take everything past the cursor from the feed of ``source``; returns how many events that was.

        Nothing is done if another thread of this process is at it: that is enough, and jobs do not wait behind
        it. What comes to the feed in the moment in which that thread ends is found by the next catch-up.
        """
        if not self._catching_up[source].acquire(blocking=False):
            return 0
        try:
            return self._catch_up(source)
        finally:
            self._catching_up[source].release()

    def _catch_up(self, source: str) -> int:
        caught = 0
        while True:
            with self._database.transaction() as session:
                after = _position(session, source)
            page = self._feed.read(source, after)
            for first in range(0, len(page.events), _AT_ONCE):
                self._apply(source, page.events[first : first + _AT_ONCE])
            caught += len(page.events)
            if page.last:
                return caught

    def rebuild(
        self, empty: Callable[[Session], None], progress: Callable[[int], None] = lambda _: None
    ) -> int:
        """Empty the projections and fill them from the feeds, in one transaction.

        Readers see the old figures until the new ones are whole; a failure leaves the old ones. New
        events wait meanwhile and are caught up. ``progress`` is told how many events are done.
        Returns how many events that was.
        """
        done = 0
        with self._database.transaction() as session:
            for source in self.sources:
                _lock_cursor(session, source)
            empty(session)
            session.execute(delete(parked_event).where(parked_event.c.source.in_(self.sources)))
            for source in self.sources:
                after = 0
                while True:
                    page = self._feed.read(source, after)
                    self._apply_in(session, source, page.events)
                    done += len(page.events)
                    progress(done)
                    if page.events:
                        after = page.events[-1]["position"]
                    if page.last:
                        break
                if not after:
                    _move_cursor_to(session, source, 0)
        return done

    def replay(self, ids: Collection[int] | None = None) -> Replayed:
        """Handle parked events again (all, or those of ``ids``), each in its own transaction."""
        with self._database.transaction() as session:
            waiting = parking.parked(session, ids)
        replayed = 0
        for event in waiting:
            try:
                with self._database.transaction() as session:
                    _lock_cursor(session, event.source)
                    if parking.blocking(session, event):
                        continue
                    rows = Rows(session)
                    self._handle(session, event.envelope, rows)
                    rows.write()
                    parking.release(session, event.id)
                replayed += 1
            except TRANSIENT:
                raise
            except Exception as error:
                with self._database.transaction() as session:
                    parking.still_failing(session, event.id, parking.reason(error))
        with self._database.transaction() as session:
            return Replayed(replayed, len(parking.parked(session)))

    def _apply(self, source: str, batch: Sequence[Envelope], after: int = 0) -> bool:
        """All of ``batch`` in one transaction; if a handler fails, event by event.

        False, and nothing is done, where events up to position ``after`` are missing. That is seen with the cursor
        locked: while another thread is still at the batch before this one, nothing is.
        """
        try:
            with self._database.transaction() as session:
                cursor = _lock_cursor(session, source)
                if after > cursor:
                    return False
                fresh = [event for event in batch if event["position"] > cursor]
                self._handle_all(session, source, fresh)
        except TRANSIENT:
            raise
        except Exception as error:
            log.warning("batch_failed", extra={"source": source, "reason": parking.reason(error)})
            for event in batch:
                self._apply_one(source, event)
        return True

    def _apply_one(self, source: str, event: Envelope) -> None:
        try:
            with self._database.transaction() as session:
                if event["position"] > _lock_cursor(session, source):
                    self._handle_all(session, source, [event])
        except TRANSIENT:
            raise
        except Exception as error:
            with self._database.transaction() as session:
                if event["position"] > _lock_cursor(session, source):
                    self._park(session, source, event, error)

    def _apply_in(self, session: Session, source: str, batch: Sequence[Envelope]) -> None:
        """As :meth:`_apply`, with savepoints inside the caller's transaction."""
        try:
            with session.begin_nested():
                self._handle_all(session, source, batch)
        except TRANSIENT:
            raise
        except Exception:
            for event in batch:
                try:
                    with session.begin_nested():
                        self._handle_all(session, source, [event])
                except TRANSIENT:
                    raise
                except Exception as error:
                    self._park(session, source, event, error)

    def _handle_all(self, session: Session, source: str, batch: Sequence[Envelope]) -> None:
        if not batch:
            return
        waiting = parking.parked_subjects(session, source)
        rows = Rows(session)
        for event in batch:
            if event.get("subject") in waiting:
                parking.park(session, source, event, parking.BEHIND)
            else:
                self._handle(session, event, rows)
        rows.write()
        _move_cursor(session, source, batch[-1])

    def _handle(self, session: Session, raw: Envelope, rows: Rows) -> None:
        """Handle one event; the row that it comes down to, if that is all, joins ``rows``."""
        handler = self._handlers.get(str(raw.get("type")))
        if handler is None:
            return
        event = envelopes.read(raw)
        if isinstance(handler, RowHandler):
            rows.add(handler, event)
            return
        # Any other may look at what was written before.
        rows.write()
        with tracing.within(tracing.child_of(event.traceparent)):
            handler(session, event)

    def _park(self, session: Session, source: str, event: Envelope, error: Exception) -> None:
        why = parking.reason(error)
        log.error(
            "event_parked",
            extra={
                "source": source,
                "position": event["position"],
                "event": event.get("id"),
                "reason": why,
            },
        )
        parking.park(session, source, event, why)
        _move_cursor(session, source, event)


def make_receiver(
    settings: Settings, database: Database, handlers: Mapping[str, Handler]
) -> Receiver:
    """The receiver of the service that ``settings`` are for, reading feeds in its name.

    Raises:
        ValueError: no signing key is set, so the service cannot say who it is.
    """
    if settings.signing_key_file is None:
        raise ValueError("ARCEAUX_SIGNING_KEY_FILE is not set")
    token = ServiceToken(settings.service, SigningKey.load(settings.signing_key_file))
    sources = SUBSCRIPTIONS[settings.service]
    return Receiver(database, handlers, sources, Feed(settings.urls, token))


def _position(session: Session, source: str) -> int:
    query = select(event_cursor.c.position).where(event_cursor.c.source == source)
    return session.scalar(query) or 0


def _lock_cursor(session: Session, source: str) -> int:
    """The cursor of ``source``, this transaction's alone until it ends."""
    query = select(event_cursor.c.position).where(event_cursor.c.source == source)
    position = session.scalar(query.with_for_update())
    if position is None:
        session.execute(
            insert(event_cursor).values(source=source, position=0).on_conflict_do_nothing()
        )
        position = session.scalar(query.with_for_update())
    return position or 0


def _move_cursor(session: Session, source: str, event: Envelope) -> None:
    session.execute(
        update(event_cursor)
        .where(event_cursor.c.source == source)
        .values(
            position=event["position"],
            event_time=event.get("time"),
            handled_at=func.clock_timestamp(),
        )
    )


def _move_cursor_to(session: Session, source: str, position: int) -> None:
    session.execute(
        update(event_cursor).where(event_cursor.c.source == source).values(position=position)
    )
