"""Holding a programme's rule against what is on record of people, in three queries at most, however many they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationStatus
from services.registrations.eligibility import (
    Assessment,
    Known,
    Rule,
    Standing,
    assess,
    programmes_in,
)
from services.registrations.models import (
    Activity,
    Participant,
    Place,
    Programme,
    Proof,
    Registration,
    Session,
)
from services.registrations.operations.clock import now
from services.registrations.operations.people.records import is_record_of
from services.registrations.operations.staff.scope import Scope

# What a proof that supports no situation is a proof of.
_PROVEN_BY_KIND = {"age": "age", "address": "postcodes"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who wants to join. ``id`` is that of a participant, if they are one; ``vouched``: see ``Known``."""

    id: UUID | None
    birth_year: int | None
    postcode: str | None
    declared: frozenset[str] = frozenset()
    vouched: frozenset[str] = frozenset()


def candidate(
    participant: Participant | None,
    person: Mapping[str, Any],
    postcode: str | None,
    *,
    vouched: Collection[str] = (),
) -> Candidate:
    """Whoever is registered as ``person``: the ``participant`` on record, completed by what is said now."""
    if participant is None:
        return Candidate(None, person["birth_year"], postcode, vouched=frozenset(vouched))
    return Candidate(
        participant.merged_into or participant.id,
        participant.birth_year or person["birth_year"],
        participant.postcode or postcode,
        frozenset(participant.situations),
        frozenset(vouched),
    )


def all_meet(
    transaction: Transaction, session: Session, candidates: Sequence[Candidate], scope: Scope
) -> bool:
    """Whether what is known of each of ``candidates`` meets the rule of the session's programme."""
    rule = session.activity.programme.eligibility
    records = _records(transaction, [one.id for one in candidates if one.id], [rule], scope)
    return all(
        assess(rule, records.known(one, today(session.place))).result == Standing.MET
        for one in candidates
    )


def assess_registrations(
    transaction: Transaction, registrations: Sequence[Registration], scope: Scope
) -> Mapping[UUID, Assessment]:
    """How the rules of their programmes stand for ``registrations``, by id; none where everyone may join.

    Participants and sessions must be loaded. What the caller may not know by their ``scope`` (who takes
    part in a discreet programme) counts as not known.
    """
    ruled = [one for one in registrations if one.session.activity.programme.eligibility]
    if not ruled:
        return {}
    rules = [one.session.activity.programme.eligibility for one in ruled]
    records = _records(transaction, {one.participant_id for one in ruled}, rules, scope)
    return {
        one.id: assess(
            rule, records.known(_registered(one), today(one.session.place)), records.names
        )
        for one, rule in zip(ruled, rules, strict=True)
    }


def today(place: Place) -> date:
    """The day that it is at ``place``."""
    return now().astimezone(ZoneInfo(place.timezone)).date()


def _registered(registration: Registration) -> Candidate:
    participant = registration.participant
    declared = frozenset((*participant.situations, *registration.situations))
    return Candidate(participant.id, participant.birth_year, participant.postcode, declared)


@dataclass(frozen=True, slots=True)
class _Records:
    """What is on record of some people, as far as some rules ask and the caller may know."""

    names: Mapping[str, str]
    hidden: frozenset[str]
    proofs: Mapping[UUID, Sequence[Proof]]
    cohorts: Mapping[UUID, frozenset[str]]

    def known(self, one: Candidate, day: date) -> Known:
        proofs = self.proofs.get(one.id, ()) if one.id else ()
        valid = [proof for proof in proofs if proof.valid_until >= day]
        return Known(
            year=day.year,
            declared=one.declared,
            proven={
                proof.situation: proof.valid_until
                for proof in sorted(valid, key=lambda proof: proof.valid_until)
                if proof.situation
            },
            vouched=one.vouched,
            cohorts=self.cohorts.get(one.id, frozenset()) if one.id else frozenset(),
            hidden=self.hidden,
            birth_year=one.birth_year,
            postcode=one.postcode,
            seen=frozenset(
                _PROVEN_BY_KIND[proof.kind] for proof in valid if proof.kind in _PROVEN_BY_KIND
            ),
        )


def _records(
    transaction: Transaction, ids: Collection[UUID], rules: Sequence[Rule], scope: Scope
) -> _Records:
    asked = set[str]().union(*(programmes_in(rule) for rule in rules))
    named = select(Programme).where(Programme.code.in_(asked))
    programmes = transaction.scalars(named).all() if asked else ()
    proofs: dict[UUID, list[Proof]] = {}
    person = func.coalesce(Participant.merged_into, Participant.id).label("person")
    standing = (
        select(Proof, person)
        .join(Participant, Participant.id == Proof.participant_id)
        .where(is_record_of(*ids), Proof.withdrawn_at.is_(None))
    )
    for row in transaction.execute(standing):
        proofs.setdefault(row.person, []).append(row.Proof)
    return _Records(
        names={one.code: one.name for one in programmes},
        hidden=frozenset(one.code for one in programmes if not scope.advises(one)),
        proofs=proofs,
        cohorts=_cohorts(transaction, ids, asked) if asked else {},
    )


def _cohorts(
    transaction: Transaction, ids: Collection[UUID], programmes: Collection[str]
) -> Mapping[UUID, frozenset[str]]:
    """In which of ``programmes`` each person has or had a seat."""
    seats = (
        select(Registration.participant_id, Activity.programme_code)
        .join(Registration.session)
        .join(Session.activity)
        .where(
            Registration.participant_id.in_(ids),
            Registration.status == RegistrationStatus.CONFIRMED,
            Activity.programme_code.in_(programmes),
        )
        .distinct()
    )
    cohorts: dict[UUID, frozenset[str]] = {}
    for participant_id, programme in transaction.execute(seats):
        cohorts[participant_id] = cohorts.get(participant_id, frozenset()) | {programme}
    return cohorts
