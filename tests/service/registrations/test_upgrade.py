"""A database of the first version keeps all that is in it."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from psycopg.errors import ExclusionViolation
from sqlalchemy import create_engine

from services.registrations.models import Base
from shared.events.catalogue import StaffChanged
from shared.events.short_codes import code_number
from shared.migrations import check, configuration, migrate

_OLD_ROWS = """
INSERT INTO organisation (code, name) VALUES ('o', 'O');
INSERT INTO place (code, name) VALUES ('p', 'P');
INSERT INTO programme (code, name) VALUES ('q', 'Q');
INSERT INTO room (id, place_code, name) VALUES
    ('00000000-0000-7000-8000-000000000001', 'p', 'Hall'),
    ('00000000-0000-7000-8000-000000000002', 'p', 'Atelier');
INSERT INTO activity (id, title, organisation_code, programme_code, search_text) VALUES
    ('00000000-0000-7000-8000-000000000003', 'T', 'o', 'q', 't');
INSERT INTO session (id, activity_id, place_code, status, capacity, confirmed, closes_at, starts_at,
    ends_at) VALUES ('00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000003',
    'p', 'published', 5, 5, now(), now(), now());
INSERT INTO meeting (id, session_id, room_id, starts_at, ends_at, facilitator)
    SELECT gen_random_uuid(), '00000000-0000-7000-8000-000000000004', room.id,
        '2026-10-01 10:00Z'::timestamptz + n * shift, '2026-10-01 12:00Z'::timestamptz + n * shift, who
    FROM (VALUES ('Hall', interval '1 hour', 'Léa'), ('Atelier', interval '2 hours', 'Sami'))
        AS many (name_of_room, shift, who)
    JOIN room ON room.name = name_of_room, generate_series(0, 1) AS n;
"""


# Programmes that say by situations whom they are for, one of them by a situation that stands for another
# programme's cohort; and a person who is registered.
_WHO_MAY_JOIN = """
INSERT INTO programme (code, name, situations) VALUES
    ('open', 'Open', '{}'), ('unisvers', 'U', '{minimum-benefits,awaiting-rights}'),
    ('sante', 'S', '{minimum-benefits,unisvers-cohort}'), ('after', 'A', '{unisvers-cohort}'),
    ('young', 'Y', '{choir-cohort}');
INSERT INTO participant (id, given_name, family_name, name_key, access_key) VALUES
    ('00000000-0000-7000-8000-000000000005', 'Ada', 'Lovelace', 'ada|lovelace', 'a secret of é');
INSERT INTO registration (id, session_id, participant_id, party_id, status, rank)
    SELECT id, '00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000005', id, status, 1
    FROM (VALUES ('00000000-0000-7000-8000-000000000006'::uuid, 'confirmed'),
        ('00000000-0000-7000-8000-000000000007'::uuid, 'cancelled')) AS made (id, status);
"""


@pytest.fixture
def first_version(postgres_url: str) -> Iterator[str]:
    """A database as the first revision made it, with meetings that overlap and somebody in a session."""
    name = f"old_registrations_{os.getpid()}"
    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        url = f"{postgres_url}/{name}"
        _upgrade(url, "registrations_0001")
        with psycopg.connect(url) as database:
            database.execute(_OLD_ROWS)
            database.execute(_WHO_MAY_JOIN)
        yield url
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def _upgrade(url: str, revision: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        config = configuration("registrations")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def test_meetings_that_overlap_already_are_kept_and_the_others_protected(
    first_version: str,
) -> None:
    migrate("registrations", first_version)
    check("registrations", first_version, Base.metadata)
    with psycopg.connect(first_version) as database:
        shared = dict(database.execute("SELECT name, shared FROM room").fetchall())
        assert shared == {"Hall": True, "Atelier": False}
        held = database.execute(
            "SELECT room.name, holds_room, holds_facilitator, count(*) FROM meeting "
            "JOIN room ON room.id = room_id GROUP BY 1, 2, 3 ORDER BY 1"
        ).fetchall()
        assert held == [("Atelier", True, True, 2), ("Hall", False, False, 2)]
        again = (
            "INSERT INTO meeting (id, session_id, room_id, starts_at, ends_at) SELECT "
            "gen_random_uuid(), session_id, room_id, starts_at, ends_at FROM meeting WHERE holds_room"
        )
        database.execute(again)
        with pytest.raises(ExclusionViolation):
            database.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_situations_become_a_rule_and_those_of_a_cohort_a_seat_in_its_programme(
    first_version: str,
) -> None:
    migrate("registrations", first_version)
    with psycopg.connect(first_version) as database:
        rules = dict(database.execute("SELECT code, eligibility FROM programme").fetchall())
    assert rules == {
        "q": [],
        "open": [],
        "unisvers": [{"situations": ["minimum-benefits", "awaiting-rights"]}],
        "sante": [{"situations": ["minimum-benefits"]}, {"member_of": "unisvers"}],
        "after": [{"member_of": "unisvers"}],
        # There is no such programme: it was a situation like any other.
        "young": [{"situations": ["choir-cohort"]}],
    }


def test_registrations_that_are_there_already_get_their_codes(first_version: str) -> None:
    migrate("registrations", first_version)
    with psycopg.connect(first_version) as database:
        rows = database.execute("SELECT id, short_code FROM registration").fetchall()
    assert len(rows) == 2
    assert dict(rows) == {id_: code_number("a secret of é", id_) for id_, _ in rows}


def test_accounts_that_are_there_already_are_told_of_as_new_ones_will_be(
    first_version: str,
) -> None:
    _upgrade(first_version, "registrations_0014")
    with psycopg.connect(first_version) as database:
        database.execute(
            "INSERT INTO staff (id, email, name, role, programmes, disabled_at) VALUES"
            " (gen_random_uuid(), 'ana@ccas.example', 'Ana', 'adviser', '{budget}', NULL),"
            " (gen_random_uuid(), 'old@ccas.example', 'Old', 'manager', '{}', now())"
        )
    migrate("registrations", first_version)
    with psycopg.connect(first_version) as database:
        rows = database.execute(
            "SELECT data FROM event_log WHERE type = 'staff.changed' ORDER BY data ->> 'name'"
        ).fetchall()
    facts = [StaffChanged.instance().load(data) for (data,) in rows]
    assert [(fact["email"], fact["programmes"], fact["active"]) for fact in facts] == [
        ("ana@ccas.example", ["budget"], True),
        ("old@ccas.example", [], False),
    ]
