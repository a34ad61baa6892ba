"""A session will not take place."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import LIVE, RegistrationStatus, SessionStatus
from services.registrations.models import Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.offer.alternatives import find_alternatives
from services.registrations.operations.offer.booking import let_go
from services.registrations.operations.offer.changes import note_change
from services.registrations.operations.offer.sessions.own import own_session
from services.registrations.operations.seats.move import move
from services.registrations.refusals import SessionState
from shared.messaging import log


def cancel_session(
    transaction: Transaction,
    session_id: UUID,
    *,
    organisation: str | None,
    reason: str = "other",
) -> Session:
    """The session will not take place; everyone registered is told, and what else there is.

    ``reason`` is one of ``CANCEL_REASONS``. A second call changes nothing.

    Raises:
        SessionNotFound, OtherOrganisation, SessionState: it is closed already.
    """
    session = own_session(transaction, session_id, organisation)
    if session.status == SessionStatus.CANCELLED:
        return session
    if session.status == SessionStatus.CLOSED:
        raise SessionState
    was_published = session.status == SessionStatus.PUBLISHED
    session.status = SessionStatus.CANCELLED
    note_change(session)
    let_go(session)
    if was_published:
        alternatives = find_alternatives(transaction, session)
        log.append(transaction, facts.session_cancelled(session, alternatives, reason=reason))
        _cancel_all(transaction, session)
    return session


def _cancel_all(transaction: Transaction, session: Session) -> None:
    query = select(Registration).where(
        Registration.session_id == session.id, Registration.status.in_(LIVE)
    )
    cancelled = []
    for registration in transaction.scalars(query.order_by(Registration.rank)):
        previous = move(session, registration, "cancel", RegistrationStatus.CANCELLED)
        fact = facts.registration_cancelled(registration, previous=previous, by="system")
        cancelled.append(fact)
    log.append(transaction, *cancelled)
