"""A database of the first version keeps all that is in it."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from sqlalchemy import create_engine

from services.reporting.models import Base
from shared.migrations import check, configuration, migrate

_RATING = """
INSERT INTO feedback_fact (registration_id, session_id, rating, position)
VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 4, 7)
"""


@pytest.fixture
def first_version(postgres_url: str) -> Iterator[str]:
    """A database as the first revision made it, with a rating."""
    name = f"old_reporting_{os.getpid()}"
    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        url = f"{postgres_url}/{name}"
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        with engine.connect() as connection:
            config = configuration("reporting")
            config.attributes["connection"] = connection
            command.upgrade(config, "reporting_0001")
        engine.dispose()
        with psycopg.connect(url) as database:
            database.execute(_RATING)
        yield url
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def test_ratings_stay_those_of_their_registrations(first_version: str) -> None:
    migrate("reporting", first_version)
    check("reporting", first_version, Base.metadata)
    with psycopg.connect(first_version) as database:
        [row] = database.execute(
            "SELECT feedback_id = registration_id, rating FROM feedback_fact"
        ).fetchall()
    assert row == (True, 4)
