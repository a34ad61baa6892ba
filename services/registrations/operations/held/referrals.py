"""Directing people to partner institutions, and what these decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import contains_eager, joinedload

from services.registrations.domain import (
    REFERRAL_TRANSITIONS,
    ReferralStatus,
)
from services.registrations.models import Organisation, Programme, Referral
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.people.records import find_participant, is_record_of
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import NotAdvised, ParticipantNotFound, ReferralSettled
from shared.errors import NotFound, invalid
from shared.messaging import log


@dataclass(frozen=True, slots=True)
class NewReferral:
    """Who is directed to whom, and for what. Amounts are in euro cents."""

    participant_id: UUID
    programme: str
    partner: str
    purpose: str
    description: str | None = None
    amount_asked_cents: int | None = None
    opened_on: date | None = None


def open_referral(
    transaction: Transaction, wanted: NewReferral, *, opened_by: str, scope: Scope
) -> Referral:
    """Direct a person to a partner institution, in the name of a programme.

    Raises:
        Invalid: no such person, programme or partner, a purpose that is not the programme's, or a
            date to come.
        NotAdvised: the programme is a discreet one that the caller does not advise.
    """
    programme = transaction.get(Programme, wanted.programme)
    if programme is None:
        raise invalid("programme", "There is no such programme.", "Ce dispositif n'existe pas.")
    if not scope.advises(programme):
        raise NotAdvised
    try:
        participant = find_participant(transaction, wanted.participant_id, scope=scope)
    except ParticipantNotFound:
        raise invalid(
            "participant_id", "There is no such person.", "Cette personne n'existe pas."
        ) from None
    if transaction.get(Organisation, wanted.partner) is None:
        raise invalid("partner", "There is no such organisation.", "Cette structure n'existe pas.")
    if wanted.purpose not in {purpose["code"] for purpose in programme.referral_purposes}:
        raise invalid(
            "purpose",
            "This programme makes no referrals of that kind.",
            "Ce dispositif ne fait pas d'orientation de ce type.",
        )
    opened_on = wanted.opened_on or _today()
    _refuse_to_come("opened_on", opened_on)
    referral = Referral(
        participant=participant,
        programme=programme,
        partner_code=wanted.partner,
        purpose=wanted.purpose,
        description=wanted.description,
        amount_asked_cents=wanted.amount_asked_cents,
        opened_on=opened_on,
        status=ReferralStatus.OPEN,
        opened_by=opened_by,
        changed_by=opened_by,
    )
    transaction.add(referral)
    transaction.flush()
    log.append(transaction, facts.referral_opened(referral))
    return referral


def change_referral(
    transaction: Transaction,
    referral_id: UUID,
    changes: Mapping[str, Any],
    *,
    changed_by: str,
    scope: Scope,
) -> Referral:
    """Correct a referral, or note what the partner decided; words can be corrected at any time.

    Raises:
        NotFound: no such referral, or none that the caller may know of.
        ReferralSettled: it was decided for good.
        Invalid: a date before the one before it or to come, or an amount that was not granted.
    """
    query = _within(scope).where(Referral.id == referral_id).with_for_update(of=Referral)
    referral = transaction.scalars(query).first()
    if referral is None:
        raise NotFound
    possible = REFERRAL_TRANSITIONS[ReferralStatus(referral.status)]
    if changes.keys() - {"description"} and not possible:
        raise ReferralSettled
    for name in ("description", "amount_asked_cents"):
        if name in changes:
            setattr(referral, name, changes[name])
    if decision := changes.get("decision"):
        _decide(referral, decision, changes.get("decided_on"), changes.get("amount_granted_cents"))
    else:
        _refuse_without_decision(changes)
    referral.changed_by, referral.changed_at = changed_by, now()
    transaction.flush()
    if decision and not REFERRAL_TRANSITIONS[ReferralStatus(decision)]:
        log.append(transaction, facts.referral_closed(referral))
    return referral


def find_referral(transaction: Transaction, referral_id: UUID, scope: Scope) -> Referral:
    """Raises NotFound: no such referral, or none that the caller may know of."""
    referral = transaction.scalars(_within(scope).where(Referral.id == referral_id)).first()
    if referral is None:
        raise NotFound
    return referral


def list_referrals(
    transaction: Transaction,
    scope: Scope,
    *,
    participant: UUID | None,
    programme: str | None,
    partner: str | None,
    status: str | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Referral]:
    """Referrals within ``scope`` in the order of their making, with the people they are about."""
    query = _within(scope).order_by(Referral.id).limit(limit)
    for column, value in (
        (Referral.programme_code, programme),
        (Referral.partner_code, partner),
        (Referral.status, status),
    ):
        if value is not None:
            query = query.where(column == value)
    if participant is not None:
        query = query.join(Referral.participant).where(is_record_of(participant))
    if after is not None:
        query = query.where(Referral.id > after)
    return transaction.scalars(query).all()


def _within(scope: Scope) -> Select[Referral]:
    return (
        select(Referral)
        .join(Referral.programme)
        .where(scope.condition())
        .options(
            contains_eager(Referral.programme), joinedload(Referral.participant, innerjoin=True)
        )
    )


def _decide(
    referral: Referral, decision: str, decided_on: date | None, granted_cents: int | None
) -> None:
    if granted_cents is not None and decision != ReferralStatus.GRANTED:
        raise invalid(
            "amount_granted_cents",
            "Only what is granted has an amount.",
            "Seul un accord a un montant.",
        )
    day = decided_on or _today()
    _refuse_to_come("decided_on", day)
    # An adjournment is itself a decision: what follows is not earlier.
    if day < (referral.decided_on or referral.opened_on):
        raise invalid(
            "decided_on",
            "It must not be before the referral was opened or last adjourned.",
            "La décision ne peut pas précéder l'ouverture ou le dernier ajournement.",
        )
    referral.status, referral.decided_on = decision, day
    referral.amount_granted_cents = granted_cents


def _refuse_without_decision(changes: Mapping[str, Any]) -> None:
    if changes.get("decided_on") or changes.get("amount_granted_cents") is not None:
        raise invalid(
            "decision",
            "A date or an amount needs the decision that it is of.",
            "Une date ou un montant suppose de dire quelle est la décision.",
        )


def _refuse_to_come(field: str, day: date) -> None:
    # Some places are ahead of UTC: it may be tomorrow there.
    if day > _today() + timedelta(days=1):
        raise invalid(field, "This day is still to come.", "Cette date est encore à venir.")


def _today() -> date:
    return now().date()
