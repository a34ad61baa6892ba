"""Counting the facts: one query per facts table, however many groupings are asked for.

Each query counts the rows of its own table, once, so that a session with three meetings or a person with
two situations is never counted twice; GROUPING SETS gives the total and every grouping in one pass.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    Table,
    and_,
    case,
    distinct,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from services.reporting import indicators
from services.reporting.domain import Scope, SessionStatus
from services.reporting.models import (
    attendance_fact,
    feedback_fact,
    head_count_fact,
    meeting_fact,
    notification_fact,
    outcome_fact,
    registration_fact,
    session_fact,
)

SITUATION = "situation"
_OF_SESSIONS: Mapping[str, ColumnElement[Any]] = {
    "programme": session_fact.c.programme,
    "organisation": session_fact.c.organisation,
    "theme": session_fact.c.theme,
    "place": session_fact.c.place,
    "month": func.to_char(session_fact.c.first_day, "YYYY-MM"),
    "title": session_fact.c.title,
}
# A report may group by title too, which over a whole year would make too long a list for the API.
GROUPINGS = ("programme", "organisation", "theme", "month", "place", SITUATION)

Indicators = dict[str, indicators.Value]
_Counts = dict[str, int]
_Measures = dict[str, ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Figures:
    """The indicators of everything in scope, and of each group of each grouping asked for.

    A group is None for what has none (a session without a theme) or is of a session not told of.
    """

    total: Indicators
    groups: Mapping[str, Mapping[str | None, Indicators]]


def compute_figures(
    session: Session,
    scope: Scope,
    by: Sequence[str] = (),
    *,
    as_of: datetime,
    tell: Callable[[float], None] = lambda _: None,
) -> Figures:
    """Every indicator within ``scope``, in total and grouped ``by`` each of the groupings named.

    ``as_of`` decides which sessions have begun and which meetings have been held. Grouped by situation,
    a person with two situations counts in both, and indicators of the offer are null. ``tell`` is told how
    far the counting is (0 to 1) after each query.
    """
    chosen = _chosen(scope)
    total: _Counts = {}
    groups: dict[str, dict[str | None, _Counts]] = {name: {} for name in by}
    names = [name for name in by if name != SITUATION]
    queries = _queries(scope, chosen, as_of)
    for done, query in enumerate(queries, start=1):
        for row in session.execute(_over_sessions(query, chosen, names)).mappings():
            counts = {name: int(row[name] or 0) for name in query.measures}
            grouping = next((name for name in names if row[f"in_{name}"] == 0), None)
            target = (
                total
                if grouping is None
                else groups[grouping].setdefault(row[f"by_{grouping}"], {})
            )
            target.update(counts)
        if SITUATION in by and query.registration_id is not None:
            for row in session.execute(_over_situations(query)).mappings():
                counts = {name: int(row[name] or 0) for name in query.measures}
                groups[SITUATION].setdefault(row[SITUATION], {}).update(counts)
        tell(done / len(queries))
    return Figures(
        indicators.compute_all(total),
        {
            grouping: {
                group: indicators.compute_all(counts, with_offer=grouping != SITUATION)
                for group, counts in found.items()
            }
            for grouping, found in groups.items()
        },
    )


@dataclass(frozen=True, slots=True)
class _Query:
    """What to count in one facts table; ``registration_id`` is None when it is not about people."""

    rows: FromClause
    measures: _Measures
    registration_id: ColumnElement[Any] | None


def _chosen(scope: Scope) -> Subquery:
    """The sessions in scope, with what they can be grouped by."""
    column = session_fact.c
    wanted: list[tuple[Any, Callable[[Any], ColumnElement[bool]]]] = [
        (scope.since, lambda day: column.first_day >= day),
        (scope.until, lambda day: column.first_day < day),
        (scope.programme, lambda code: column.programme == code),
        (scope.organisation, lambda code: column.organisation == code),
        (scope.place, lambda code: column.place == code),
        (scope.session_id, lambda key: column.session_id == key),
    ]
    return (
        select(
            column.session_id,
            column.status,
            column.capacity,
            column.first_starts_at,
            *(expression.label(name) for name, expression in _OF_SESSIONS.items()),
        )
        .where(*(condition(value) for value, condition in wanted if value is not None))
        .subquery("chosen")
    )


def _queries(scope: Scope, chosen: Subquery, as_of: datetime) -> list[_Query]:
    def within(facts: Table) -> FromClause:
        # Unless sessions are picked, what belongs to one we were not told of counts in the total too.
        return facts.join(
            chosen, facts.c.session_id == chosen.c.session_id, isouter=scope.is_everything
        )

    registration = registration_fact.c
    return [
        _Query(chosen, _sessions(chosen), None),
        _Query(
            meeting_fact.join(chosen, meeting_fact.c.session_id == chosen.c.session_id),
            _meetings(chosen, as_of),
            None,
        ),
        _Query(
            within(registration_fact), _registrations(chosen, as_of), registration.registration_id
        ),
        _Query(within(attendance_fact), _attendance(), attendance_fact.c.registration_id),
        _Query(within(head_count_fact), _heads(), None),
        _Query(within(feedback_fact), _feedback(), feedback_fact.c.registration_id),
        _Query(within(outcome_fact), _outcomes(), outcome_fact.c.registration_id),
        _Query(within(notification_fact), _notifications(), notification_fact.c.registration_id),
    ]


def _over_sessions(query: _Query, chosen: Subquery, names: Sequence[str]) -> Select[Any]:
    columns = [chosen.c[name] for name in names]
    statement = select(
        *(measure.label(name) for name, measure in query.measures.items()),
        *(column.label(f"by_{name}") for name, column in zip(names, columns, strict=True)),
        *(
            func.grouping(column).label(f"in_{name}")
            for name, column in zip(names, columns, strict=True)
        ),
    ).select_from(query.rows)
    if names:
        sets = [tuple_(), *(tuple_(column) for column in columns)]
        statement = statement.group_by(func.grouping_sets(*sets))
    return statement


def _over_situations(query: _Query) -> Select[Any]:
    whose = registration_fact.alias("whose")
    held = func.unnest(whose.c.situations).table_valued(SITUATION).render_derived(name="held")
    rows = query.rows.outerjoin(whose, whose.c.registration_id == query.registration_id).outerjoin(
        held, true()
    )
    situation = held.c[SITUATION]
    measures = (measure.label(name) for name, measure in query.measures.items())
    return select(situation.label(SITUATION), *measures).select_from(rows).group_by(situation)


def _sessions(chosen: Subquery) -> _Measures:
    cancelled = chosen.c.status == SessionStatus.CANCELLED
    return {
        "sessions": func.count().filter(~cancelled),
        "sessions_cancelled": func.count().filter(cancelled),
        "seats": func.sum(case((~cancelled, chosen.c.capacity), else_=0)),
    }


def _meetings(chosen: Subquery, as_of: datetime) -> _Measures:
    takes_place = chosen.c.status != SessionStatus.CANCELLED
    held = and_(
        takes_place,
        or_(meeting_fact.c.ends_at <= as_of, chosen.c.status == SessionStatus.CLOSED),
    )
    return {
        "meetings": func.count().filter(takes_place),
        "meetings_held": func.count().filter(held),
        "hours_minutes": func.sum(meeting_fact.c.minutes).filter(held),
    }


def _registrations(chosen: Subquery, as_of: datetime) -> _Measures:
    column = registration_fact.c
    begun = or_(chosen.c.first_starts_at <= as_of, chosen.c.status == SessionStatus.CLOSED)
    never_seated = or_(
        column.status == "waitlisted",
        and_(
            column.status == "cancelled",
            column.left_from == "waitlisted",
            column.left_at >= chosen.c.first_starts_at,
        ),
    )
    refused = and_(begun, never_seated, chosen.c.status != SessionStatus.CANCELLED)
    by_status = {
        status: func.count().filter(column.status == status)
        for status in (
            "confirmed",
            "waitlisted",
            "offered",
            "pending",
            "declined",
            "cancelled",
            "expired",
        )
    }
    return {
        **by_status,
        "registrations": func.count(),
        "people": func.count(distinct(column.participant_id)),
        "ever_waitlisted": func.count().filter(column.was_waitlisted),
        "promoted": func.count().filter(column.was_promoted),
        "refused": func.count().filter(refused),
    }


def _attendance() -> _Measures:
    column = attendance_fact.c
    present = column.status == "present"
    by_status = {
        status: func.count().filter(column.status == status)
        for status in ("present", "excused", "absent")
    }
    return {
        **by_status,
        "attended": func.count(distinct(column.registration_id)).filter(present),
        "people_attended": func.count(distinct(column.participant_id)).filter(present),
        "attended_hours_minutes": func.sum(column.minutes).filter(present),
    }


def _heads() -> _Measures:
    column = head_count_fact.c
    return {
        "heads": func.sum(column["count"]),
        "heads_minutes": func.sum(column["count"] * column.minutes),
    }


def _feedback() -> _Measures:
    return {"feedback_count": func.count(), "ratings": func.sum(feedback_fact.c.rating)}


def _outcomes() -> _Measures:
    outcome = outcome_fact.c.outcome
    return {
        "outcomes": func.count(),
        "outcomes_reached": func.count().filter(outcome != "none-yet"),
    }


def _notifications() -> _Measures:
    status = notification_fact.c.status
    return {
        "notifications_sent": func.count().filter(status == "sent"),
        "notifications_failed": func.count().filter(status == "failed"),
    }
