"""Counting the facts: a query or two per facts table, however many groupings are asked for.

GROUPING SETS gives the total and every grouping in one pass, but for those by situation, where one person may count
in several groups.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, select, true, tuple_
from sqlalchemy.orm import Session

from services.reporting import indicators
from services.reporting.domain import OF_MONEY, OF_PEOPLE, OF_REFERRALS, SITUATION, Scope
from services.reporting.indicators import Of
from services.reporting.models import registration_fact
from services.reporting.operations.costs import count_costs
from services.reporting.operations.measures import Count, Rows, counts, ratings_given

__all__ = [
    "SITUATION",
    "Figures",
    "Indicators",
    "compute_figures",
    "count_ratings",
    "known_of",
]

Indicators = dict[str, indicators.Value]
# Of so few groupings, the total among them, reading the rows twice would take longer than sorting wide ones.
_FEW = 2
# The names that are grouped by, and the values of one group, in the same order.
_Names = tuple[str, ...]
_Values = tuple[str | None, ...]
_Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """The indicators of everything in scope, and of each group of each grouping asked for.

    A group is None for what has none (a session without a theme) or is of a session not told of.
    ``crossed`` holds the groups by several things at once, and those of seats alone.
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
    of_seats: Sequence[_Names] = (),
    as_of: datetime,
    with_money: bool = True,
    tell: Callable[[float], None] = lambda _: None,
) -> Figures:
    """Every indicator within ``scope``, in total, grouped ``by`` each name, and by all names of each of ``cross``.

    ``as_of`` decides which sessions have begun and which meetings have been held. Grouped by situation, a
    person with two situations counts in both. What cannot be divided so is null: see ``known_of``. Grouped by the
    names of each of ``of_seats``, which are among the ``crossed``, what counts once (different people, for one) is
    null too, for it takes the longest. ``tell`` is told how far the counting is (0 to 1) after each query. Without
    money, nothing is a group for its costs alone.
    """
    told_whole: list[_Names] = [(), *((name,) for name in by), *cross]
    wanted = [*told_whole, *of_seats]
    found: dict[_Names, dict[_Values, _Counts]] = {names: {} for names in wanted}
    queries = [
        partial(_count, session, scope, count, together)
        for whole in counts(scope, as_of)
        for count, groupings in _parts(whole, told_whole, of_seats)
        for together in _in_one_pass(groupings, count.rows)
    ]
    for done, query in enumerate(queries, start=1):
        for names, values, counted in query():
            found[names].setdefault(values, {}).update(counted)
        tell(done / len(queries))
    for names in found.keys() if with_money and scope.tells_of_money else ():
        if set(names) <= OF_MONEY:
            for values, spent in count_costs(session, scope, names, as_of).items():
                found[names].setdefault(values, {}).update(spent)
    known = {
        names: known_of(scope, names) - ({Of.ONCE} if names in of_seats else set())
        for names in wanted
    }
    told = {
        names: {
            values: indicators.compute_all(counted, of=known[names])
            for values, counted in groups.items()
        }
        for names, groups in found.items()
    }
    return Figures(
        total=told[()].get((), indicators.compute_all({}, of=known[()])),
        groups={
            name: {values[0]: figures for values, figures in told[name,].items()} for name in by
        },
        crossed={names: told[names] for names in (*cross, *of_seats)},
    )


def count_ratings(session: Session, scope: Scope) -> Mapping[int, int]:
    """How many ratings of each number of points were received within ``scope``, which limits no people."""
    return {row[0]: row[1] for row in session.execute(ratings_given(scope))}


def known_of(scope: Scope, grouping: Collection[str] = ()) -> frozenset[Of]:
    """What can be told within ``scope``, divided by ``grouping``: indicators about anything else are null."""
    known = {Of.PEOPLE, Of.ONCE}
    if not scope.is_of_people and not set(grouping) & set(OF_PEOPLE):
        known.add(Of.OFFER)
        if scope.tells_of_referrals and set(grouping) <= OF_REFERRALS:
            known.add(Of.REFERRALS)
        if scope.tells_of_money and set(grouping) <= OF_MONEY:
            known.add(Of.MONEY)
    return frozenset(known)


