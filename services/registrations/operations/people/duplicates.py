"""Records that may be one person's: what says so, and never who decides it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from services.registrations.models import Participant, Registration
from services.registrations.operations.people.records import are_two_people, visible
from services.registrations.operations.staff.scope import Scope

REASONS = ("same-email", "same-phone", "same-birth-year-near-name")

# Of all the three-letter pieces of two names, how many both have. Below it, brothers look like one.
_NEAR = 0.5
_MOST_OF_ONE = 20
# How many records one page looks at: some milliseconds each among a million.
_AT_ONCE = 200
_LAST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Pair:
    """``reasons`` are of :data:`REASONS`; ``likeness`` of the names is from 0 to 1."""

    participant: Participant
    other: Participant
    reasons: Sequence[str]
    likeness: float


def list_duplicates(
    transaction: Transaction, *, scope: Scope, after: tuple[UUID, UUID] | None, limit: int
) -> tuple[Sequence[Pair], tuple[UUID, UUID] | None]:
    """Pairs within ``scope`` by their ids, each once, and after which pair to go on; None at the end.

    So many records are looked at with those that resemble them: a page may come out short, or empty.
    """
    looked_at = select(Participant.id).where(*_stands(Participant)).order_by(Participant.id)
    if after is not None:
        looked_at = looked_at.where(Participant.id >= after[0])
    ids = transaction.scalars(looked_at.limit(_AT_ONCE)).all()
    one, other = aliased(Participant, name="one"), aliased(Participant, name="other")
    query = _pairs(one, other, scope, each_once=True).where(one.id.in_(ids))
    if after is not None:
        query = query.where(tuple_(one.id, other.id) > after)
    _say_what_is_near(transaction)
    rows = transaction.execute(query.order_by(one.id, other.id).limit(limit + 1)).all()
    pairs = [Pair(*row) for row in rows[:limit]]
    if len(rows) > limit:
        return pairs, (pairs[-1].participant.id, pairs[-1].other.id)
    return pairs, (ids[-1], _LAST) if len(ids) == _AT_ONCE else None


def duplicates_of(transaction: Transaction, person: Participant, *, scope: Scope) -> list[Pair]:
    """The records that may be ``person``'s, the likeliest first; as many as there are reasons to."""
    one, other = aliased(Participant, name="one"), aliased(Participant, name="other")
    query = _pairs(one, other, scope, each_once=False).where(one.id == person.id)
    _say_what_is_near(transaction)
    pairs = [Pair(*row) for row in transaction.execute(query)]
    return sorted(pairs, key=lambda pair: (-len(pair.reasons), -pair.likeness, pair.other.id))


def _pairs(
    one: type[Participant], other: type[Participant], scope: Scope, *, each_once: bool
) -> Select[Any]:
    """For a query: records and those that resemble each, the nearest names of them."""
    resembling = aliased(Participant, name="resembling")
    same_email, same_phone = resembling.email == one.email, resembling.phone == one.phone
    near = and_(
        resembling.birth_year == one.birth_year,
        resembling.name_key.op("%", is_comparison=True)(one.name_key),
    )
    reasons = [
        case((condition, reason))
        for condition, reason in zip((same_email, same_phone, near), REASONS, strict=True)
    ]
    likeness = func.similarity(resembling.name_key, one.name_key).label("likeness")
    # Not as a comparison that an index helps with: the planner would walk through half of all ids for each.
    later = func.greatest(resembling.id, one.id) != one.id
    found = (
        select(
            resembling.id,
            func.array_remove(array(reasons), None).label("reasons"),
            likeness,
        )
        .where(
            *_stands(resembling),
            later if each_once else resembling.id != one.id,
            or_(same_email, same_phone, near),
            ~_came_together(one, resembling),
            ~are_two_people(one, resembling),
        )
        .order_by(likeness.desc(), resembling.id)
        .limit(_MOST_OF_ONE)
        .lateral("found")
    )
    return (
        select(one, other, found.c.reasons, found.c.likeness)
        .select_from(one)
        .join(found, true())
        .join(other, other.id == found.c.id)
        .where(*_stands(one), visible(scope, one), visible(scope, other))
    )


def _stands(person: type[Participant]) -> tuple[ColumnElement[bool], ...]:
    """A record of its own: neither merged nor erased."""
    return person.merged_into.is_(None), person.erased_at.is_(None)


def _came_together(one: type[Participant], other: type[Participant]) -> ColumnElement[bool]:
    """Whether they were registered in one household: whoever did that knows that they are two."""
    first, second = aliased(Registration), aliased(Registration)
    return (
        select(first.id)
        .join(second, second.party_id == first.party_id)
        .where(first.participant_id == one.id, second.participant_id == other.id)
        .correlate(one, other)
        .exists()
    )


def _say_what_is_near(transaction: Transaction) -> None:
    transaction.execute(select(func.set_config("pg_trgm.similarity_threshold", str(_NEAR), True)))
