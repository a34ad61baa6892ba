"""What taking part has led to, as facts. It may be told again: the last word counts."""

from sqlalchemy.dialects.postgresql import insert

from services.reporting.models import outcome_fact
from shared.events.envelope import Event
from shared.messaging.rows import Row, RowHandler

_insert = insert(outcome_fact)
_OUTCOME = _insert.on_conflict_do_update(
    index_elements=[outcome_fact.c.registration_id],
    set_={name: _insert.excluded[name] for name in ("outcome", "as_of", "position")},
    where=outcome_fact.c.position < _insert.excluded.position,
)


def _row(event: Event) -> Row:
    told = event.data
    return {
        "registration_id": told["registration_id"],
        "session_id": told["session_id"],
        "outcome": told["outcome"],
        "as_of": told["as_of"],
        "position": event.position,
    }


# Somebody's taking part has led to something, or to nothing yet.
note_result = RowHandler(_OUTCOME, _row)
