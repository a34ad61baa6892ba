"""Poison: an event whose handler keeps failing is set aside, and those of its subject behind it."""

import traceback
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Text, cast, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from shared.events.envelope import Unreadable
from shared.messaging.tables import parked_event

# How often operators are told, at most.
PARKED_TOLD_EVERY = timedelta(hours=1)
BEHIND = "behind an earlier parked event of the same subject"


def park(session: Session, source: str, envelope: dict[str, Any], error: str) -> None:
    """Set ``envelope`` aside with the reason; harmless when it is there already."""
    session.execute(
        insert(parked_event)
        .values(
            source=source,
            position=envelope["position"],
            type=str(envelope.get("type")),
            subject=str(envelope.get("subject")),
            envelope=envelope,
            error=error,
        )
        .on_conflict_do_nothing()
    )


def parked_subjects(session: Session, source: str) -> set[str]:
    """The subjects of ``source`` whose next events must wait."""
    query = select(parked_event.c.subject).where(parked_event.c.source == source)
    return set(session.scalars(query))


def parked(session: Session, ids: Collection[int] | None = None) -> Sequence[Row[Any]]:
    """Parked events (all, or those of ``ids``), in the order in which they must be replayed."""
    query = select(parked_event).order_by(parked_event.c.source, parked_event.c.position)
    if ids is not None:
        query = query.where(parked_event.c.id.in_(ids))
    return session.execute(query).all()


def blocking(session: Session, event: Row[Any]) -> bool:
    """Whether an earlier event of the same subject is still parked."""
    earlier = (
        select(func.count())
        .select_from(parked_event)
        .where(
            parked_event.c.source == event.source,
            parked_event.c.subject == event.subject,
            parked_event.c.position < event.position,
        )
    )
    return bool(session.scalar(earlier))


def rewrite(
    session: Session,
    source: str,
    field: str,
    value: str,
    *,
    of: Mapping[str, Collection[str]],
) -> int:
    """Set ``field`` of the data of parked events that have it, where another says one of the values in ``of``.

    For what became of the world after they were set aside. Returns how many that were.
    """
    data = parked_event.c.envelope["data"]
    rewritten = session.execute(
        update(parked_event)
        .where(
            parked_event.c.source == source,
            data.has_key(field),
            or_(*(data[name].astext.in_(values) for name, values in of.items())),
        )
        .values(
            envelope=func.jsonb_set(
                parked_event.c.envelope, cast(["data", field], ARRAY(Text)), func.to_jsonb(value)
            )
        )
        .returning(parked_event.c.id)
    )
    return len(rewritten.all())


def release(session: Session, id: int) -> None:
    """Forget a parked event that has been handled."""
    session.execute(delete(parked_event).where(parked_event.c.id == id))


def still_failing(session: Session, id: int, error: str) -> None:
    session.execute(update(parked_event).where(parked_event.c.id == id).values(error=error))


def take_untold(session: Session, *, every: timedelta) -> int:
    """How many events were set aside that operators have not been told of; they count as told from now on.

    0 as well when operators were told of others less than ``every`` ago.
    """
    lately = select(parked_event.c.id).where(parked_event.c.told_at > func.now() - every).exists()
    taken = session.execute(
        update(parked_event)
        .where(parked_event.c.told_at.is_(None), ~lately)
        .values(told_at=func.now())
        .returning(parked_event.c.id)
    )
    return len(taken.all())


def reason(error: Exception) -> str:
    """What went wrong and where, without the values at hand: they may be personal."""
    if isinstance(error, Unreadable):
        return f"Unreadable: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = ours[-1]
    return f"{type(error).__name__} in {place.name} ({Path(place.filename).name}:{place.lineno})"
