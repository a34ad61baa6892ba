"""What published sessions say of their activity, programme, organisation, place or rooms has changed: told again."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, any_, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import SessionStatus
from services.registrations.models import (
    Activity,
    Base,
    Meeting,
    Organisation,
    Place,
    Programme,
    Room,
    Session,
)
from services.registrations.operations import facts
from services.registrations.operations.offer.changes import note_change
from shared.messaging import log

# As many sessions as are held in memory at once while their events are written.
_BATCH = 500

# Of which kinds of rows, by their keys, something is said differently.
Reworded = Mapping[type[Base], Collection[Any]]


@dataclass(frozen=True, slots=True)
class _Said:
    """The columns of a kind that a session's facts and calendars say, and the sessions that say those of some rows."""

    columns: frozenset[str]
    sessions: Callable[[Collection[Any]], ColumnElement[bool]]


def _among(column: InstrumentedAttribute[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """A condition that takes any number of values as one parameter."""
    return column == any_(literal(list(values), ARRAY(column.type)))


_SAID: Mapping[type[Base], _Said] = {
    Activity: _Said(
        frozenset({"title", "theme", "organisation_code", "programme_code"}),
        lambda ids: _among(Session.activity_id, ids),
    ),
    Programme: _Said(
        frozenset({"name", "discreet", "reminder_minutes"}),
        lambda codes: Session.activity.has(_among(Activity.programme_code, codes)),
    ),
    Organisation: _Said(
        frozenset({"name"}),
        lambda codes: Session.activity.has(_among(Activity.organisation_code, codes)),
    ),
    Place: _Said(
        frozenset({"name", "address", "postcode", "city", "timezone", "phone"}),
        lambda codes: _among(Session.place_code, codes),
    ),
    Room: _Said(
        frozenset({"name"}), lambda ids: Session.meetings.any(_among(Meeting.room_id, ids))
    ),
}


def is_said(kind: type[Base], columns: Collection[str]) -> bool:
    """Whether sessions say any of these ``columns`` of a row of that ``kind``."""
    return kind in _SAID and not _SAID[kind].columns.isdisjoint(columns)


def retell(
    transaction: Transaction,
    reworded: Reworded,
    *,
    ending_after: datetime | None = None,
    besides: Collection[UUID] = (),
) -> None:
    """Tell again of the published sessions that speak of what is ``reworded``, but for those of ``besides``.

    They are locked until the transaction ends: what is told is how they stand, though they are being moved.
    """
    transaction.flush()
    saying = [_SAID[kind].sessions(keys) for kind, keys in reworded.items() if keys]
    if not saying:
        return
    query = select(Session.id).where(Session.status == SessionStatus.PUBLISHED, or_(*saying))
    if ending_after is not None:
        query = query.where(Session.ends_at > ending_after)
    ids = [one for one in transaction.scalars(query.order_by(Session.id)) if one not in besides]
    for batch in _batches(ids):
        found = transaction.scalars(
            select(Session)
            .where(
                _among(Session.id, batch),
                Session.status == SessionStatus.PUBLISHED,
            )
            .order_by(Session.id)
            .with_for_update(of=Session)
            .execution_options(populate_existing=True)
        ).all()
        for session in found:
            note_change(session)
        log.append(transaction, *map(facts.session_rescheduled, found))


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for begin in range(0, len(ids), _BATCH):
        yield ids[begin : begin + _BATCH]
