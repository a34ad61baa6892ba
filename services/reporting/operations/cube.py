"""The facts as atoms: how many there are of each combination of groups, and which measures count them.

Two families: by what is known of a session, and by what people say of themselves. They share nothing but
their totals.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    RowMapping,
    Select,
    Subquery,
    and_,
    distinct,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from services.reporting.domain import OF_PEOPLE, SITUATION, Scope, SessionStatus
from services.reporting.models import (
    attendance_fact,
    feedback_fact,
    head_count_fact,
    outcome_fact,
    registration_fact,
)
from services.reporting.operations.measures import GROUPS, chosen_sessions, within

# (measure, grouping or None for the total, group)
CellName = tuple[str, str | None, str | None]
# What one atom is of: (grouping, group) for each that it lies in.
Groups = tuple[tuple[str, str | None], ...]
# Its groups, and the measures that count it.
Atom = tuple[Groups, tuple[str, ...]]

_ROWS_AT_ONCE = 1000
_STATUSES = ("confirmed", "waitlisted", "cancelled")


@dataclass(frozen=True, slots=True)
class Cube:
    """``of_sessions``: by what is known of sessions; ``of_people``: by what people say of themselves.

    ``people`` says how many different people a cell is about, where a person may count more than once.
    """

    of_sessions: Mapping[Atom, int]
    of_people: Mapping[Atom, int]
    people: Mapping[CellName, int]


def count_atoms(
    session: Session,
    scope: Scope,
    groupings: Collection[str],
    measures: Collection[str],
    *,
    as_of: datetime,
) -> Cube:
    """Every fact about people within ``scope``, as atoms of ``groupings``, counted by ``measures``.

    ``as_of`` decides which sessions have begun.
    """
    chosen = chosen_sessions(scope)
    about = partial(within, chosen=chosen, scope=scope)
    of_sessions = [name for name in GROUPS if name in groupings]
    of_people = [name for name in OF_PEOPLE if name in groupings]
    by_session: Counter[Atom] = Counter()
    by_person: Counter[Atom] = Counter()
    people: dict[CellName, int] = {}
    for facts in (
        _registrations(about(registration_fact), chosen, scope, as_of),
        _attendance(about(attendance_fact)),
        _feedback(about(feedback_fact)),
        _outcomes(about(outcome_fact)),
        _heads(about(head_count_fact)),
    ):
        told = [name for name in facts.measures if name in measures]
        if not told:
            continue
        flat = _flat(facts, chosen, [*of_sessions, *of_people])
        _count(session, flat, told, of_sessions, by_session)
        if facts.of_whom is not None:
            _count(session, flat, told, of_people, by_person)
        if facts.participant_id is not None:
            people.update(_people(session, flat, told, of_sessions))
            people.update(_people(session, flat, told, of_people))
    return Cube(by_session, by_person, people)


@dataclass(frozen=True, slots=True)
class _Facts:
    """Rows of one table: which measures count a row, how much it counts, and whom it is about.

    ``of_whom`` is the registration that says what people say of themselves.
    """

    rows: FromClause
    measures: Mapping[str, ColumnElement[bool]]
    participant_id: ColumnElement[Any] | None = None
    of_whom: FromClause | None = None
    weight: ColumnElement[Any] | None = None


def _registrations(rows: FromClause, chosen: Subquery, scope: Scope, as_of: datetime) -> _Facts:
    column = registration_fact.c
    cancelled = chosen.c.status == SessionStatus.CANCELLED
    begun = or_(chosen.c.first_starts_at <= as_of, chosen.c.status == SessionStatus.CLOSED)
    never_seated = or_(
        column.status == "waitlisted",
        and_(
            column.status == "cancelled",
            column.left_from == "waitlisted",
            column.left_at >= chosen.c.first_starts_at,
        ),
    )
    # Joined: EXISTS in a list of columns would look for each registration by itself.
    present = (
        select(attendance_fact.c.registration_id)
        .select_from(within(attendance_fact, chosen, scope))
        .where(attendance_fact.c.status == "present")
        .distinct()
        .subquery("present")
    )
    came = present.c.registration_id.is_not(None)
    return _Facts(
        rows.outerjoin(present, present.c.registration_id == column.registration_id),
        {
            "registrations": true(),
            **{status: column.status == status for status in _STATUSES},
            "attended": came,
            # Without the heads that were counted, who are in the other.
            "came": came,
            "refused": func.coalesce(and_(begun, never_seated, ~cancelled), False),
        },
        column.participant_id,
        registration_fact,
    )


def _attendance(rows: FromClause) -> _Facts:
    column = attendance_fact.c
    return _Facts(
        _of_registrations(rows, column.registration_id),
        {
            "expected": true(),
            "absent": column.status == "absent",
            "present": column.status == "present",
        },
        column.participant_id,
        registration_fact,
    )


def _feedback(rows: FromClause) -> _Facts:
    return _Facts(
        _of_registrations(rows, feedback_fact.c.registration_id),
        {"feedback_count": true()},
        None,
        registration_fact,
    )


def _outcomes(rows: FromClause) -> _Facts:
    column = outcome_fact.c
    return _Facts(
        _of_registrations(rows, column.registration_id),
        {"outcomes": true(), "outcomes_reached": column.outcome != "none-yet"},
        None,
        registration_fact,
    )


def _heads(rows: FromClause) -> _Facts:
    """Heads counted where nobody registers: they say nothing of themselves."""
    return _Facts(
        rows,
        {"attended": true(), "present": true()},
        weight=head_count_fact.c["count"],
    )


def _of_registrations(rows: FromClause, registration_id: ColumnElement[Any]) -> FromClause:
    return rows.outerjoin(registration_fact, registration_fact.c.registration_id == registration_id)


def _flat(facts: _Facts, chosen: Subquery, groupings: Sequence[str]) -> Subquery:
    """A row per fact: its groups, whom it is about, and whether each measure counts it."""
    columns: list[ColumnElement[Any]] = []
    for name in groupings:
        if name in GROUPS:
            columns.append(chosen.c[name].label(name))
        elif facts.of_whom is not None:
            said = facts.of_whom.c["situations" if name == SITUATION else name]
            columns.append(said.label(name))
    columns += [rule.label(f"in_{name}") for name, rule in facts.measures.items()]
    if facts.participant_id is not None:
        columns.append(facts.participant_id.label("participant_id"))
    columns.append((literal(1) if facts.weight is None else facts.weight).label("weight"))
    return select(*columns).select_from(facts.rows).subquery("flat")


def _count(
    session: Session,
    flat: Subquery,
    measures: Sequence[str],
    groupings: Sequence[str],
    atoms: Counter[Atom],
) -> None:
    keys = [flat.c[name] for name in (*groupings, *(f"in_{name}" for name in measures))]
    counted: Select[Any] = select(*[*keys, func.sum(flat.c.weight).label("weight")]).group_by(*keys)
    # A large town has hundreds of thousands of them: a few rows at once, and what is alike kept once.
    rows = session.execute(counted, execution_options={"yield_per": _ROWS_AT_ONCE})
    same: dict[Any, Any] = {}
    for row in rows.mappings():
        counted_by = tuple(name for name in measures if row[f"in_{name}"])
        groups = tuple(same.setdefault(one, one) for one in _groups(row, groupings))
        atoms[groups, same.setdefault(counted_by, counted_by)] += int(row["weight"])


def _groups(row: RowMapping, groupings: Sequence[str]) -> Groups:
    """The groups of one row: one of each grouping, but all the situations that a person has."""
    found: list[tuple[str, str | None]] = []
    for name in groupings:
        if name == SITUATION:
            found += [(name, held) for held in sorted(row[name] or ()) or (None,)]
        else:
            found.append((name, row[name]))
    return tuple(found)


def _people(
    session: Session, flat: Subquery, measures: Sequence[str], groupings: Sequence[str]
) -> dict[CellName, int]:
    """How many different people the total and each cell of ``groupings`` are about."""
    different = func.count(distinct(flat.c.participant_id))
    columns = [different.filter(flat.c[f"in_{name}"]).label(f"n_{name}") for name in measures]
    rows: FromClause = flat
    groups = {name: flat.c[name] for name in groupings}
    if SITUATION in groups:
        held = func.unnest(flat.c[SITUATION]).table_valued("code").render_derived(name="held")
        rows, groups[SITUATION] = flat.outerjoin(held, true()), held.c.code
    absent = [func.grouping(one).label(f"not_{name}") for name, one in groups.items()]
    by = [one.label(name) for name, one in groups.items()]
    sets = func.grouping_sets(tuple_(), *(tuple_(one) for one in groups.values()))
    counted: Select[Any] = select(*[*columns, *by, *absent]).select_from(rows).group_by(sets)
    found: dict[CellName, int] = {}
    for row in session.execute(counted).mappings():
        grouping = next((name for name in groupings if row[f"not_{name}"] == 0), None)
        for name in measures:
            found[name, grouping, row[grouping] if grouping else None] = row[f"n_{name}"]
    return found
