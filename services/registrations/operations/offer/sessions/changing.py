"""Capacity, minimum, day of decision and registration window of a session change."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationStatus, SessionStatus
from services.registrations.models import Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.offer.changes import note_change
from services.registrations.operations.offer.enough import form_if_enough
from services.registrations.operations.offer.sessions.own import ENDED, own_session
from services.registrations.operations.offer.sessions.rules import (
    refuse_impossible,
    set_day_of_decision,
)
from services.registrations.operations.seats.promote import promote
from services.registrations.refusals import (
    CapacityTaken,
    SessionState,
)
from shared.messaging import log


def change_session(
    transaction: Transaction, session_id: UUID, changes: dict[str, Any], *, organisation: str | None
) -> Session:
    """Change capacity, minimum, day of decision or registration window; a larger capacity lets people in from the line.

    Whether one registers for it at all is settled when it is published.

    Raises:
        SessionNotFound, OtherOrganisation, SessionState. CapacityTaken: more are confirmed already.
        Invalid: a minimum above the capacity, or a window that closes before it opens.
    """
    session = own_session(transaction, session_id, organisation)
    if session.status in ENDED:
        raise SessionState
    mode = changes.get("registration", session.registration)
    if mode != session.registration and session.status != SessionStatus.DRAFT:
        raise SessionState
    if changes.get("capacity", session.capacity) < session.taken:
        raise CapacityTaken
    for name, value in changes.items():
        setattr(session, name, value)
    if "decide_by" in changes:
        session.below_minimum_at = None
    set_day_of_decision(session)
    refuse_impossible(session)
    note_change(session)
    end_offers_with_registration(transaction, session)
    transaction.flush()
    if session.status == SessionStatus.PUBLISHED:
        log.append(transaction, facts.session_rescheduled(session))
        promote(transaction, session)
        form_if_enough(transaction, session)
    return session


def end_offers_with_registration(transaction: Transaction, session: Session) -> None:
    """No seat is kept for anyone past the end of registration."""
    transaction.execute(
        update(Registration)
        .where(
            Registration.session_id == session.id,
            Registration.status == RegistrationStatus.OFFERED,
            Registration.offered_until > session.closes_at,
        )
        .values(offered_until=session.closes_at)
    )
