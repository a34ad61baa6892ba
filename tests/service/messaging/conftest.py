"""One service that tells (registrations' database) and one that listens (reporting's)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.db import Database
from shared.events import catalogue
from shared.events.catalogue import Fact
from shared.events.envelope import Event
from shared.messaging import log
from shared.messaging.feed import FeedUnavailable, Page
from shared.messaging.receiver import Handler, Receiver
from tests.conftest import empty

TYPES = frozenset({"session.cancelled", "session.closed"})


def cancelled(session_id: UUID | None = None) -> Fact:
    """A small fact; a session's cancellation."""
    return catalogue.SessionCancelled.of(session_id=session_id or uuid4())


def closed(session_id: UUID) -> Fact:
    return catalogue.SessionClosed.of(session_id=session_id)


def tell(database: Database, *facts: Fact) -> None:
    """Log ``facts`` and give them positions, as a relay would."""
    with database.transaction() as session:
        log.append(session, *facts)
    with database.engine.begin() as connection:
        log.give_positions(connection, most=1000)


def envelopes(database: Database, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
    """What a relay would send of the log past ``after``."""
    with database.transaction() as session:
        rows = log.read_after(session, after, limit=limit, types=TYPES)
        return [log.envelope(row, "registrations") for row in rows]


@dataclass
class DirectFeed:
    """The feed of the telling service, read from its database instead of over HTTP."""

    database: Database
    away: bool = False
    page: int = 1000
    reads: int = 0

    def read(self, source: str, after: int, limit: int = 1000) -> Page:
        self.reads += 1
        if self.away:
            raise FeedUnavailable(source)
        events = envelopes(self.database, after, self.page)
        return Page(events, last=len(events) < self.page)


@dataclass
class Listener:
    """A receiver whose handlers write one row per event into a table."""

    database: Database
    feed: DirectFeed
    poison: set[str] = field(default_factory=set)
    failures: list[Exception] = field(default_factory=list)

    def receiver(self, handlers: Mapping[str, Handler] | None = None) -> Receiver:
        given = handlers or dict.fromkeys(TYPES, self.heard_of)
        return Receiver(self.database, given, ("registrations",), self.feed)  # type: ignore[arg-type]

    def heard_of(self, session: Session, event: Event) -> None:
        if event.subject in self.poison:
            raise ValueError(f"cannot digest {event.subject}")
        session.execute(
            text("INSERT INTO heard (position, subject, type) VALUES (:p, :s, :t)"),
            {"p": event.position, "s": event.subject, "t": event.type},
        )
        if self.failures:
            raise self.failures.pop()

    def heard(self) -> list[int]:
        """The positions handled, in the order in which their rows were written."""
        with self.database.transaction() as session:
            return list(session.scalars(text("SELECT position FROM heard ORDER BY number")))

    def cursor(self) -> int:
        with self.database.transaction() as session:
            found = session.scalar(text("SELECT position FROM event_cursor"))
            return int(found or 0)


def _connected(url: str) -> Iterator[Database]:
    database = Database()
    database.connect(url)
    yield database
    database.dispose()
    empty(url)


@pytest.fixture
def source(database_urls: dict[str, str]) -> Iterator[Database]:
    yield from _connected(database_urls["registrations"])


@pytest.fixture
def listening(database_urls: dict[str, str]) -> Iterator[Database]:
    yield from _connected(database_urls["reporting"])


@pytest.fixture
def listener(source: Database, listening: Database) -> Iterator[Listener]:
    with listening.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE heard (number bigint GENERATED ALWAYS AS IDENTITY,"
                " position bigint, subject text, type text)"
            )
        )
    yield Listener(listening, DirectFeed(source))
    with listening.engine.begin() as connection:
        connection.execute(text("DROP TABLE heard"))
