"""Counting the facts: one query per facts table, however many groupings are asked for.

GROUPING SETS gives the total and every grouping by session in one pass; a grouping by who people are takes
a query of its own, for one person may count in several groups of it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select, true, tuple_
from sqlalchemy.orm import Session

from services.reporting import indicators
from services.reporting.domain import OF_MONEY, OF_PEOPLE, OF_REFERRALS, SITUATION, Scope
from services.reporting.indicators import Of
from services.reporting.models import registration_fact
from services.reporting.operations.costs import count_costs
from services.reporting.operations.measures import Count, counts, ratings_given

__all__ = [
    "SITUATION",
    "Figures",
    "Indicators",
    "compute_figures",
    "count_ratings",
    "known_of",
]

Indicators = dict[str, indicators.Value]
# The names that are grouped by, and the values of one group, in the same order.
_Names = tuple[str, ...]
_Values = tuple[str | None, ...]
_Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """The indicators of everything in scope, and of each group of each grouping asked for.

    A group is None for what has none (a session without a theme) or is of a session not told of.
    ``crossed`` holds the groups by two things at once.
    """

    total: Indicators
    groups: Mapping[str, Mapping[str | None, Indicators]]
    crossed: Mapping[_Names, Mapping[_Values, Indicators]] = field(default_factory=dict)


def compute_figures(
    session: Session,
    scope: Scope,
    by: Sequence[str] = (),
    *,
    cross: Sequence[_Names] = (),
    as_of: datetime,
    with_money: bool = True,
    tell: Callable[[float], None] = lambda _: None,
) -> Figures:
    """Every indicator within ``scope``, in total, grouped ``by`` each name, and by each two names of ``cross``.

    ``as_of`` decides which sessions have begun and which meetings have been held. Grouped by situation, a
    person with two situations counts in both. What cannot be divided so is null: see ``known_of``. ``tell``
    is told how far the counting is (0 to 1) after each query. Without money, nothing is a group for its costs alone.
    """
    wanted: list[_Names] = [*((name,) for name in by), *cross]
    found: dict[_Names, dict[_Values, _Counts]] = {names: {} for names in ((), *wanted)}
    by_session = [names for names in wanted if not set(names) & set(OF_PEOPLE)]
    by_people = [names for names in wanted if set(names) & set(OF_PEOPLE)]
    queries = counts(scope, as_of)
    for done, query in enumerate(queries, start=1):
        has = [names for names in by_session if query.groups.keys() >= set(names)]
        for row in session.execute(_over_sessions(query, has, scope)).mappings():
            counted = {name: int(row[name] or 0) for name in query.measures}
            grouped = frozenset(name for name in _used(has) if row[f"in_{name}"] == 0)
            for names in ((), *has):
                if frozenset(names) == grouped:
                    values = tuple(row[f"by_{name}"] for name in names)
                    found[names].setdefault(values, {}).update(counted)
        for names in by_people if query.registration_id is not None else ():
            for row in session.execute(_over_people(query, names, scope)).mappings():
                counted = {name: int(row[name] or 0) for name in query.measures}
                values = tuple(row[f"by_{name}"] for name in names)
                found[names].setdefault(values, {}).update(counted)
        tell(done / len(queries))
    for names in found.keys() if with_money and scope.tells_of_money else ():
        if set(names) <= OF_MONEY:
            for values, spent in count_costs(session, scope, names, as_of).items():
                found[names].setdefault(values, {}).update(spent)
    told = {
        names: {
            values: indicators.compute_all(counted, of=known_of(scope, names))
            for values, counted in groups.items()
        }
        for names, groups in found.items()
    }
    return Figures(
        total=told[()].get((), indicators.compute_all({}, of=known_of(scope))),
        groups={
            name: {values[0]: figures for values, figures in told[name,].items()} for name in by
        },
        crossed={names: told[names] for names in cross},
    )


def count_ratings(session: Session, scope: Scope) -> Mapping[int, int]:
    """How many ratings of each number of points were received within ``scope``, which limits no people."""
    return {row[0]: row[1] for row in session.execute(ratings_given(scope))}


def known_of(scope: Scope, grouping: Collection[str] = ()) -> frozenset[Of]:
    """What can be told within ``scope``, divided by ``grouping``: indicators about anything else are null."""
    known = {Of.PEOPLE}
    if not scope.is_of_people and not set(grouping) & set(OF_PEOPLE):
        known.add(Of.OFFER)
        if scope.tells_of_referrals and set(grouping) <= OF_REFERRALS:
            known.add(Of.REFERRALS)
        if scope.tells_of_money and set(grouping) <= OF_MONEY:
            known.add(Of.MONEY)
    return frozenset(known)


def _used(groupings: Sequence[_Names]) -> list[str]:
    return list(dict.fromkeys(name for names in groupings for name in names))


def _over_sessions(query: Count, groupings: Sequence[_Names], scope: Scope) -> Select[Any]:
    names = _used(groupings)
    statement = select(
        *(measure.label(name) for name, measure in query.measures.items()),
        *(query.groups[name].label(f"by_{name}") for name in names),
        *(func.grouping(query.groups[name]).label(f"in_{name}") for name in names),
    )
    if names:
        sets = dict.fromkeys(frozenset(one) for one in groupings)
        columns = (tuple_(*(query.groups[name] for name in sorted(one))) for one in sets)
        statement = statement.group_by(func.grouping_sets(tuple_(), *columns))
    if not scope.is_of_people:
        return statement.select_from(query.rows)
    rows, person = _with_people(query)
    return statement.select_from(rows).where(*_of_people(scope, person))


def _over_people(query: Count, names: _Names, scope: Scope) -> Select[Any]:
    rows, person = _with_people(query)
    columns: dict[str, ColumnElement[Any]] = {
        **query.groups,
        "age_band": person.c.age_band,
        "district": person.c.district,
    }
    if SITUATION in names:
        held = func.unnest(person.c.situations).table_valued(SITUATION).render_derived(name="held")
        rows = rows.outerjoin(held, true())
        columns[SITUATION] = held.c[SITUATION]
    return (
        select(
            *(measure.label(name) for name, measure in query.measures.items()),
            *(columns[name].label(f"by_{name}") for name in names),
        )
        .select_from(rows)
        .where(*_of_people(scope, person))
        .group_by(*(columns[name] for name in names))
    )


def _with_people(query: Count) -> tuple[FromClause, FromClause]:
    """The rows joined to the registrations they are of, and those."""
    if query.registration_id is registration_fact.c.registration_id:
        return query.rows, registration_fact
    whose = registration_fact.alias("whose")
    return query.rows.outerjoin(whose, whose.c.registration_id == query.registration_id), whose


def _of_people(scope: Scope, person: FromClause) -> list[ColumnElement[bool]]:
    wanted = {
        person.c.age_band: scope.age_band,
        person.c.district: scope.district,
    }
    conditions = [column == value for column, value in wanted.items() if value is not None]
    if scope.situation is not None:
        conditions.append(person.c.situations.contains([scope.situation]))
    return conditions
