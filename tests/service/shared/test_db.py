"""One service's storage: transactions, single statements, dead connections, and what follows a commit."""

import logging
import select
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from shared.db import Database, after_commit
from tests.servers import wait_until


class Stop(Exception):
    """Raised by a block to see what becomes of its work."""


@pytest.fixture
def database(database_urls: dict[str, str]) -> Iterator[Database]:
    """A database with one connection and an empty table ``note``."""
    database = Database()
    database.connect(database_urls["reporting"], pool_size=1)
    with database.transaction() as session:
        session.execute(text("CREATE TABLE note (said text)"))
    yield database
    with database.transaction() as session:
        session.execute(text("DROP TABLE note"))
    database.dispose()


@pytest.fixture
def admin(database_urls: dict[str, str]) -> Iterator[psycopg.Connection]:
    """A connection of another's, on which each statement stands for itself."""
    with psycopg.connect(database_urls["reporting"], autocommit=True) as connection:
        yield connection


def _write(said: str, database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("INSERT INTO note VALUES (:said)"), {"said": said})


def _said(admin: psycopg.Connection) -> list[str]:
    return [said for (said,) in admin.execute("SELECT said FROM note ORDER BY said").fetchall()]


# ── transactions ────────────────────────────────────────────────────────────────────────────────


def test_a_transaction_is_committed_when_its_block_ends(
    database: Database, admin: psycopg.Connection
) -> None:
    with database.transaction() as session:
        session.execute(text("INSERT INTO note VALUES ('a'), ('b')"))
        assert _said(admin) == []
    assert _said(admin) == ["a", "b"]


def _fail_after_writing(said: str, database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("INSERT INTO note VALUES (:said)"), {"said": said})
        raise Stop


def test_a_transaction_whose_block_raises_leaves_nothing(
    database: Database, admin: psycopg.Connection
) -> None:
    with pytest.raises(Stop):
        _fail_after_writing("a", database)
    assert _said(admin) == []
    _write("b", database)
    assert _said(admin) == ["b"]


def test_times_are_utc_whatever_the_server_thinks(database: Database) -> None:
    with database.transaction() as session:
        assert session.scalar(text("SHOW timezone")) == "UTC"


def test_each_statement_commits_by_itself(database: Database, admin: psycopg.Connection) -> None:
    with database.statement() as connection:
        connection.execute("INSERT INTO note VALUES ('a')")
        assert _said(admin) == ["a"]
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("INSERT INTO note VALUES ('b'), ((1 / 0)::text)")
        assert _said(admin) == ["a"]
        connection.execute("INSERT INTO note VALUES ('c')")
    assert _said(admin) == ["a", "c"]


def test_a_statement_leaves_no_transaction_open_and_keeps_its_connection(
    database: Database, admin: psycopg.Connection
) -> None:
    pids = set()
    for _ in range(3):
        with database.statement() as connection:
            pids.add(connection.execute("SELECT pg_backend_pid() AS pid").fetchone().pid)
    [pid] = pids
    state = admin.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid])
    assert state.fetchone() == ("idle",)


@pytest.mark.parametrize("way", ["transaction", "statement"])
def test_nobody_waits_for_a_lock_for_ever(database: Database, way: str) -> None:
    with getattr(database, way)() as connection:
        query = "SHOW lock_timeout"
        wanted = text(query) if isinstance(connection, Session) else query
        [limit] = connection.execute(wanted).fetchone()
    assert limit == "10s"


def test_a_database_must_be_connected_first() -> None:
    with pytest.raises(RuntimeError, match="connect"), Database().transaction():
        pass
    with pytest.raises(RuntimeError, match="connect"), Database().statement():
        pass


def test_no_more_connections_are_opened_than_the_pool_has(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database.engine.pool, "_timeout", 0.05)
    with database.transaction() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(PoolTimeout), database.transaction() as other:
            other.execute(text("SELECT 1"))


def test_an_error_does_not_say_what_was_to_be_written(database: Database) -> None:
    query = text("INSERT INTO note SELECT :said WHERE 1 / 0 = 1")
    with pytest.raises(DBAPIError) as failure, database.transaction() as session:
        session.execute(query, {"said": "Amina"})
    assert "Amina" not in str(failure.value)


# ── dead connections ────────────────────────────────────────────────────────────────────────────


def _connection_of_a_transaction(database: Database) -> psycopg.Connection:
    with database.transaction() as session:
        session.execute(text("SELECT 1"))
        connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


def _connection_of_a_statement(database: Database) -> psycopg.Connection:
    with database.statement() as connection:
        connection.execute("SELECT 1")
    return connection


def test_threads_do_not_share_the_connection_of_their_statements(database: Database) -> None:
    with ThreadPoolExecutor(1) as other:
        theirs = other.submit(_connection_of_a_statement, database).result()
        assert theirs is not _connection_of_a_statement(database)
        other.submit(database.dispose).result()


@pytest.mark.parametrize(
    "connection_of", [_connection_of_a_transaction, _connection_of_a_statement]
)
def test_a_connection_that_the_server_closed_is_replaced_unnoticed(
    database: Database,
    admin: psycopg.Connection,
    connection_of: Callable[[Database], psycopg.Connection],
) -> None:
    dead = connection_of(database)
    assert connection_of(database) is dead
    goodbye = select.poll()
    goodbye.register(dead.fileno(), select.POLLIN)
    admin.execute("SELECT pg_terminate_backend(%s)", [dead.info.backend_pid])
    wait_until(lambda: goodbye.poll(0), "the goodbye of the server has arrived here")
    assert connection_of(database) is not dead


# ── after the commit ────────────────────────────────────────────────────────────────────────────


def test_what_follows_a_commit_sees_what_was_committed_and_in_order(
    database: Database, admin: psycopg.Connection
) -> None:
    seen: list[object] = []
    with database.transaction() as session:
        after_commit(session, lambda: seen.append(_said(admin)))
        after_commit(session, lambda: seen.append("second"))
        session.execute(text("INSERT INTO note VALUES ('a')"))
        assert seen == []
    assert seen == [["a"], "second"]


def test_after_a_rollback_nothing_follows(database: Database) -> None:
    seen: list[int] = []

    def fail() -> None:
        with database.transaction() as session:
            after_commit(session, lambda: seen.append(1))
            raise Stop

    with pytest.raises(Stop):
        fail()
    _write("b", database)
    assert seen == []


def test_a_commit_that_fails_is_followed_by_nothing(database: Database) -> None:
    seen: list[int] = []
    with database.transaction() as session:
        session.execute(text("ALTER TABLE note ADD UNIQUE (said) DEFERRABLE INITIALLY DEFERRED"))

    def write_twice() -> None:
        with database.transaction() as session:
            after_commit(session, lambda: seen.append(1))
            session.execute(text("INSERT INTO note VALUES ('a'), ('a')"))
            seen.append(0)

    with pytest.raises(IntegrityError, match="duplicate key"):
        write_twice()
    assert seen == [0]


def test_what_fails_after_a_commit_is_logged_and_keeps_nothing_from_following(
    database: Database, admin: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[int] = []
    with caplog.at_level(logging.WARNING), database.transaction() as session:
        after_commit(session, lambda: 1 / 0)
        after_commit(session, lambda: seen.append(1))
        session.execute(text("INSERT INTO note VALUES ('a')"))
    assert _said(admin) == ["a"]
    assert seen == [1]
    assert caplog.messages == ["after_commit_failed"]
    assert "ZeroDivisionError" in caplog.text
