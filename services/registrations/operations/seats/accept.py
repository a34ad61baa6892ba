"""Taking the seat that one was offered."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload

from services.registrations.domain import RegistrationStatus, SessionStatus
from services.registrations.models import Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.offer.enough import form_if_enough
from services.registrations.operations.seats.lock import lock_session
from services.registrations.operations.seats.move import move, refuse_unless_possible
from services.registrations.refusals import OfferOver, RegistrationNotFound
from shared.messaging import log


def accept(transaction: Transaction, registration_id: UUID, *, by: str) -> Registration:
    """Take the offered seat, for all of the household; a second call changes nothing.

    ``by``: participant or staff.

    Raises:
        RegistrationNotFound, IllegalTransition. OfferOver: the seat was kept until a moment now past.
    """
    registration = transaction.get(Registration, registration_id)
    if registration is None:
        raise RegistrationNotFound
    session = lock_session(transaction, registration.session_id)
    transaction.refresh(registration)
    if session is None or registration.status == RegistrationStatus.CONFIRMED:
        return registration
    if registration.status == RegistrationStatus.EXPIRED:
        raise OfferOver
    refuse_unless_possible(registration, "accept")
    party = _offered(transaction, registration)
    if session.status != SessionStatus.PUBLISHED or any(_is_over(one) for one in party):
        raise OfferOver
    for one in party:
        previous = move(session, one, "accept", RegistrationStatus.CONFIRMED)
        fact = facts.registration_confirmed(one, one.participant, previous=previous, by=by)
        log.append(transaction, fact)
    form_if_enough(transaction, session)
    return registration


def expire_offers(transaction: Transaction, session: Session, *, over_only: bool = True) -> int:
    """Take back the offers of a locked session that are over (or all of them); returns how many."""
    query = select(Registration).where(
        Registration.session_id == session.id,
        Registration.status == RegistrationStatus.OFFERED,
    )
    if over_only:
        query = query.where(Registration.offered_until <= now())
    expired = []
    for registration in transaction.scalars(query.order_by(Registration.rank)):
        previous = move(session, registration, "expire", RegistrationStatus.EXPIRED)
        expired.append(facts.registration_expired(registration, previous=previous))
    log.append(transaction, *expired)
    transaction.flush()
    return len(expired)


def claim_session_with_offers_over(transaction: Transaction) -> Session | None:
    """A session that keeps a seat for someone whose time is up, locked; one in other hands is let be."""
    over = (
        select(Registration.id)
        .where(
            Registration.session_id == Session.id,
            Registration.status == RegistrationStatus.OFFERED,
            Registration.offered_until <= now(),
        )
        .exists()
    )
    # Of the session and not of the registration: whoever changes a session's seats locks it first.
    query = select(Session).where(over).order_by(Session.id).limit(1)
    return transaction.scalars(query.with_for_update(of=Session, skip_locked=True)).first()


def _offered(transaction: Transaction, registration: Registration) -> list[Registration]:
    query = (
        select(Registration)
        .where(
            Registration.party_id == registration.party_id,
            Registration.status == RegistrationStatus.OFFERED,
        )
        .order_by(Registration.rank)
        .options(joinedload(Registration.participant))
    )
    return list(transaction.scalars(query))


def _is_over(registration: Registration) -> bool:
    return registration.offered_until is not None and registration.offered_until <= now()
