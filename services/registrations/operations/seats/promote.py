"""Freed seats go to the head of the waiting list, strictly in the order of acceptance."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import phonenumbers
from phonenumbers import PhoneNumberType
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload

from services.registrations.domain import RegistrationStatus, SessionStatus
from services.registrations.models import Participant, Registration, Session
from services.registrations.offers import Reach, is_near, offer_deadline
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.offer.enough import form_if_enough
from services.registrations.operations.seats.move import move
from shared.events.catalogue import Fact
from shared.messaging import log
from shared.quiet import locality

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def promote(transaction: Transaction, session: Session) -> int:
    """Give, or offer, the free seats of a locked session to those first in line; returns to how many.

    Offered seats are kept for those who were asked. A household waits until all of it can sit: nobody
    behind it is let past.
    """
    given = 0
    if session.status != SessionStatus.PUBLISHED or now() >= session.closes_at:
        return given
    asks = _asks_first(session)
    for party in _line(transaction, session):
        if session.taken + len(party) > session.capacity:
            break
        until = _deadline(session, party) if asks else None
        log.append(transaction, *(_give(session, one, until) for one in party))
        given += len(party)
    form_if_enough(transaction, session)
    return given


def _asks_first(session: Session) -> bool:
    programme = session.activity.programme
    if (session.place.offer or programme.offer) == "confirm":
        return False
    return not is_near(session.starts_at, now(), near_hours=programme.near_hours)


def _give(session: Session, registration: Registration, until: datetime | None) -> Fact:
    participant = registration.participant
    if until is None:
        previous = move(session, registration, "promote", RegistrationStatus.CONFIRMED)
        return facts.registration_confirmed(
            registration, participant, previous=previous, by="system"
        )
    previous = move(session, registration, "offer", RegistrationStatus.OFFERED)
    registration.offered_until = until
    return facts.registration_offered(registration, participant, previous=previous, until=until)


def _deadline(session: Session, party: Sequence[Registration]) -> datetime:
    """One moment for the whole household: that of whoever takes longest to reach."""
    place = session.place
    return offer_deadline(
        now(),
        locality(place.timezone, place.postcode or place.address),
        reach=max(_reach(one.participant) for one in party),
        hours=session.activity.programme.offer_hours,
        starts_at=session.starts_at,
        closes_at=session.closes_at,
    )


def _reach(participant: Participant) -> Reach:
    """A landline or a visit takes as long as a letter."""
    if participant.email:
        return Reach.AT_ONCE
    if not participant.phone:
        return Reach.BY_HAND
    number = phonenumbers.parse(participant.phone)
    is_mobile = phonenumbers.number_type(number) in _MOBILE
    return Reach.WHEN_PHONES_RING if is_mobile else Reach.BY_HAND


def _line(transaction: Transaction, session: Session) -> list[list[Registration]]:
    """The parties at the head of the line, as many people as there are free seats and one more."""
    free = session.capacity - session.taken
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
