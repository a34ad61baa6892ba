"""The notifications service over a real database, a real broker and a real SMTP server."""

import email
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Received
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from services.notifications.app import create_app
from services.notifications.broker import celery
from services.notifications.carriers import Carriers
from services.notifications.delivery import deliver
from services.notifications.handlers import HANDLERS
from services.notifications.models import Attempt, Notification
from services.notifications.settings import MailSettings, SmtpServer, sender_address
from shared.auth import Verifier
from shared.db import Database
from shared.events import catalogue
from shared.events.catalogue import Fact
from shared.events.envelope import Event, cloudevent, read
from shared.messaging.celery import jobs_queue
from shared.messaging.tables import event_log
from shared.settings import Settings
from tests.servers import free_port

PERSON = {"age_band": None, "district": None, "situations": []}


@pytest.fixture(scope="session")
def app(settings_of: Callable[..., Settings], verifier: Verifier) -> Flask:
    app = create_app(settings_of("notifications"))
    app.extensions["arceaux.verifier"] = verifier
    return app


@pytest.fixture
def client(app: Flask, notifications_database: Database) -> FlaskClient:
    return app.test_client()


@pytest.fixture(autouse=True)
def jobs_sent(broker_url: str) -> Iterator[Callable[[], int]]:
    """How many jobs wait in the queue of a real broker, which is emptied afterwards."""
    celery.conf.broker_url = broker_url
    with redis.Redis.from_url(broker_url) as broker:
        yield lambda: int(broker.llen(jobs_queue("notifications")))  # type: ignore[arg-type]
        broker.delete(jobs_queue("notifications"))


def soon(**after: float) -> datetime:
    """Noon in a week or so many days from now, for no date to spread over midnight; or a moment ``after`` now."""
    after = after or {"days": 7}
    now = datetime.now(UTC).replace(microsecond=0)
    if "days" in after:
        now = now.replace(hour=12, minute=0, second=0)
    return now + timedelta(**after)


def meeting(
    begins: datetime, *, room: str | None = "Atelier", id: UUID | None = None
) -> dict[str, Any]:
    return {
        "meeting_id": id or uuid4(),
        "starts_at": begins,
        "ends_at": begins + timedelta(hours=2),
        "room": room,
    }


@dataclass
class Registrations:
    """The other service: tells facts in order, and remembers them to tell them again."""

    database: Database
    told: list[Event] = field(default_factory=list)
    sessions: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def tell(self, *facts: Fact) -> None:
        """Have ``facts`` heard in one transaction, as the receiver would."""
        events = [self._event(fact) for fact in facts]
        self.told += events
        self.hear(*events)

    def hear(self, *events: Event) -> None:
        with self.database.transaction() as transaction:
            for event in events:
                HANDLERS[event.type](transaction, event)

    def _event(self, fact: Fact) -> Event:
        envelope = cloudevent(
            id=uuid4(),
            type=fact.type,
            version=fact.version,
            source="registrations",
            subject=fact.subject,
            time=datetime.now(UTC),
            position=len(self.told) + 1,
            traceparent=None,
            data=fact.data,
        )
        return read(envelope)

    def person(self, **changes: Any) -> UUID:
        """Someone with an e-mail address."""
        person = {
            "participant_id": uuid4(),
            "given_name": "Amina",
            "family_name": "Benali",
            "email": "amina@example.org",
            "phone": None,
            "language": "fr",
            "access_key": "a-secret",
            **changes,
        }
        self.tell(catalogue.ParticipantContactChanged.of(**person))
        return person["participant_id"]

    def session(self, **changes: Any) -> UUID:
        """A published session of one meeting in a week, of which nobody is reminded."""
        session = {
            "session_id": uuid4(),
            "title": "Repair Café",
            "programme": "ateliers",
            "organisation": "repair-cafe",
            "theme": None,
            "place": {
                "code": "arceaux",
                "name": "Tiers-lieu des Arceaux",
                "address": "rue Draparnaud, 34000 Montpellier",
                "timezone": "Europe/Paris",
            },
            "capacity": 10,
            "minimum": None,
            "discreet": False,
            "reminder_minutes": [],
            "meetings": [meeting(soon())],
            **changes,
        }
        self.sessions[session["session_id"]] = session
        self.tell(catalogue.SessionPublished.of(**session))
        return session["session_id"]

    def reschedule(self, session_id: UUID, **changes: Any) -> None:
        self.sessions[session_id] |= changes
        self.tell(catalogue.SessionRescheduled.of(**self.sessions[session_id]))

    def register(
        self, session_id: UUID, person: UUID, status: str = "confirmed", **data: Any
    ) -> UUID:
        """A new registration in ``status``."""
        registration = uuid4()
        self.change(registration, session_id, person, status, previous=None, **data)
        return registration

    def refer(self, person: UUID, *, discreet: bool = True) -> None:
        """A person is referred to a partner institution."""
        self.tell(
            catalogue.ReferralOpened.of(
                referral_id=uuid4(),
                participant_id=person,
                programme="budget",
                discreet=discreet,
                partner="creasol",
                purpose="microcredit",
                amount_asked_cents=120_000,
                opened_on=datetime.now(UTC).date(),
            )
        )

    def change(
        self, registration: UUID, session_id: UUID, person: UUID, status: str, **data: Any
    ) -> None:
        """A registration's step to ``status``; ``previous`` must be given."""
        common = {
            "registration_id": registration,
            "session_id": session_id,
            "participant_id": person,
            "by": "participant",
        }
        match status:
            case "pending":
                fact = catalogue.RegistrationRequested.of(**common | data, person=PERSON)
            case "confirmed":
                fact = catalogue.RegistrationConfirmed.of(**common | data, person=PERSON)
            case "waitlisted":
                data.setdefault("waitlist_position", 3)
                fact = catalogue.RegistrationWaitlisted.of(**common | data, person=PERSON)
            case "offered":
                data.setdefault("offered_until", datetime.now(UTC) + timedelta(days=1))
                fact = catalogue.RegistrationOffered.of(**common | data, person=PERSON)
            case "expired":
                fact = catalogue.RegistrationExpired.of(**common | data)
            case "declined":
                data.setdefault("reason", "not-eligible")
                fact = catalogue.RegistrationDeclined.of(**common | data)
            case _:
                fact = catalogue.RegistrationCancelled.of(**common | data)
        self.tell(fact)


