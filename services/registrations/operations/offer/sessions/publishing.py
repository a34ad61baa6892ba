"""A draft is published: people may register."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import SessionStatus
from services.registrations.models import Session
from services.registrations.operations import facts
from services.registrations.operations.offer.changes import note_change
from services.registrations.operations.offer.sessions.own import own_session
from services.registrations.refusals import SessionState
from shared.messaging import log


def publish(transaction: Transaction, session_id: UUID, *, organisation: str | None) -> Session:
    """Let people register. Publishing again changes nothing.

    Raises:
        SessionNotFound, OtherOrganisation, SessionState.
    """
    session = own_session(transaction, session_id, organisation)
    if session.status == SessionStatus.PUBLISHED:
        return session
    if session.status != SessionStatus.DRAFT:
        raise SessionState
    let_register(transaction, [session])
    return session


def let_register(transaction: Transaction, sessions: Sequence[Session]) -> None:
    """Publish drafts, and tell so; two statements, however many they are."""
    for session in sessions:
        session.status = SessionStatus.PUBLISHED
        note_change(session)
    transaction.flush()
    log.append(transaction, *map(facts.session_published, sessions))
