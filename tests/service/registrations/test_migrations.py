"""A database with rows in it, brought up to date."""

from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from sqlalchemy import create_engine

from shared.events.calendars import sequence_at
from shared.migrations import configuration, migrate

PUBLISHED = datetime(2026, 9, 1, 8, tzinfo=UTC)
MOVED = datetime(2026, 9, 3, 9, 30, tzinfo=UTC)
ROWS = """
    INSERT INTO organisation (code, name) VALUES ('ccas', 'CCAS');
    INSERT INTO place (code, name) VALUES ('arceaux', 'Arceaux');
    INSERT INTO programme (code, name) VALUES ('ateliers', 'Ateliers');
    INSERT INTO activity (id, title, organisation_code, programme_code, search_text)
    VALUES ('{activity}', 'Tricot', 'ccas', 'ateliers', 'tricot');
    INSERT INTO session (id, activity_id, place_code, status, capacity, closes_at, starts_at, ends_at)
    SELECT id::uuid, '{activity}', 'arceaux', status, 8, now(), now(), now()
    FROM (VALUES ('{told}', 'published'), ('{draft}', 'draft')) AS made (id, status);
    INSERT INTO event_log (event_id, type, version, subject, "time", data)
    VALUES (gen_random_uuid(), 'session.published', 1, '{told}', '2026-09-01 08:00Z', '{{}}'),
           (gen_random_uuid(), 'session.rescheduled', 1, '{told}', '2026-09-03 09:30Z', '{{}}'),
           (gen_random_uuid(), 'session.closed', 1, '{told}', '2026-10-03 09:30Z', '{{}}');
"""


@pytest.fixture
def older(postgres_url):
    """A database as the first revision left it, empty."""
    name = f"older_{uuid4().hex}"
    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    url = f"{postgres_url}/{name}"
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        config = configuration("registrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "messaging_0001")
        command.upgrade(config, "registrations_0001")
    engine.dispose()
    yield url
    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}"')


def test_sessions_that_are_there_already_know_when_they_were_told(older):
    activity, told, draft = uuid4(), uuid4(), uuid4()
    with psycopg.connect(older, autocommit=True) as connection:
        connection.execute(ROWS.format(activity=activity, told=told, draft=draft))
    migrate("registrations", older)
    with psycopg.connect(older) as connection:
        rows = connection.execute(
            "SELECT id, published_at, changed_at, calendar_sequence FROM session"
        ).fetchall()
    found = {row[0]: row[1:] for row in rows}
    assert found[told] == (PUBLISHED, MOVED, sequence_at(MOVED))
    assert found[draft][0] is None
    assert found[draft][2] == 0
