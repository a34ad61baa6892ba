"""One service's PostgreSQL database, and the only ways to open a transaction on it."""

import logging
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

log = logging.getLogger(__name__)


class Database:
    """The storage of one service.

    Each service holds one as ``services.<name>.db.database``; its entry points ``connect`` it.
    """

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._statements: Engine | None = None
        self.on_event_logged: Callable[[], None] = lambda: None

    def connect(self, url: str, *, pool_size: int = 5) -> None:
        """Point at ``url`` (``postgresql://…``). Connections open when first needed, so this never fails."""
        engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            connect_args={"options": "-c timezone=UTC", "connect_timeout": 5},
        )
        event.listen(engine, "checkout", _refuse_dead_connection)
        self._engine = engine
        self._statements = engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("the database is not connected: call connect() first")
        return self._engine

    def dispose(self) -> None:
        """Close every pooled connection."""
        if self._engine is not None:
            self._engine.dispose()

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
    def statement(self) -> Iterator[Connection]:
        """A connection on which each statement is its own transaction: one exchange, not three.

        For the use cases that are a single SQL statement and whose locks must not outlive it.
        """
        if self._statements is None:
            raise RuntimeError("the database is not connected: call connect() first")
        with self._statements.connect() as connection:
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
    """Leave a connection that the server has closed in the pool's bin.

    An idle PostgreSQL connection has nothing to read: when it has, the server has said goodbye.
    This costs no exchange, where a ping would cost one per request.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if connection.closed or waiting.poll(0):
        raise DisconnectionError("the server closed this connection")
