"""The event log: facts appended in the transaction of the rows they are about, and the feed that reads them.

The log is the truth; the broker is only the wire.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from shared import tracing
from shared.events.catalogue import Fact
from shared.events.envelope import cloudevent
from shared.messaging.tables import event_log

# Events become visible when their transaction commits, in any order of their ids. Positions are
# given here, one relay at a time, to what is visible: so a position once read can never have a
# later-committing event slip in before it. Among events visible together the id decides: an
# operation appends after taking the lock on what it changes, so ids follow cause and effect.
_GIVE_POSITIONS = text("""
    WITH next AS (
        SELECT id, row_number() OVER (ORDER BY id) AS step
        FROM (SELECT id FROM event_log WHERE position IS NULL ORDER BY id LIMIT :most) AS waiting)
    UPDATE event_log
    SET position = (SELECT coalesce(max(position), 0) FROM event_log) + next.step
    FROM next
    WHERE event_log.id = next.id
""")


def append(session: Session, *facts: Fact) -> None:
    """Log ``facts`` in the transaction of ``session``; they are told if and only if it commits."""
    if not facts:
        return
    session.execute(insert(event_log), [row_of(fact) for fact in facts])
    appended(session)


def appended(session: Session) -> None:
    """Say that a statement of the caller's own logged facts: the relay is woken once they are committed."""
    session.info["event_logged"] = True


def row_of(fact: Fact) -> dict[str, Any]:
    """The columns of ``event_log`` that hold ``fact``."""
    return {
        "event_id": uuid7(),
        "type": fact.type,
        "version": fact.version,
        "subject": fact.subject,
        "traceparent": tracing.current() or tracing.child_of(None),
        "data": fact.data,
    }


def give_positions(connection: Connection, *, most: int) -> int:
    """Number up to ``most`` committed events, in order; only the relay that holds the lock may.

    Returns how many were numbered.
    """
    return connection.execute(_GIVE_POSITIONS, {"most": most}).rowcount


def read_after(
    connection: Connection | Session,
    after: int,
    *,
    limit: int,
    types: Collection[str] | None = None,
) -> Sequence[Row[Any]]:
    """Up to ``limit`` numbered events past position ``after``, of ``types`` (None: all), in order."""
    query = select(event_log).where(event_log.c.position > after)
    if types is not None:
        query = query.where(event_log.c.type.in_(types))
    return connection.execute(query.order_by(event_log.c.position).limit(limit)).all()


def head(connection: Connection | Session) -> int:
    """The last position given; 0 in an empty log."""
    return connection.scalar(select(func.coalesce(func.max(event_log.c.position), 0))) or 0


def unrelayed(connection: Connection | Session) -> int:
    """How many committed events have no position yet."""
    query = select(func.count()).select_from(event_log).where(event_log.c.position.is_(None))
    return connection.scalar(query) or 0


def envelope(row: Row[Any], source: str, *, with_data: bool = True) -> dict[str, Any]:
    """One row of the log of ``source`` as a CloudEvent."""
    return cloudevent(
        id=row.event_id,
        type=row.type,
        version=row.version,
        source=source,
        subject=row.subject,
        time=row.time,
        position=row.position,
        traceparent=row.traceparent,
        data=row.data if with_data else None,
    )
