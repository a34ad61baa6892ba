"""Who came, and what they thought of it, as facts. Both may be told again: the last word counts."""

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from services.reporting.models import (
    attendance_fact,
    feedback_fact,
    head_count_fact,
    registration_fact,
)
from shared.events.envelope import Event
from shared.messaging.rows import Row, RowHandler

# The person whom the registration counts: since they were told of, they may be merged or forgotten.
_counted = select(registration_fact.c.participant_id).where(
    registration_fact.c.registration_id == bindparam("of_registration")
)
_presence = insert(attendance_fact).values(
    participant_id=func.coalesce(_counted.scalar_subquery(), bindparam("told"))
)
_PRESENCE = _presence.on_conflict_do_update(
    index_elements=[attendance_fact.c.registration_id, attendance_fact.c.meeting_id],
    set_={name: _presence.excluded[name] for name in ("status", "minutes", "position")},
)
_heads = insert(head_count_fact)
_HEADS = _heads.on_conflict_do_update(
    index_elements=[head_count_fact.c.meeting_id],
    set_={name: _heads.excluded[name] for name in ("count", "minutes", "position")},
    where=head_count_fact.c.position < _heads.excluded.position,
)
_opinion = insert(feedback_fact)
_OPINION = _opinion.on_conflict_do_update(
    index_elements=[feedback_fact.c.feedback_id],
    set_={name: _opinion.excluded[name] for name in ("rating", "position")},
)


def _presence_row(event: Event) -> Row:
    told = event.data
    return {
        "registration_id": told["registration_id"],
        "meeting_id": told["meeting_id"],
        "session_id": told["session_id"],
        "of_registration": told["registration_id"],
        "told": told["participant_id"],
        "status": told["status"],
        "minutes": told["minutes"],
        "position": event.position,
    }


def _heads_row(event: Event) -> Row:
    told = event.data
    return {
        "meeting_id": told["meeting_id"],
        "session_id": told["session_id"],
        "count": told["count"],
        "minutes": told["minutes"],
        "position": event.position,
    }


def _rating_row(event: Event) -> Row:
    return {
        "feedback_id": event.data["registration_id"],
        "registration_id": event.data["registration_id"],
        "session_id": event.data["session_id"],
        "rating": event.data["rating"],
        "position": event.position,
    }


def _collected_row(event: Event) -> Row:
    return {
        "feedback_id": event.data["feedback_id"],
        "registration_id": None,
        "session_id": event.data["session_id"],
        "rating": event.data["rating"],
        "position": event.position,
    }


# Whether a person came to one meeting.
note_attendance = RowHandler(_PRESENCE, _presence_row)
# How many came to a meeting for which nobody registers.
note_head_count = RowHandler(_HEADS, _heads_row)
# A participant's rating of a session.
note_feedback = RowHandler(_OPINION, _rating_row)
# The rating that somebody, unknown, gave on the place's tablet.
note_collected = RowHandler(_OPINION, _collected_row)
