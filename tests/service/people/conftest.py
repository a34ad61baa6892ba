"""The three services over their databases, telling each other things over HTTP, at the moments a test chooses."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.serving import make_server

from services.notifications.models import Notification
from services.registrations.models import Meeting, Session
from services.reporting.domain import Scope
from services.reporting.operations.figures import compute_figures
from shared.auth import Verifier
from shared.db import Database
from shared.messaging import log
from shared.messaging.receiver import Receiver, make_receiver
from shared.settings import SERVICES, Settings
from tests.contract.pillars import make_app, module
from tests.servers import free_port
from tests.service.notifications.conftest import MailServer, Post, mail_server, mail_settings_to
from tests.service.registrations.conftest import Offer, offer

__all__ = ["mail_server", "offer"]


@contextmanager
def _served(app: Flask, port: int) -> Iterator[None]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@dataclass
class Services:
    """The three services. What one tells, the others hear when :meth:`spread` is called."""

    apps: Mapping[str, Flask]
    databases: Mapping[str, Database]
    receivers: Mapping[str, Receiver]
    post: Post
    bearer: Callable[..., dict[str, str]]
    offer: Offer

    def spread(self, *, but: str | None = None) -> None:
        """Have everything heard that was told, and what that makes the services tell; ``but`` one hears nothing."""
        moved = 1
        while moved:
            for database in self.databases.values():
                with database.engine.begin() as connection:
                    log.give_positions(connection, most=10_000)
            moved = sum(
                receiver.catch_up(source)
                for name, receiver in self.receivers.items()
                if name != but
                for source in receiver.sources
            )

    def call(
        self, where: str, *, role: str = "adviser", of: str = "registrations", **options: Any
    ) -> Any:
        """Ask a service, as staff: ``"GET /v1/participants/…"``."""
        method, _, path = where.partition(" ")
        headers = {**self.bearer(role, programmes=["*"]), **options.pop("headers", {})}
        return self.apps[of].test_client().open(path, method=method, headers=headers, **options)

    def register(self, given_name: str, session: UUID | None = None, **more: Any) -> Any:
        """The answer to a registration by the public; ``more`` are fields of the participant."""
        around = {
            name: more.pop(name) for name in ("needs", "companions", "consents") if name in more
        }
        who = {"given_name": given_name, "family_name": "Dupont", **more}
        sent = {"session_id": str(session or self.offer.session()), "participant": who, **around}
        answer = self.apps["registrations"].test_client().post("/v1/registrations", json=sent)
        assert answer.status_code == 201, answer.json
        return answer.json

    def person(self, registration: Mapping[str, Any]) -> str:
        shown = self.call(f"GET /v1/registrations/{registration['id']}")
        participant_id: str = shown.json["participant_id"]
        return participant_id

    def hold(self, session: UUID) -> UUID:
        """Let the session have been last week; returns its first meeting."""
        with self.databases["registrations"].transaction() as transaction:
            held = transaction.get_one(Session, session)
            back = timedelta(days=21)
            held.starts_at, held.ends_at = held.starts_at - back, held.ends_at - back
            held.closes_at -= back
            for meeting in held.meetings:
                meeting.starts_at, meeting.ends_at = (
                    meeting.starts_at - back,
                    meeting.ends_at - back,
                )
            first: Meeting = held.meetings[0]
            return first.id

    def figures(self) -> dict[str, Any]:
        with self.databases["reporting"].transaction() as session:
            later = datetime.now(UTC) + timedelta(days=365)
            return dict(compute_figures(session, Scope(), as_of=later).total)

    def make_due(self) -> None:
        """Let all messages that wait be due."""
        with self.databases["notifications"].transaction() as transaction:
            transaction.execute(update(Notification).values(due_at=datetime.now(UTC)))


@pytest.fixture(scope="session")
def three_settings(settings_of: Callable[..., Settings]) -> dict[str, Settings]:
    urls = {service: f"http://127.0.0.1:{free_port()}" for service in SERVICES}
    return {service: settings_of(service, urls=urls) for service in SERVICES}


@pytest.fixture(scope="session")
def three_apps(
    three_settings: dict[str, Settings], verifier: Verifier
) -> Iterator[dict[str, Flask]]:
    apps = {service: make_app(settings) for service, settings in three_settings.items()}
    with ExitStack() as served:
        for service, app in apps.items():
            app.extensions["arceaux.verifier"] = verifier
            port = int(three_settings[service].urls[service].rpartition(":")[2])
            served.enter_context(_served(app, port))
        yield apps


@pytest.fixture
def services(
    *,
    three_settings: dict[str, Settings],
    three_apps: dict[str, Flask],
    registrations_database: Database,
    notifications_database: Database,
    reporting_database: Database,
    mail_server: MailServer,
    offer: Offer,
    bearer: Callable[..., dict[str, str]],
) -> Services:
    databases = {
        "registrations": registrations_database,
        "notifications": notifications_database,
        "reporting": reporting_database,
    }
    receivers = {
        service: make_receiver(
            three_settings[service], database, module(service, "handlers").HANDLERS
        )
        for service, database in databases.items()
    }
    post = Post(notifications_database, mail_settings_to(mail_server.port))
    return Services(three_apps, databases, receivers, post, bearer, offer)
