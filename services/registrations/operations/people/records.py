"""One person as staff see and correct them."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import ColumnElement, exists, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from services.registrations.domain import name_key
from services.registrations.models import (
    Activity,
    Distinction,
    Participant,
    Programme,
    Registration,
    Session,
)
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import ParticipantNotFound, SameNameAndContact
from shared.messaging import log

# What messages depend on, and the others are therefore told of.
_TOLD = frozenset(
    {
        *("given_name", "family_name", "email", "phone", "language"),
        *("postal_address", "contact_consent"),
    }
)


def visible(scope: Scope, person: Any = Participant) -> ColumnElement[bool]:
    """For a query on ``person`` (participants): who takes part in something that ``scope`` covers.

    Who takes part in nothing at all belongs to no organisation and no programme.
    """
    if scope == Scope(programmes=None):
        return true()
    within = (
        select(Registration.id)
        .join(Session, Registration.session_id == Session.id)
        .join(Activity, Session.activity_id == Activity.id)
        .join(Programme, Activity.programme_code == Programme.code)
        .where(Registration.participant_id == person.id, scope.condition())
        .correlate(person)
        .exists()
    )
    if scope.organisation is not None:
        return within
    return within | ~exists().where(Registration.participant_id == person.id)


def find_participant(
    transaction: Transaction, participant_id: UUID, *, scope: Scope, to_change: bool = False
) -> Participant:
    """The person whose record ``participant_id`` is or was, before it was merged.

    ``to_change`` keeps others from changing, merging or erasing them until the transaction ends.

    Raises:
        ParticipantNotFound: there is none, or none that the caller may know of.
    """
    record = transaction.get(Participant, participant_id)
    if record is None:
        raise ParticipantNotFound
    query = select(Participant).where(
        Participant.id == (record.merged_into or record.id),
        Participant.erased_at.is_(None),
        visible(scope),
    )
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    person = transaction.scalars(query).first()
    if person is None:
        raise ParticipantNotFound
    return person


def is_record_of(*people: UUID) -> ColumnElement[bool]:
    """For a query on participants: the records of these people (roots), merged ones too."""
    return or_(Participant.id.in_(people), Participant.merged_into.in_(people))


def are_two_people(one: type[Participant], other: type[Participant]) -> ColumnElement[bool]:
    """For a query on two people (roots): whether staff found that records of theirs are not of one person."""
    return _are_told_apart(one, other) | _are_told_apart(other, one)


def _are_told_apart(one: type[Participant], other: type[Participant]) -> ColumnElement[bool]:
    first, second = aliased(Participant), aliased(Participant)
    return (
        select(Distinction.id)
        .join(first, first.id == Distinction.first_id)
        .join(second, second.id == Distinction.second_id)
        .where(
            or_(first.id == one.id, first.merged_into == one.id),
            or_(second.id == other.id, second.merged_into == other.id),
        )
        .correlate(one, other)
        .exists()
    )


def note_contact(transaction: Transaction, registrations: Collection[UUID]) -> int:
    """Whoever these registrations are of was in touch just now: they are kept so much longer.

    Until the transaction ends they are not erased. Returns how many people that was; those erased are none.
    """
    if not registrations:
        return 0
    theirs = select(Registration.participant_id).where(Registration.id.in_(registrations))
    people = transaction.scalars(
        update(Participant)
        .where(Participant.id.in_(theirs), Participant.erased_at.is_(None))
        .values(last_contact_at=now())
        .returning(Participant.id)
        .execution_options(synchronize_session=False)
    )
    return len(people.all())


def change_participant(
    transaction: Transaction, person: Participant, changes: Mapping[str, Any]
) -> Participant:
    """Correct what is known of ``person``; a change of name or contact is told, and counts as a contact.

    Raises:
        SameNameAndContact: another record has that name and contact.
    """
    before = {name: getattr(person, name) for name in _TOLD}
    for name, value in changes.items():
        setattr(person, name, value)
    # What staff set is the person's own, whatever was filled in from a merged record.
    person.borrowed = [name for name in person.borrowed if name not in changes]
    person.name_key = name_key(person.given_name, person.family_name)
    person.last_contact_at = now()
    try:
        transaction.flush()
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise SameNameAndContact from None
        raise
    if any(getattr(person, name) != value for name, value in before.items()):
        log.append(transaction, facts.contact_changed(person.__dict__))
    return person
