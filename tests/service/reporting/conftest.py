"""The reporting service over a real database, told what happened by made-up events."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from services.reporting.app import create_app
from services.reporting.broker import celery
from services.reporting.domain import Scope
from services.reporting.handlers import HANDLERS
from services.reporting.operations.figures import Figures, compute_figures
from shared.auth import Verifier
from shared.db import Database
from shared.events import catalogue
from shared.events.catalogue import Fact
from shared.events.envelope import cloudevent
from shared.messaging.celery import jobs_queue
from shared.messaging.feed import FeedUnavailable, Page
from shared.messaging.receiver import Receiver
from shared.messaging.tables import event_log, parked_event
from shared.settings import Settings
from tests.first_subscription import order_session_reports

# A Monday; winter time.
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = BEGIN + timedelta(days=3650)
PERSON = {"age_band": "26-39", "district": "34070", "situations": []}


@pytest.fixture(scope="session")
def app(settings_of: Callable[..., Settings], verifier: Verifier) -> Flask:
    app = create_app(settings_of("reporting"))
    app.extensions["arceaux.verifier"] = verifier
    return app


@pytest.fixture
def client(app: Flask, reporting_database: Database) -> FlaskClient:
    return app.test_client()


@pytest.fixture(autouse=True)
def jobs_sent(broker_url: str) -> Iterator[Callable[[], int]]:
    """How many tasks wait in the jobs queue of a real broker, which is emptied afterwards."""
    celery.conf.broker_url = broker_url
    with redis.Redis.from_url(broker_url) as broker:
        yield lambda: int(broker.llen(jobs_queue("reporting")))  # type: ignore[arg-type]
        broker.delete(jobs_queue("reporting"))


@dataclass
class Feeds:
    """The logs of the other services; also the feed that reads them."""

    logs: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"registrations": [], "notifications": []}
    )
    away: bool = False
    breaks_after: int | None = None

    def write(self, fact: Fact, at: datetime = BEGIN) -> dict[str, Any]:
        """Log ``fact`` with its source; returns its envelope."""
        source = catalogue.CATALOGUE[fact.type, fact.version].source
        log = self.logs[source]
        log.append(
            cloudevent(
                id=uuid4(),
                type=fact.type,
                version=fact.version,
                source=source,
                subject=fact.subject,
                time=at,
                position=len(log) + 1,
                traceparent=None,
                data=fact.data,
            )
        )
        return log[-1]

    def read(self, source: str, after: int, limit: int = 2) -> Page:
        if self.away or (self.breaks_after is not None and after >= self.breaks_after):
            raise FeedUnavailable(source)
        events = self.logs[source][after : after + limit]
        return Page(events, last=len(events) < limit)


@dataclass
class Story:
    """Things happen, and reporting is told of them at once."""

    database: Database
    feeds: Feeds
    receiver: Receiver

    def tell(self, fact: Fact, at: datetime = BEGIN) -> dict[str, Any]:
        event = self.feeds.write(fact, at)
        source = event["source"].rpartition(":")[2]
        self.receiver.receive(source, event["position"] - 1, [event])
        return event

    def session(self, **changes: Any) -> UUID:
        """A session is published."""
        session_id = changes.pop("session_id", None) or uuid4()
        self.tell(catalogue.SessionPublished.of(**session_state(session_id, **changes)))
        return session_id

    def register(self, session_id: UUID, status: str = "confirmed", **changes: Any) -> UUID:
        """A person registers; ``participant_id`` and ``person`` may be given."""
        registration_id = uuid4()
        self.tell(entry(registration_id, session_id, status, **changes))
        return registration_id

    def attend(self, registration_id: UUID, session_id: UUID, **changes: Any) -> None:
        self.tell(attendance(registration_id, session_id, **changes))

    def figures(
        self,
        *by: str,
        as_of: datetime = LATER,
        cross: Sequence[tuple[str, ...]] = (),
        of_seats: Sequence[tuple[str, ...]] = (),
        **scope: Any,
    ) -> Figures:
        with self.database.transaction() as session:
            return compute_figures(
                session, Scope(**scope), by, cross=cross, of_seats=of_seats, as_of=as_of
            )

    def parked(self) -> Sequence[Any]:
        with self.database.transaction() as session:
            return session.execute(select(parked_event)).all()

    def rows(self, table: Any) -> list[Any]:
        """Every row of a table, in the order of its key."""
        with self.database.transaction() as session:
            return list(session.execute(select(table).order_by(*table.primary_key)).all())


@pytest.fixture
def feeds() -> Feeds:
    return Feeds()


@pytest.fixture
def story(reporting_database: Database, feeds: Feeds) -> Story:
    order_session_reports(reporting_database)
    receiver = Receiver(reporting_database, HANDLERS, ("registrations", "notifications"), feeds)  # type: ignore[arg-type]
    return Story(reporting_database, feeds, receiver)


def meetings(*begins: datetime, minutes: int = 120) -> list[dict[str, Any]]:
    return [
        {
            "meeting_id": uuid4(),
            "starts_at": begin,
            "ends_at": begin + timedelta(minutes=minutes),
            "room": None,
        }
        for begin in begins
    ]


def session_state(session_id: UUID, **changes: Any) -> dict[str, Any]:
    """The data of ``session.published`` and ``session.rescheduled``."""
    place, timezone = changes.pop("place", "arceaux"), changes.pop("timezone", "Europe/Paris")
    return {
        "session_id": session_id,
        "title": "Repair Café",
        "programme": "ateliers",
        "organisation": "repair-cafe",
        "theme": "repair",
        "place": {"code": place, "name": place, "address": None, "timezone": timezone},
        "capacity": 10,
        "minimum": None,
        "discreet": False,
        "meetings": meetings(BEGIN),
        **changes,
    }


def entry(registration_id: UUID, session_id: UUID, status: str, **changes: Any) -> Fact:
    """A registration is requested (``pending``), confirmed, waitlisted or offered a seat."""
    kind = {
        "pending": catalogue.RegistrationRequested,
        "confirmed": catalogue.RegistrationConfirmed,
        "waitlisted": catalogue.RegistrationWaitlisted,
        "offered": catalogue.RegistrationOffered,
    }[status]
    if status == "offered":
        changes.setdefault("offered_until", datetime.now(UTC))
    if status == "waitlisted":
        changes.setdefault("waitlist_position", 1)
    data = {"participant_id": uuid4(), "previous": None, "by": "participant", "person": PERSON}
    return kind.of(registration_id=registration_id, session_id=session_id, **{**data, **changes})


def departure(registration_id: UUID, session_id: UUID, previous: str, **changes: Any) -> Fact:
    """A registration is cancelled."""
    data = {"participant_id": uuid4(), "by": "participant", **changes}
    return catalogue.RegistrationCancelled.of(
        registration_id=registration_id, session_id=session_id, previous=previous, **data
    )


def attendance(registration_id: UUID, session_id: UUID, **changes: Any) -> Fact:
    data = {"meeting_id": uuid4(), "participant_id": uuid4(), "status": "present", "minutes": 120}
    return catalogue.AttendanceRecorded.of(
        registration_id=registration_id, session_id=session_id, **{**data, **changes}
    )


def message(session_id: UUID | None, *, failed: bool = False, **changes: Any) -> Fact:
    """A notification is sent, or failed for good."""
    kind = catalogue.NotificationFailed if failed else catalogue.NotificationSent
    data = {
        "notification_id": uuid4(),
        "registration_id": uuid4(),
        "participant_id": uuid4(),
        "kind": "confirmed",
        "channel": "email",
        "attempts": 1,
    }
    return kind.of(session_id=session_id, **{**data, **changes})


def logged(database: Database) -> list[Any]:
    """What reporting has told."""
    with database.transaction() as session:
        return list(session.execute(select(event_log).order_by(event_log.c.id)).all())


def positive(figures: dict[str, Any]) -> dict[str, Any]:
    """The indicators that say something."""
    return {name: value for name, value in figures.items() if value}


def only(items: Iterable[Any]) -> Any:
    (one,) = items
    return one
