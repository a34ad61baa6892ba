"""A database from before SMS keeps all that is in it."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from sqlalchemy import create_engine

from services.notifications.models import Base
from shared.migrations import check, configuration, migrate

_SENT = """
INSERT INTO notification (id, event_id, position, kind, channel, language, details, sequence, status, attempts)
VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 7,
        'confirmed', 'email', 'fr', '{}', 0, 'sent', 1);
INSERT INTO attempt (notification_id, number, started_at, outcome)
VALUES ('00000000-0000-7000-8000-000000000001', 1, now(), 'accepted');
"""


@pytest.fixture
def before_sms(postgres_url: str) -> Iterator[str]:
    """A database as it was when mail was all that was carried, with a message that was sent."""
    name = f"old_notifications_{os.getpid()}"
    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        url = f"{postgres_url}/{name}"
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        with engine.connect() as connection:
            config = configuration("notifications")
            config.attributes["connection"] = connection
            command.upgrade(config, "notifications_0005")
        engine.dispose()
        with psycopg.connect(url) as database:
            database.execute(_SENT)
        yield url
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def test_attempts_of_before_were_mail(before_sms: str) -> None:
    migrate("notifications", before_sms)
    check("notifications", before_sms, Base.metadata)
    with psycopg.connect(before_sms) as database:
        [attempt] = database.execute("SELECT channel, outcome FROM attempt").fetchall()
        [message] = database.execute("SELECT status, ruled_out FROM notification").fetchall()
    assert attempt == ("email", "accepted")
    assert message == ("sent", [])
