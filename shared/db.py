"""One service's PostgreSQL database, and the only ways to open a transaction on it."""

import logging
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

log = logging.getLogger(__name__)

# No request waits for a lock longer than this: it answers that it could not.
_CONNECT: dict[str, Any] = {
    "options": "-c timezone=UTC -c lock_timeout=10s",
    "connect_timeout": 5,
}


class Database:
    """The storage of one service.

    Each service holds one as ``services.<name>.db.database``; its entry points ``connect`` it.
    """

    def __init__(self) -> None:
        self._engine: Engine | None = None
        # The same connections.
        self._autocommitting: Engine | None = None
        self._url = ""
        self._own = threading.local()
        self.on_event_logged: Callable[[], None] = lambda: None

    def connect(self, url: str, *, pool_size: int = 5) -> None:
        """Point at ``url`` (``postgresql://…``). Connections open when first needed, so this never fails."""
        engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            connect_args=_CONNECT,
            # Errors end up in logs, where nothing that people entered may be.
            hide_parameters=True,
        )
        event.listen(engine, "checkout", _refuse_dead_connection)
        self._engine = engine
        self._autocommitting = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._url = url
        self._own = threading.local()

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("the database is not connected: call connect() first")
        return self._engine

    def dispose(self) -> None:
        """Close the pooled connections, and this thread's own."""
        if self._engine is not None:
            self._engine.dispose()
        if connection := getattr(self._own, "connection", None):
            connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back if it raises.

        What was handed to :func:`after_commit` runs once the commit has succeeded.
        """
        with Session(self.engine, expire_on_commit=False) as session:
            with session.begin():
                yield session
            self._committed(session.info)

    @contextmanager
    def autocommit(self) -> Iterator[Session]:
        """A session of which each statement is a transaction of its own: one exchange, where a commit takes three."""
        if self._autocommitting is None:
            raise RuntimeError("the database is not connected: call connect() first")
        with Session(self._autocommitting, expire_on_commit=False) as session:
            yield session
            self._committed(session.info)

    @contextmanager
    def statement(self) -> Iterator[psycopg.Connection[Any]]:
        """This thread's own connection, on which each statement is a transaction: one exchange, not three.

        For the use cases that are a single SQL statement and whose locks must not outlive it; it is
        the driver itself, for there is nothing left for an ORM to do. Parameters are PostgreSQL's own, ``$1``,
        which nothing need look for in the text; rows come as named tuples.
        """
        if self._engine is None:
            raise RuntimeError("the database is not connected: call connect() first")
        connection = getattr(self._own, "connection", None)
        if connection is None or _is_dead(connection):
            connection = psycopg.connect(
                self._url,
                autocommit=True,
                cursor_factory=psycopg.RawCursor,
                row_factory=namedtuple_row,
                **_CONNECT,
            )
            self._own.connection = connection
        yield connection

    def _committed(self, info: dict[Any, Any]) -> None:
        if info.get("event_logged"):
            self.on_event_logged()
        for job in info.get("after_commit", ()):
            try:
                job()
            except Exception:
                # The rows are safe; what the job would have hurried, a sweeper finds.
                log.warning("after_commit_failed", exc_info=True)


def after_commit(session: Session, job: Callable[[], object]) -> None:
    """Run ``job`` once the transaction of ``session`` is committed; never if it is rolled back.

    Only for hurrying what the rows already promise: a failing job is logged, and swept up later.
    """
    session.info.setdefault("after_commit", []).append(job)


def _refuse_dead_connection(
    connection: Any, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Leave a connection that the server has closed in the pool's bin."""
    if _is_dead(connection):
        raise DisconnectionError("the server closed this connection")


def _is_dead(connection: Any) -> bool:
    """Whether the server has closed an idle connection: it has nothing to say, until it says goodbye.

    This costs no exchange, where a ping would cost one per request.
    """
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
