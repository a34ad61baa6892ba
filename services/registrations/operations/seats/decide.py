"""An adviser's decision on a registration that awaits one."""

from uuid import UUID

from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload

from services.registrations.domain import RegistrationStatus
from services.registrations.models import Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.offer.enough import form_if_enough
from services.registrations.operations.seats.find import waitlist_position
from services.registrations.operations.seats.lock import lock_session
from services.registrations.operations.seats.move import move, refuse_unless_possible
from services.registrations.refusals import RegistrationNotFound
from shared.messaging import log


def confirm(
    transaction: Transaction, registration_id: UUID, *, decided_by: str, note: str | None
) -> Registration:
    """The person may join: a seat if one is free, else the place in line of their rank.

    Raises:
        RegistrationNotFound, IllegalTransition.
    """
    registration, session = _pending(transaction, registration_id, "confirm")
    _record(registration, decided_by, None, note)
    if session.waitlisted == 0 and session.taken < session.capacity:
        previous = move(session, registration, "confirm", RegistrationStatus.CONFIRMED)
        fact = facts.registration_confirmed(
            registration,
            registration.participant,
            previous=previous,
            by="staff",
        )
    else:
        previous = move(session, registration, "confirm", RegistrationStatus.WAITLISTED)
        transaction.flush()
        fact = facts.registration_waitlisted(
            registration,
            registration.participant,
            previous=previous,
            by="staff",
            position=waitlist_position(transaction, registration),
        )
    log.append(transaction, fact)
    form_if_enough(transaction, session)
    return registration


def decline(
    transaction: Transaction,
    registration_id: UUID,
    *,
    decided_by: str,
    reason: str,
    note: str | None,
) -> Registration:
    """The person cannot join, for ``reason`` (one of ``DECLINE_REASONS``); ``note`` stays here.

    Raises:
        RegistrationNotFound, IllegalTransition.
    """
    registration, session = _pending(transaction, registration_id, "decline")
    _record(registration, decided_by, reason, note)
    previous = move(session, registration, "decline", RegistrationStatus.DECLINED)
    fact = facts.registration_declined(registration, previous=previous, reason=reason)
    log.append(transaction, fact)
    return registration


def _pending(
    transaction: Transaction, registration_id: UUID, action: str
) -> tuple[Registration, Session]:
    registration = transaction.get(
        Registration, registration_id, options=[joinedload(Registration.participant)]
    )
    if registration is None:
        raise RegistrationNotFound
    session = lock_session(transaction, registration.session_id)
    transaction.refresh(registration, ["status"])
    if session is None:
        raise RegistrationNotFound
    refuse_unless_possible(registration, action)
    return registration, session


def _record(
    registration: Registration, decided_by: str, reason: str | None, note: str | None
) -> None:
    registration.decided_by = decided_by
    registration.decision_reason = reason
    registration.decision_note = note
