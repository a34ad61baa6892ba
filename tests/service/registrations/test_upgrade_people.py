"""People of an earlier version are found, known again and merged once the database is brought up to date."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from sqlalchemy import create_engine

from services.registrations.models import Base
from services.registrations.operations.people import merge as merging
from services.registrations.operations.people.search import read_query, search
from services.registrations.operations.staff.scope import Scope
from shared.db import Database
from shared.migrations import check, configuration, migrate

_ROWS = """
INSERT INTO organisation (code, name) VALUES ('o', 'O');
INSERT INTO place (code, name) VALUES ('p', 'P');
INSERT INTO programme (code, name) VALUES ('q', 'Q');
INSERT INTO activity (id, title, organisation_code, programme_code, search_text) VALUES
    ('00000000-0000-7000-8000-000000000001', 'T', 'o', 'q', 't');
INSERT INTO session (id, activity_id, place_code, status, capacity, confirmed, closes_at, starts_at,
    ends_at) SELECT id::uuid, '00000000-0000-7000-8000-000000000001', 'p', 'published', 5, 1, now(),
    now(), now() FROM (VALUES ('00000000-0000-7000-8000-000000000002'),
    ('00000000-0000-7000-8000-000000000003')) AS made (id);
INSERT INTO participant (id, given_name, family_name, name_key, email, phone, birth_year, access_key)
VALUES ('00000000-0000-7000-8000-000000000004', 'Hélène', 'Dupont', 'helene|dupont', 'h@e.org', NULL,
        NULL, 'k1'),
       ('00000000-0000-7000-8000-000000000005', 'Hélène', 'Dupond', 'helene|dupond', NULL,
        '+33612345678', 1957, 'k2');
INSERT INTO registration (id, session_id, participant_id, party_id, status, rank)
VALUES ('00000000-0000-7000-8000-000000000006', '00000000-0000-7000-8000-000000000002',
        '00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000006', 'confirmed', 1),
       ('00000000-0000-7000-8000-000000000007', '00000000-0000-7000-8000-000000000003',
        '00000000-0000-7000-8000-000000000005', '00000000-0000-7000-8000-000000000007', 'confirmed', 1);
"""


@pytest.fixture
def before(postgres_url: str) -> Iterator[str]:
    """A database as it was before people could be merged, with two of them in it."""
    name = f"before_{uuid4().hex}"
    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        url = f"{postgres_url}/{name}"
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        with engine.connect() as connection:
            config = configuration("registrations")
            config.attributes["connection"] = connection
            command.upgrade(config, "registrations_0004")
        engine.dispose()
        with psycopg.connect(url) as database:
            database.execute(_ROWS)
        yield url
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


@pytest.fixture
def upgraded(before: str) -> Iterator[Callable[[], Database]]:
    database = Database()

    def upgrade() -> Database:
        migrate("registrations", before)
        check("registrations", before, Base.metadata)
        database.connect(before)
        return database

    yield upgrade
    database.dispose()


def test_people_are_kept_found_and_can_be_merged(
    before: str, upgraded: Callable[[], Database]
) -> None:
    with psycopg.connect(before) as old:
        [[people]] = old.execute("SELECT json_agg(participant ORDER BY id) FROM participant")
    database = upgraded()
    with psycopg.connect(before) as new:
        [[kept]] = new.execute("SELECT json_agg(participant ORDER BY id) FROM participant")
        assert [
            {name: now[name] for name in then} for then, now in zip(people, kept, strict=True)
        ] == (people)
        assert {(one["merged_into"], str(one["borrowed"])) for one in kept} == {(None, "[]")}
    everything = Scope(programmes=None)
    with database.transaction() as transaction:
        rows = search(
            transaction, read_query("dupnot helene"), scope=everything, after=None, limit=9
        )
        one, other = (row.Participant for row in rows)
        merged = merging.merge(transaction, one.id, other.id, scope=everything, by="x")
        assert {one.email, one.phone} == {"h@e.org", "+33612345678"}
        merging.undo(transaction, merged.id, scope=everything, by="x")
        assert None in (one.email, one.phone)
