"""The registrations service over a real database, and a small programme to register for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from services.registrations.app import create_app
from services.registrations.domain import SessionStatus, fold
from services.registrations.models import (
    Activity,
    Organisation,
    Place,
    Programme,
    Room,
    Session,
)
from services.registrations.operations.offer import sessions
from services.registrations.operations.offer.sessions import MeetingTime
from shared.auth import Verifier
from shared.db import Database
from shared.messaging.tables import event_log
from shared.settings import Settings


@pytest.fixture(scope="session")
def app(settings_of: Callable[..., Settings], verifier: Verifier) -> Flask:
    app = create_app(settings_of("registrations"))
    app.extensions["arceaux.verifier"] = verifier
    return app


@pytest.fixture
def client(app: Flask, registrations_database: Database) -> FlaskClient:
    return app.test_client()


@dataclass
class Offer:
    """Makes sessions of a small programme."""

    database: Database

    def session(
        self,
        *,
        capacity: int = 10,
        programme: str = "ateliers",
        organisation: str = "repair-cafe",
        title: str = "Repair Café",
        begins_in: timedelta = timedelta(days=7),
        meetings: int = 1,
        published: bool = True,
        **optional: Any,
    ) -> UUID:
        """A published session; its first meeting begins ``begins_in`` from now, weekly, 2 hours each."""
        with self.database.transaction() as transaction:
            activity = Activity(
                title=title,
                organisation_code=organisation,
                programme_code=programme,
                search_text=fold(title),
            )
            transaction.add(activity)
            transaction.flush()
            begin = datetime.now(UTC).replace(microsecond=0) + begins_in
            times = [
                MeetingTime(begin + timedelta(weeks=n), begin + timedelta(weeks=n, hours=2))
                for n in range(meetings)
            ]
            session = sessions.create_session(
                transaction,
                activity_id=activity.id,
                place_code="arceaux",
                capacity=capacity,
                meetings=times,
                organisation=None,
                **optional,
            )
            if published:
                sessions.publish(transaction, session.id, organisation=None)
                assert session.status == SessionStatus.PUBLISHED
            return session.id


@pytest.fixture
def offer(registrations_database: Database) -> Offer:
    with registrations_database.transaction() as transaction:
        transaction.add_all(
            [
                Organisation(code="repair-cafe", name="Repair Café"),
                Organisation(code="ccas", name="CCAS"),
                Place(code="arceaux", name="Tiers-lieu des Arceaux", address="rue Draparnaud"),
                Programme(code="ateliers", name="Ateliers"),
                Programme(
                    code="unisvers",
                    name="UNIS'VERS",
                    requires_approval=True,
                    decision_days=7,
                    eligibility=[{"situations": ["minimum-benefits", "awaiting-rights"]}],
                ),
            ]
        )
        transaction.flush()
        transaction.add(Room(place_code="arceaux", name="Atelier"))
    return Offer(registrations_database)


def person(number: int | str = 1, **changes: Any) -> dict[str, Any]:
    """A participant's fields; different for each ``number``."""
    return {
        "given_name": f"Ada{number}",
        "family_name": "Lovelace",
        "email": f"ada{number}@example.org",
        **changes,
    }


def body(session_id: UUID, number: int | str = 1, **changes: Any) -> dict[str, Any]:
    """A registration request."""
    return {"session_id": str(session_id), "participant": person(number), **changes}


def link(answer: Any, action: str = "") -> str:
    """The path of a manage link, or of what can be done with it (``/cancel``, ``/feedback``)."""
    path, _, query = answer.json["manage_url"].removeprefix("http://arceaux.test").partition("?")
    return f"{path}{action}?{query}"


def told(database: Database, *types: str) -> list[Any]:
    """The facts logged so far, of ``types`` if given: rows with ``type``, ``subject`` and ``data``."""
    with database.transaction() as transaction:
        rows = transaction.execute(select(event_log).order_by(event_log.c.id)).all()
    return [row for row in rows if not types or row.type in types]


def shift(database: Database, session_id: UUID, by: timedelta) -> None:
    """Move all times of a session, as if the clock had moved the other way."""
    with database.transaction() as transaction:
        row = transaction.get_one(Session, session_id)
        for name in ("opens_at", "closes_at", "starts_at", "ends_at"):
            setattr(row, name, getattr(row, name) + by)
        for meeting in row.meetings:
            meeting.starts_at += by
            meeting.ends_at += by


def meeting_of(client: FlaskClient, session: UUID, number: int = 0) -> str:
    """The id of a session's meeting, the first one being 0."""
    found: str = client.get(f"/v1/sessions/{session}").json["meetings"][number]["id"]
    return found


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