@pytest.fixture
def registrations(notifications_database: Database) -> Registrations:
    return Registrations(notifications_database)


class MailServer:
    """An SMTP server whose mood can be set: the answer to RCPT and to the message, or hanging up."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.received: list[Received] = []
        self.connections = 0
        self._connected: list[SMTP] = []
        self.answer_to_recipient = ""
        self.answer = "250 2.0.0 Kept"
        self.hang_up: str | None = None
        self.on_data: Callable[[], None] = lambda: None

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Any, envelope: Received, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        self._connected.append(server)
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Received, address: str, options: list[str]
    ) -> str:
        if self.hang_up == "before":
            server.transport.abort()
            return "421 Gone"
        if self.answer_to_recipient:
            return self.answer_to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Received) -> str:  # noqa: N802
        self.on_data()
        if self.answer.startswith("250"):
            self.received.append(envelope)
        if self.hang_up == "after":
            server.transport.abort()
        return self.answer

    def close_connections(self) -> None:
        """End every conversation, as servers do with those that last."""
        for server in self._connected:
            server.loop.call_soon_threadsafe(server.transport.abort)

    def mails(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(one.original_content or b"", policy=policy.default)  # type: ignore[arg-type]
            for one in self.received
        ]

    def mail(self) -> EmailMessage:
        """The only message received."""
        (only,) = self.mails()
        return only


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """Listening on its ``port``."""
    server = MailServer(free_port())
    controller = Controller(
        server, hostname="127.0.0.1", port=server.port, server_hostname="mail.example"
    )
    controller.start()
    # The controller greets itself once to see that it is there.
    server.connections = 0
    yield server
    controller.stop()


@pytest.fixture
def settings(mail_server: MailServer) -> MailSettings:
    return mail_settings_to(mail_server.port)


def mail_settings_to(port: int, **changes: Any) -> MailSettings:
    values: dict[str, Any] = {
        "server": SmtpServer("127.0.0.1", port, "none", None, ""),
        "sender": sender_address("Tiers-lieu des Arceaux <ne-pas-repondre@arceaux.example>"),
        "lease": 60.0,
        "timeout": 5.0,
        "answer_timeout": 5.0,
        "attempts": 6,
        "public_url": "http://arceaux.test",
        "own_public_url": "http://told.arceaux.test",
    }
    return MailSettings(**values | changes)


@dataclass
class Post:
    """The rows of notifications, and sending what is due."""

    database: Database
    settings: MailSettings

    def all(self) -> list[Notification]:
        with self.database.transaction() as transaction:
            query = select(Notification).options(
                selectinload(Notification.tries).selectinload(Attempt.sms)
            )
            return list(transaction.scalars(query.order_by(Notification.position, Notification.id)))

    def one(self) -> Notification:
        """The only message there is."""
        (only,) = self.all()
        return only

    def states(self) -> list[tuple[str, str]]:
        return [(one.kind, one.status) for one in self.all()]

    def send(self, *ids: UUID) -> None:
        """Try to send ``ids``, or all."""
        with Carriers(self.settings, self.database) as carriers:
            deliver(self.database, carriers, self.settings, ids or [one.id for one in self.all()])

    def change(self, id: UUID, **values: Any) -> None:
        with self.database.transaction() as transaction:
            row = transaction.get_one(Notification, id)
            for name, value in values.items():
                setattr(row, name, value)

    def make_due(self, id: UUID) -> None:
        self.change(id, due_at=datetime.now(UTC) - timedelta(minutes=1))

    def let_a_minute_pass(self) -> None:
        """All that was sent or is due, a minute earlier."""
        with self.database.transaction() as transaction:
            transaction.execute(
                update(Notification).values(
                    sent_at=Notification.sent_at - timedelta(minutes=1),
                    due_at=Notification.due_at - timedelta(minutes=1),
                )
            )

    def let_lease_pass(self, id: UUID) -> None:
        self.change(id, claimed_at=datetime.now(UTC) - timedelta(minutes=5))

    def facts(self) -> list[str]:
        """The types of the facts told so far."""
        with self.database.transaction() as transaction:
            return list(transaction.scalars(select(event_log.c.type).order_by(event_log.c.id)))


@pytest.fixture
def post(notifications_database: Database, settings: MailSettings) -> Post:
    return Post(notifications_database, settings)
