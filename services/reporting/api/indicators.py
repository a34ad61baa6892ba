"""The figures, and what they mean."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from services.reporting.api.organisations import own_organisation
from services.reporting.db import transaction
from services.reporting.domain import Scope
from services.reporting.indicators import CATALOGUE, VERSION, compute_all
from services.reporting.operations.comparison import compare
from services.reporting.operations.figures import Indicators, compute_figures, known_of
from services.reporting.operations.targets import hold_against, targets_of
from services.reporting.reports.parameters import scope_of
from services.reporting.schemas.indicators import DefinitionList, IndicatorAnswer, IndicatorQuery
from shared.web.routes import Routes

routes = Routes("indicators", __name__, url_prefix="/v1/indicators")

_STAFF = ("facilitator", "adviser", "manager", "operator")
# The total is the one group of no grouping.
_Groups = Mapping[tuple[str | None, ...], Indicators]


@routes.route("")
@routes.access(*_STAFF)
@routes.arguments(IndicatorQuery, location="query")
@routes.response(200, IndicatorAnswer)
def shown(query: dict[str, Any]) -> dict[str, Any]:
    """Exact figures, for staff; facilitators see their own organisation's.

    A session, and all that came of it, belongs to the day of its first meeting, at the place. A referral belongs
    to the day on which it was made.
    """
    names = tuple(query["group_by"].split(",")) if query["group_by"] else ()
    scope = scope_of({**query, "organisation": own_organisation(query["organisation"])})
    other = replace(scope, since=query["compare_from"], until=query["compare_to"])
    is_compared = other.since is not None
    now = datetime.now(UTC)
    with transaction() as session:
        these = _figures(session, scope, names, now)
        others = _figures(session, other, names, now) if is_compared else None
        targets = targets_of(session, scope)
    nothing = compute_all({}, of=known_of(scope, names))
    items = [
        {
            "group": values[0],
            "groups": dict(zip(names, values, strict=True)),
            **these.get(values, nothing),
            "compared": others and compare(these.get(values, nothing), others.get(values, nothing)),
            "targets": hold_against(
                these.get(values, nothing),
                targets.get(values[0], {}) if names == ("programme",) and values[0] else {},
            ),
        }
        for values in sorted(
            {*these, *(others or ())} - {()},
            key=lambda values: [(value is None, value or "") for value in values],
        )
    ]
    total = {
        **these[()],
        "compared": others and compare(these[()], others[()]),
        "targets": hold_against(these[()], targets.get(scope.programme, {})),
    }
    return {
        "period": _period(scope),
        "compared_period": _period(other) if is_compared else None,
        "items": items,
        "total": total,
        "next": None,
    }


def _period(scope: Scope) -> dict[str, Any]:
    since, until = scope.since, scope.until
    return {
        "from_": since,
        "to": until,
        "last_day": until - timedelta(days=1) if until and until > date.min else None,
        "days": (until - since).days if since and until else None,
    }


def _figures(session: Session, scope: Scope, names: tuple[str, ...], now: datetime) -> _Groups:
    figures = compute_figures(session, scope, cross=[names] if names else [], as_of=now)
    return {(): figures.total, **figures.crossed.get(names, {})}


@routes.route("/catalogue")
@routes.access(*_STAFF)
@routes.response(200, DefinitionList)
def catalogue() -> dict[str, Any]:
    """Every indicator: what it means, its unit, and how it is computed."""
    items = [
        {"name": one.name, "meaning": one.says, "unit": one.unit, "formula": one.formula}
        for one in CATALOGUE
    ]
    return {"items": items, "version": VERSION, "next": None}
