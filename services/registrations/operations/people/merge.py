"""Putting together the records that are one person's, and taking them apart again.

A record that was merged keeps all that is its own: undoing a merge is taking a branch off a tree, in
whatever order merges were made and are undone. The root of a tree stands for the person: registrations
are its, and so are those to come under any name or contact in the tree.
"""

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.errors import UniqueViolation
from sqlalchemy import Update, func, select, text, update
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from services.registrations.domain import LIVE
from services.registrations.models import Merge, Participant, Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.people.borrow import borrow
from services.registrations.operations.people.records import are_two_people, find_participant
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import (
    BothRegistered,
    MergeNotFound,
    MergeUndone,
    SameNameAndContact,
    SamePerson,
    TwoPeople,
    both_registered,
)
from shared.messaging import log

_LOCK = 0x4D_45_52_47_45


def merge(
    transaction: Transaction, participant_id: UUID, other_id: UUID, *, scope: Scope, by: str
) -> Merge:
    """Find that ``other_id`` is the same person as ``participant_id``, whose record survives.

    Raises:
        ParticipantNotFound: one of them is not there, or the caller may not know of them.
        SamePerson: they are one already.
        TwoPeople: staff found that they are not; that is to be taken back first.
        BothRegistered: both have a place in one session; one of the two is to be settled first.
    """
    alone(transaction)
    survivor = find_participant(transaction, participant_id, scope=scope)
    other = find_participant(transaction, other_id, scope=scope)
    if survivor.id == other.id:
        raise SamePerson
    if _were_told_apart(transaction, survivor, other):
        raise TwoPeople
    _refuse_if_in_one_session(transaction, survivor, other, scope)
    members = [record.id for record in _family(transaction, other.id)]
    _lock(transaction, [*members, other.id, survivor.id])
    merged = Merge(survivor_id=survivor.id, merged_id=other.id, merged_by=by)
    transaction.add(merged)
    # What it had borrowed, the survivor borrows from those who own it.
    borrow(transaction, other, [])
    other.merged_into = survivor.id
    transaction.execute(
        update(Participant).where(Participant.id.in_(members)).values(merged_into=survivor.id)
    )
    moved = _give(
        transaction,
        update(Registration)
        .where(Registration.participant_id == other.id)
        .values(
            participant_id=survivor.id,
            registered_as=func.coalesce(Registration.registered_as, Registration.participant_id),
        ),
    )
    survivor.last_contact_at = max(survivor.last_contact_at, other.last_contact_at)
    _settle(transaction, survivor)
    log.append(transaction, facts.participant_merged(merged, moved))
    return merged


def undo(transaction: Transaction, merge_id: UUID, *, scope: Scope, by: str) -> Merge:
    """Find that the two were not one: the merged record has back what was made under it.

    Raises:
        MergeNotFound: there is none, or it is of people whom the caller may not know of.
        MergeUndone: it was undone before.
        SameNameAndContact: meanwhile another record was given the same name and contact.
    """
    alone(transaction)
    merged = transaction.get(Merge, merge_id)
    if merged is None:
        raise MergeNotFound
    leaving = transaction.get_one(Participant, merged.merged_id)
    root = find_participant(transaction, leaving.id, scope=scope)
    if merged.undone_at is not None:
        raise MergeUndone
    branch = _branch(transaction, leaving.id)
    _lock(transaction, [*branch, leaving.id, root.id])
    merged.undone_at, merged.undone_by = now(), by
    transaction.flush()
    transaction.execute(
        update(Participant).where(Participant.id.in_(branch)).values(merged_into=leaving.id)
    )
    # First the survivor lets go of what it had from those who leave, so that they can have it again.
    _settle(transaction, root, without=[leaving.id, *branch])
    _stand_alone(transaction, leaving)
    moved = _give(
        transaction,
        update(Registration)
        .where(
            Registration.participant_id == root.id,
            Registration.registered_as.in_([leaving.id, *branch]),
        )
        .values(
            participant_id=leaving.id,
            registered_as=func.nullif(Registration.registered_as, leaving.id),
        ),
    )
    _settle(transaction, leaving)
    _settle(transaction, root)
    log.append(transaction, facts.participant_unmerged(merged, root.id, moved))
    return merged


