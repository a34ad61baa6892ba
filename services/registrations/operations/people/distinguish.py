"""Records that look like one person's and are two people's: said once by staff, and not asked again.

It is said of two records, and holds for whoever they are or come to be merged into.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, case, func, or_, select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from services.registrations.models import Distinction, Participant
from services.registrations.operations.people.merge import alone
from services.registrations.operations.people.records import find_participant, visible
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import DistinctionNotFound, SamePerson


def distinguish(
    transaction: Transaction, participant_id: UUID, other_id: UUID, *, scope: Scope, by: str
) -> Distinction:
    """Find that the two are not one person; said again, it stays as it was said first.

    Raises:
        ParticipantNotFound: one of them is not there, or the caller may not know of them.
        SamePerson: they are merged: that is to be undone first.
    """
    alone(transaction)
    one = find_participant(transaction, participant_id, scope=scope)
    other = find_participant(transaction, other_id, scope=scope)
    if one.id == other.id:
        raise SamePerson
    first, second = sorted((one.id, other.id))
    query = select(Distinction).where(
        Distinction.first_id == first, Distinction.second_id == second
    )
    found = transaction.scalars(query).first()
    if found is None:
        found = Distinction(first_id=first, second_id=second, found_by=by)
        transaction.add(found)
        transaction.flush()
        transaction.refresh(found)
    return found


def take_back(transaction: Transaction, distinction_id: UUID, *, scope: Scope) -> Distinction:
    """Find that nobody knows whether the two are one person: they may be offered again, and merged.

    Raises:
        DistinctionNotFound: there is none.
        ParticipantNotFound: it is of people whom the caller may not know of.
    """
    alone(transaction)
    found = transaction.get(Distinction, distinction_id)
    if found is None:
        raise DistinctionNotFound
    for participant_id in (found.first_id, found.second_id):
        find_participant(transaction, participant_id, scope=scope)
    transaction.delete(found)
    return found


def list_distinctions(
    transaction: Transaction, person_id: UUID, *, scope: Scope
) -> Sequence[Row[Distinction, UUID]]:
    """Who the person (a root) was found not to be, as far as ``scope`` covers them; the oldest first."""
    own, other, they = aliased(Participant), aliased(Participant), aliased(Participant)
    query = (
        select(Distinction, they.id.label("other_id"))
        .join(own, or_(own.id == Distinction.first_id, own.id == Distinction.second_id))
        .join(
            other,
            other.id
            == case(
                (own.id == Distinction.first_id, Distinction.second_id),
                else_=Distinction.first_id,
            ),
        )
        .join(they, they.id == func.coalesce(other.merged_into, other.id))
        .where(or_(own.id == person_id, own.merged_into == person_id), visible(scope, they))
        .order_by(Distinction.id)
    )
    return transaction.execute(query).all()
