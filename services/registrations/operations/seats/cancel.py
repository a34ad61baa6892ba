"""Giving up a seat or a place in line, which lets the next one in."""

from uuid import UUID

from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationStatus
from services.registrations.models import Registration
from services.registrations.operations import facts
from services.registrations.operations.seats.lock import lock_session
from services.registrations.operations.seats.move import move
from services.registrations.operations.seats.promote import promote
from services.registrations.refusals import RegistrationNotFound
from shared.messaging import log


def cancel(transaction: Transaction, registration_id: UUID, *, by: str) -> Registration:
    """Cancel a registration; a second call changes nothing. ``by``: participant, staff or system.

    Raises:
        RegistrationNotFound, IllegalTransition.
    """
    registration = transaction.get(Registration, registration_id)
    if registration is None:
        raise RegistrationNotFound
    session = lock_session(transaction, registration.session_id)
    transaction.refresh(registration)
    if session is None or registration.status == RegistrationStatus.CANCELLED:
        return registration
    previous = move(session, registration, "cancel", RegistrationStatus.CANCELLED)
    log.append(transaction, facts.registration_cancelled(registration, previous=previous, by=by))
    transaction.flush()
    promote(transaction, session)
    return registration
