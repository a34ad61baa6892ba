"""What the public is told of a session has changed: its calendars and feeds say so."""

from services.registrations.domain import SessionStatus
from services.registrations.models import Session
from services.registrations.operations.clock import now
from shared.events.calendars import sequence_at


def note_change(session: Session) -> None:
    """Note a change of dates, words, place, capacity or status; who registers is none.

    The calendar sequence is the time, or one more than it was where two changes fall into a second.
    """
    session.changed_at = now()
    session.calendar_sequence = max(
        (session.calendar_sequence or 0) + 1, sequence_at(session.changed_at)
    )
    if session.status == SessionStatus.PUBLISHED and session.published_at is None:
        session.published_at = session.changed_at
