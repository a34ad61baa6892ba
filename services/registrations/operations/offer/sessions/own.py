"""The session that somebody may change."""

from uuid import UUID

from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import SessionStatus
from services.registrations.models import Session
from services.registrations.operations.seats.lock import lock_session
from services.registrations.refusals import OtherOrganisation, SessionNotFound

ENDED = (SessionStatus.CANCELLED, SessionStatus.CLOSED)


def own_session(transaction: Transaction, session_id: UUID, organisation: str | None) -> Session:
    """The session, locked, for a caller who may change it.

    Raises:
        SessionNotFound: there is none, or only another organisation's draft.
        OtherOrganisation: it was published, as everyone can see.
    """
    session = lock_session(transaction, session_id)
    if session is None:
        raise SessionNotFound
    if organisation not in (None, session.activity.organisation_code):
        raise SessionNotFound if session.status == SessionStatus.DRAFT else OtherOrganisation
    return session