def _parts(
    count: Count, told_whole: Sequence[_Names], of_seats: Sequence[_Names]
) -> list[tuple[Count, Sequence[_Names]]]:
    """``count`` as it is, or in two: one for every grouping, and one of what counts once.

    That has all rows sorted for each of its groupings: where there are many, rows as narrow as can be.
    """
    if not count.once:
        return [(count, [*told_whole, *of_seats])]
    if not of_seats and len(told_whole) <= _FEW:
        return [(Count(count.rows, {**count.measures, **count.once}), told_whole)]
    return [
        (Count(count.rows, count.measures), [*told_whole, *of_seats]),
        (Count(count.rows, count.once), told_whole),
    ]


def _in_one_pass(wanted: Sequence[_Names], rows: Rows) -> Iterator[Sequence[_Names]]:
    """Which of the groupings ``wanted`` of ``rows`` can be counted together.

    Not those by situation: there, what is about somebody with two of them counts twice.
    """
    of_people = OF_PEOPLE if rows.registration_id is not None else ()
    possible = [names for names in wanted if {*rows.groups, *of_people}.issuperset(names)]
    yield [names for names in possible if SITUATION not in names]
    for names in possible:
        if SITUATION in names:
            yield [names]


def _count(
    session: Session, scope: Scope, count: Count, groupings: Sequence[_Names]
) -> Iterator[tuple[_Names, _Values, _Counts]]:
    names = list(dict.fromkeys(name for grouping in groupings for name in grouping))
    source, columns, conditions = _grouped(count.rows, scope, names)
    statement = (
        select(
            *(measure.label(name) for name, measure in count.measures.items()),
            *(column.label(f"by_{name}") for name, column in columns.items()),
            *(func.grouping(column).label(f"in_{name}") for name, column in columns.items()),
        )
        .select_from(source)
        .where(*conditions)
    )
    if names:
        sets = dict.fromkeys(frozenset(one) for one in groupings)
        keys = (tuple_(*(columns[name] for name in sorted(one))) for one in sets)
        statement = statement.group_by(func.grouping_sets(*keys))
    for row in session.execute(statement).mappings():
        counted = {name: int(row[name] or 0) for name in count.measures}
        grouped = {name for name in names if row[f"in_{name}"] == 0}
        for grouping in groupings:
            if set(grouping) == grouped:
                yield grouping, tuple(row[f"by_{name}"] for name in grouping), counted


def _grouped(
    rows: Rows, scope: Scope, names: Sequence[str]
) -> tuple[FromClause, Mapping[str, ColumnElement[Any]], Sequence[ColumnElement[bool]]]:
    """What to count from, the column of each of ``names``, and whom ``scope`` limits it to."""
    if not scope.is_of_people and not set(names) & set(OF_PEOPLE):
        return rows.source, {name: rows.groups[name] for name in names}, ()
    source, person = _with_people(rows)
    columns = {**rows.groups, "age_band": person.c.age_band, "district": person.c.district}
    if SITUATION in names:
        held = func.unnest(person.c.situations).table_valued(SITUATION).render_derived(name="held")
        source, columns[SITUATION] = source.outerjoin(held, true()), held.c[SITUATION]
    return source, {name: columns[name] for name in names}, _of_people(scope, person)


def _with_people(rows: Rows) -> tuple[FromClause, FromClause]:
    """The rows joined to the registrations they are of, and those."""
    if rows.registration_id is registration_fact.c.registration_id:
        return rows.source, registration_fact
    whose = registration_fact.alias("whose")
    return rows.source.outerjoin(whose, whose.c.registration_id == rows.registration_id), whose


def _of_people(scope: Scope, person: FromClause) -> list[ColumnElement[bool]]:
    wanted = {
        person.c.age_band: scope.age_band,
        person.c.district: scope.district,
    }
    conditions = [column == value for column, value in wanted.items() if value is not None]
    if scope.situation is not None:
        conditions.append(person.c.situations.contains([scope.situation]))
    return conditions
