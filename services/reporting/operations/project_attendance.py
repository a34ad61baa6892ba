"""Who came, and what they thought of it, as facts. Both may be told again: the last word counts."""

from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.reporting.models import (
    attendance_fact,
    feedback_fact,
    head_count_fact,
    registration_fact,
)
from shared.events.envelope import Event

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


def note_attendance(session: Session, event: Event) -> None:
    """Whether a person came to one meeting."""
    told = event.data
    session.connection().execute(
        _PRESENCE,
        {
            "registration_id": told["registration_id"],
            "meeting_id": told["meeting_id"],
            "session_id": told["session_id"],
            "of_registration": told["registration_id"],
            "told": told["participant_id"],
            "status": told["status"],
            "minutes": told["minutes"],
            "position": event.position,
        },
    )


def note_head_count(session: Session, event: Event) -> None:
    """How many came to a meeting for which nobody registers."""
    told = event.data
    session.connection().execute(
        _HEADS,
        {
            "meeting_id": told["meeting_id"],
            "session_id": told["session_id"],
            "count": told["count"],
            "minutes": told["minutes"],
            "position": event.position,
        },
    )


def note_feedback(session: Session, event: Event) -> None:
    """A participant's rating of a session."""
    told = event.data
    _note_rating(session, event, told["registration_id"], told["registration_id"])


def note_collected(session: Session, event: Event) -> None:
    """The rating that somebody, unknown, gave on the place's tablet."""
    _note_rating(session, event, event.data["feedback_id"], None)


def _note_rating(
    session: Session, event: Event, feedback_id: UUID, registration_id: UUID | None
) -> None:
    session.connection().execute(
        _OPINION,
        {
            "feedback_id": feedback_id,
            "registration_id": registration_id,
            "session_id": event.data["session_id"],
            "rating": event.data["rating"],
            "position": event.position,
        },
    )
