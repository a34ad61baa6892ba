"""A session is over."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationStatus, SessionStatus
from services.registrations.models import Attendance, Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.offer.changes import note_change
from services.registrations.operations.offer.sessions.own import own_session
from services.registrations.operations.seats.accept import expire_offers
from services.registrations.refusals import SessionState
from shared.messaging import log


def close_session(
    transaction: Transaction, session_id: UUID, *, organisation: str | None
) -> Session:
    """The session is over: no more registrations, and its report is written. A second call changes nothing.

    Raises:
        SessionNotFound, OtherOrganisation. SessionState: it was never held, or has not begun.
    """
    session = own_session(transaction, session_id, organisation)
    if session.status == SessionStatus.CLOSED:
        return session
    if session.status != SessionStatus.PUBLISHED or session.starts_at > now():
        raise SessionState
    expire_offers(transaction, session, over_only=False)
    session.status = SessionStatus.CLOSED
    note_change(session)
    log.append(transaction, facts.session_closed(session, _who_came(transaction, session)))
    return session


def _who_came(transaction: Transaction, session: Session) -> Sequence[UUID]:
    """Registrations whose holders were there at least once; of a session without a list, all who had a seat."""
    held = select(Attendance.registration_id).where(
        Attendance.meeting_id.in_([meeting.id for meeting in session.meetings])
    )
    came = held.where(Attendance.status == "present")
    seated = (Registration.status == RegistrationStatus.CONFIRMED) & ~held.exists()
    return transaction.scalars(
        select(Registration.id)
        .where(Registration.session_id == session.id, or_(Registration.id.in_(came), seated))
        .order_by(Registration.rank)
    ).all()
