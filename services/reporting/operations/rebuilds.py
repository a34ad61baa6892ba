"""Emptying the facts and filling them again from the feeds, while the old figures still answer."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from services.reporting.domain import LEASE_SECONDS, RebuildStatus
from services.reporting.models import FACTS, Rebuild
from services.reporting.refusals import RebuildNotFound, RebuildRunning
from shared.db import Database
from shared.messaging.parking import reason
from shared.messaging.receiver import Receiver

log = logging.getLogger(__name__)

_NOBODY_CAME_BACK = "the run stopped without a word; the figures are as they were, or whole"


def start_rebuild(session: Session) -> UUID:
    """Note that the facts are to be rebuilt; a worker does it.

    Raises:
        RebuildRunning: one is under way.
    """
    statement = (
        insert(Rebuild)
        .values(id=uuid7(), due_at=_lease())
        .on_conflict_do_nothing(
            index_elements=["status"], index_where=Rebuild.status == RebuildStatus.RUNNING.value
        )
    )
    started = session.execute(statement.returning(Rebuild.id)).scalar()
    if started is None:
        raise RebuildRunning
    return started


def run_rebuild(database: Database, receiver: Receiver, rebuild_id: UUID) -> None:
    """Do the rebuild, once: a second call with the same id does nothing.

    Facts are rebuilt in one transaction and progress is told outside it. Whatever goes wrong leaves the
    figures as they were and the rebuild ``failed``.
    """
    with database.transaction() as session:
        if not _take(session, rebuild_id):
            return

    def tell(events: int) -> None:
        with database.transaction() as session:
            _write(session, rebuild_id, events=events, due_at=_lease())

    try:
        events = receiver.rebuild(empty_facts, tell)
    except Exception as error:  # a feed, the database, a time limit: whichever, the run is over
        why = reason(error)
        # Not the traceback: the values in it may be anybody's.
        log.warning("rebuild_failed", extra={"rebuild": str(rebuild_id), "reason": why})
        with database.transaction() as session:
            _write(
                session,
                rebuild_id,
                status=RebuildStatus.FAILED,
                error=why,
                finished_at=func.now(),
            )
        return
    with database.transaction() as session:
        _write(
            session,
            rebuild_id,
            status=RebuildStatus.DONE,
            events=events,
            error=None,
            finished_at=func.now(),
        )


def empty_facts(session: Session) -> None:
    """Delete every fact. Not TRUNCATE: whoever reads meanwhile must see the old ones."""
    for fact in FACTS:
        session.execute(delete(fact))


def fail_abandoned(session: Session) -> None:
    """A rebuild that has said nothing for long has failed."""
    session.execute(
        update(Rebuild)
        .where(Rebuild.status == RebuildStatus.RUNNING, Rebuild.due_at <= func.now())
        .values(status=RebuildStatus.FAILED, error=_NOBODY_CAME_BACK, finished_at=func.now())
        .execution_options(synchronize_session=False)
    )


def find_rebuild(session: Session, rebuild_id: UUID) -> Rebuild:
    """Raises RebuildNotFound."""
    found = session.get(Rebuild, rebuild_id)
    if found is None:
        raise RebuildNotFound
    return found


def _take(session: Session, rebuild_id: UUID) -> bool:
    taken = session.execute(
        update(Rebuild)
        .where(
            Rebuild.id == rebuild_id,
            Rebuild.status == RebuildStatus.RUNNING,
            Rebuild.is_taken.is_(False),
        )
        .values(is_taken=True, due_at=_lease())
        .returning(Rebuild.id)
        .execution_options(synchronize_session=False)
    )
    return taken.one_or_none() is not None


def _write(session: Session, rebuild_id: UUID, **values: Any) -> None:
    session.execute(
        update(Rebuild)
        .where(Rebuild.id == rebuild_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _lease() -> Any:
    return func.now() + timedelta(seconds=LEASE_SECONDS)
