"""The facts as atoms: how many there are of each combination of groups, and which measures count them.

Two families: by everything that is known of a session, and by the situations that people declare. They share
nothing but their totals.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from services.reporting.domain import SessionStatus
from services.reporting.models import (
    attendance_fact,
    feedback_fact,
    head_count_fact,
    registration_fact,
    session_fact,
)

OF_SESSIONS = ("programme", "organisation", "theme", "month", "place")
SITUATION = "situation"

# (measure, grouping or None for the total, group)
CellName = tuple[str, str | None, str | None]
# The groups of one atom, in the order of its family, and the measures that count it.
Groups = tuple[str | None, ...]
Atom = tuple[Groups, tuple[str, ...]]

_STATUSES = ("confirmed", "waitlisted", "cancelled")


@dataclass(frozen=True, slots=True)
class Cube:
    """``by_session``: a group for each of ``OF_SESSIONS``; ``by_situation``: the situations of a person.

    ``people`` says how many different people a cell is about, where a person may count more than once.
    """

    by_session: Mapping[Atom, int]
    by_situation: Mapping[Atom, int]
    people: Mapping[CellName, int]


def count_atoms(session: Session, *, as_of: datetime) -> Cube:
    """Every fact about people, as atoms; ``as_of`` decides which sessions have begun."""
    by_session: Counter[Atom] = Counter()
    by_situation: Counter[Atom] = Counter()
    people: dict[CellName, int] = {}
    for facts in (_registrations(as_of), _attendance(), _feedback(), _heads()):
        _count(session, facts, by_session, by_situation)
        if facts.participant_id is not None:
            people.update(_people(session, facts))
    return Cube(by_session, by_situation, people)


@dataclass(frozen=True, slots=True)
class _Facts:
    """Rows of one table: which measures count a row, how much it counts, and whom it is about."""

    rows: FromClause
    measures: Mapping[str, ColumnElement[bool]]
    participant_id: ColumnElement[Any] | None
    situations: ColumnElement[Any] | None
    weight: ColumnElement[Any] | None = None


_GROUPS: Mapping[str, ColumnElement[Any]] = {
    "programme": session_fact.c.programme,
    "organisation": session_fact.c.organisation,
    "theme": session_fact.c.theme,
    "month": func.to_char(session_fact.c.first_day, "YYYY-MM"),
    "place": session_fact.c.place,
}


def _registrations(as_of: datetime) -> _Facts:
    column = registration_fact.c
    cancelled = session_fact.c.status == SessionStatus.CANCELLED
    begun = or_(
        session_fact.c.first_starts_at <= as_of, session_fact.c.status == SessionStatus.CLOSED
    )
    never_seated = or_(
        column.status == "waitlisted",
        and_(
            column.status == "cancelled",
            column.left_from == "waitlisted",
            column.left_at >= session_fact.c.first_starts_at,
        ),
    )
    came = exists().where(
        attendance_fact.c.registration_id == column.registration_id,
        attendance_fact.c.status == "present",
    )
    return _Facts(
        registration_fact.outerjoin(session_fact, session_fact.c.session_id == column.session_id),
        {
            "registrations": true(),
            **{status: column.status == status for status in _STATUSES},
            "attended": came,
            "refused": func.coalesce(and_(begun, never_seated, ~cancelled), False),
        },
        column.participant_id,
        column.situations,
    )


def _attendance() -> _Facts:
    column = attendance_fact.c
    return _Facts(
        attendance_fact.outerjoin(
            session_fact, session_fact.c.session_id == column.session_id
        ).outerjoin(
            registration_fact, registration_fact.c.registration_id == column.registration_id
        ),
        {"expected": true(), "absent": column.status == "absent"},
        column.participant_id,
        registration_fact.c.situations,
    )


def _feedback() -> _Facts:
    column = feedback_fact.c
    return _Facts(
        feedback_fact.outerjoin(
            session_fact, session_fact.c.session_id == column.session_id
        ).outerjoin(
            registration_fact, registration_fact.c.registration_id == column.registration_id
        ),
        {"feedback_count": true()},
        None,
        registration_fact.c.situations,
    )


def _heads() -> _Facts:
    """Heads counted where nobody registers: they have no situation."""
    return _Facts(
        head_count_fact.outerjoin(
            session_fact, session_fact.c.session_id == head_count_fact.c.session_id
        ),
        {"attended": true()},
        None,
        None,
        weight=head_count_fact.c["count"],
    )


def _flat(facts: _Facts) -> Subquery:
    """A row per fact: its groups, whom it is about, and whether each measure counts it."""
    columns: list[ColumnElement[Any]] = [_GROUPS[name].label(name) for name in OF_SESSIONS]
    columns += [rule.label(name) for name, rule in facts.measures.items()]
    if facts.situations is not None:
        columns.append(facts.situations.label(SITUATION))
    if facts.participant_id is not None:
        columns.append(facts.participant_id.label("participant_id"))
    columns.append((literal(1) if facts.weight is None else facts.weight).label("weight"))
    return select(*columns).select_from(facts.rows).subquery("flat")


def _count(
    session: Session, facts: _Facts, by_session: Counter[Atom], by_situation: Counter[Atom]
) -> None:
    flat = _flat(facts)
    keys = [column for column in flat.c if column.name not in ("participant_id", "weight")]
    counted: Select[Any] = select(*[*keys, func.sum(flat.c.weight).label("weight")]).group_by(*keys)
    for row in session.execute(counted).mappings():
        groups = tuple(row[name] for name in OF_SESSIONS)
        measures = tuple(name for name in facts.measures if row[name])
        by_session[groups, measures] += int(row["weight"])
        if facts.situations is not None:
            held = tuple(sorted(row[SITUATION] or ()))
            by_situation[held, measures] += int(row["weight"])


def _people(session: Session, facts: _Facts) -> dict[CellName, int]:
    """How many different people each cell is about."""
    flat = _flat(facts)
    different = func.count(distinct(flat.c.participant_id))
    measures = [different.filter(flat.c[name]).label(name) for name in facts.measures]
    groups = [flat.c[name] for name in OF_SESSIONS]
    absent = [func.grouping(one).label(f"not_{one.name}") for one in groups]
    over_sessions: Select[Any] = select(*[*measures, *groups, *absent]).group_by(
        func.grouping_sets(tuple_(), *(tuple_(one) for one in groups))
    )
    found: dict[CellName, int] = {}
    for row in session.execute(over_sessions).mappings():
        grouping = next((name for name in OF_SESSIONS if row[f"not_{name}"] == 0), None)
        for name in facts.measures:
            found[name, grouping, row[grouping] if grouping else None] = row[name]
    held = func.unnest(flat.c[SITUATION]).table_valued("code").render_derived(name="held")
    over_situations: Select[Any] = (
        select(*[*measures, held.c.code])
        .select_from(flat.outerjoin(held, true()))
        .group_by(held.c.code)
    )
    for row in session.execute(over_situations).mappings():
        for name in facts.measures:
            found[name, SITUATION, row["code"]] = row[name]
    return found
