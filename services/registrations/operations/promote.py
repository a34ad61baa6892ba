"""Freed seats go to the head of the waiting list, strictly in the order of acceptance."""

from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload

from services.registrations.domain import RegistrationStatus, SessionStatus
from services.registrations.models import Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from shared.messaging import log


def promote(transaction: Transaction, session: Session) -> int:
    """Give the free seats of a locked session to those first in line; returns how many were seated.

    A household waits until all of it can sit: nobody behind it is let past.
    """
    seated = 0
    if session.status != SessionStatus.PUBLISHED or now() >= session.closes_at:
        return seated
    for party in _line(transaction, session):
        if session.confirmed + len(party) > session.capacity:
            break
        for registration in party:
            registration.status = RegistrationStatus.CONFIRMED
            registration.updated_at = now()
            session.confirmed += 1
            session.waitlisted -= 1
            fact = facts.registration_confirmed(
                registration,
                registration.participant,
                previous=RegistrationStatus.WAITLISTED,
                by="system",
            )
            log.append(transaction, fact)
            seated += 1
    return seated


def _line(transaction: Transaction, session: Session) -> list[list[Registration]]:
    """The parties at the head of the line, as many people as there are free seats and one more."""
    free = session.capacity - session.confirmed
    if free <= 0 or session.waitlisted == 0:
        return []
    query = (
        select(Registration)
        .where(
            Registration.session_id == session.id,
            Registration.status == RegistrationStatus.WAITLISTED,
        )
        .order_by(Registration.rank)
        .limit(free + 1)
        .options(joinedload(Registration.participant))
        .execution_options(populate_existing=True)
    )
    waiting = transaction.scalars(query).all()
    return [list(party) for _, party in groupby(waiting, key=lambda one: one.party_id)]
