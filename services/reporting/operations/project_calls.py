"""Calls to people who missed meetings, as facts: how many there were, and what came of them."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.reporting.models import call_fact
from shared.events.envelope import Event

_NEEDED = insert(call_fact).on_conflict_do_nothing()
_insert = insert(call_fact)
_SETTLED = _insert.on_conflict_do_update(
    index_elements=[call_fact.c.call_id],
    set_={name: _insert.excluded[name] for name in ("outcome", "position")},
    where=call_fact.c.position < _insert.excluded.position,
)


def note_call(session: Session, event: Event) -> None:
    """Somebody is to be called."""
    told = event.data
    row = {"call_id": told["call_id"], "session_id": told["session_id"], "position": event.position}
    session.connection().execute(_NEEDED, row)


def note_settled_call(session: Session, event: Event) -> None:
    """They were called, or need not be any more."""
    told = event.data
    session.connection().execute(
        _SETTLED,
        {
            "call_id": told["call_id"],
            "session_id": told["session_id"],
            "outcome": told["outcome"],
            "position": event.position,
        },
    )