def standing_merges(transaction: Transaction, participant_id: UUID) -> Sequence[Merge]:
    """The merges that made the person ``participant_id`` (a root), the oldest first."""
    query = (
        select(Merge)
        .join(Participant, Participant.id == Merge.merged_id)
        .where(Participant.merged_into == participant_id, Merge.undone_at.is_(None))
        .order_by(Merge.id)
    )
    return transaction.scalars(query).all()


def alone(transaction: Transaction) -> None:
    """Let nobody else merge, take apart or erase records until this transaction ends: it is rarely done."""
    transaction.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _were_told_apart(transaction: Transaction, one: Participant, other: Participant) -> bool:
    first, second = aliased(Participant), aliased(Participant)
    query = (
        select(are_two_people(first, second))
        .select_from(first)
        .join(second, second.id == other.id)
        .where(first.id == one.id)
    )
    return bool(transaction.scalar(query))


def _refuse_if_in_one_session(
    transaction: Transaction, survivor: Participant, other: Participant, scope: Scope
) -> None:
    theirs = aliased(Registration)
    query = (
        select(Session)
        .join(Registration, Registration.session_id == Session.id)
        .join(theirs, theirs.session_id == Session.id)
        .where(
            Registration.participant_id == survivor.id,
            Registration.status.in_(LIVE),
            theirs.participant_id == other.id,
            theirs.status.in_(LIVE),
        )
        .order_by(Session.starts_at, Session.id)
    )
    session = transaction.scalars(query).first()
    if session is None:
        return
    if not scope.covers(session.activity):
        # Which session it is would tell who takes part in it.
        raise BothRegistered
    begins = session.starts_at.astimezone(ZoneInfo(session.place.timezone))
    raise both_registered(session.activity.title, begins)


def _family(transaction: Transaction, root_id: UUID) -> Sequence[Participant]:
    """The records merged into a root, in the order in which they were."""
    query = (
        select(Participant)
        .join(Merge, (Merge.merged_id == Participant.id) & Merge.undone_at.is_(None))
        .where(Participant.merged_into == root_id)
        .order_by(Merge.id)
        .execution_options(populate_existing=True)
    )
    return transaction.scalars(query).all()


def _branch(transaction: Transaction, participant_id: UUID) -> list[UUID]:
    """The records that were merged into this one, or into those."""
    found = transaction.scalars(
        text("""
            WITH RECURSIVE branch AS (
                SELECT merged_id FROM merge WHERE survivor_id = :root AND undone_at IS NULL
                UNION
                SELECT merge.merged_id FROM merge JOIN branch ON merge.survivor_id = branch.merged_id
                WHERE undone_at IS NULL)
            SELECT merged_id FROM branch
        """),
        {"root": participant_id},
    )
    return list(found)


def _lock(transaction: Transaction, ids: Sequence[UUID]) -> None:
    """Let nobody register under these records meanwhile; those merged before those they are merged into.

    That is the order in which a registration takes them.
    """
    query = (
        select(Participant)
        .where(Participant.id.in_(ids))
        .order_by(func.array_position(array(ids), Participant.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    transaction.scalars(query).all()


def _give(transaction: Transaction, statement: Update) -> list[UUID]:
    """Move registrations; returns which.

    Raises:
        BothRegistered: in this moment both came to have a place in one session.
    """
    try:
        moved = transaction.scalars(
            statement.returning(Registration.id).execution_options(synchronize_session=False)
        )
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise BothRegistered from None
        raise
    return sorted(moved)


def _stand_alone(transaction: Transaction, record: Participant) -> None:
    record.merged_into = None
    try:
        transaction.flush()
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise SameNameAndContact from None
        raise


def _settle(transaction: Transaction, root: Participant, *, without: Sequence[UUID] = ()) -> None:
    """Fill what the person's own record leaves empty from the others; tell of a contact that changes by it."""
    members = [one for one in _family(transaction, root.id) if one.id not in without]
    before = facts.contact_changed(root.__dict__)
    borrow(transaction, root, members)
    after = facts.contact_changed(root.__dict__)
    if before != after:
        log.append(transaction, after)
