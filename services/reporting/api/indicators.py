"""The figures, and what they mean."""

from datetime import UTC, datetime
from typing import Any

from services.reporting.db import transaction
from services.reporting.indicators import CATALOGUE, VERSION
from services.reporting.operations.figures import compute_figures
from services.reporting.reports.parameters import scope_of
from services.reporting.schemas import DefinitionList, IndicatorAnswer, IndicatorQuery
from shared.errors import Forbidden
from shared.web.routes import Routes, staff

routes = Routes("indicators", __name__, url_prefix="/v1/indicators")

_STAFF = ("facilitator", "adviser", "manager", "operator")


@routes.route("")
@routes.access(*_STAFF)
@routes.arguments(IndicatorQuery, location="query")
@routes.response(200, IndicatorAnswer)
def shown(query: dict[str, Any]) -> dict[str, Any]:
    """Exact figures, for staff; facilitators see their own organisation's.

    A session, and all that came of it, belongs to the day of its first meeting, at the place.
    """
    grouping = query["group_by"]
    scope = scope_of({**query, "organisation": _organisation(query["organisation"])})
    with transaction() as session:
        figures = compute_figures(
            session, scope, (grouping,) if grouping else (), as_of=datetime.now(UTC)
        )
    groups = figures.groups[grouping] if grouping else {}
    ordered = sorted(groups, key=lambda group: (group is None, group or ""))
    items = [{"group": group, **groups[group]} for group in ordered]
    return {"items": items, "total": figures.total, "next": None}


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


def _organisation(asked: str | None) -> str | None:
    """The organisation to count: the one asked for, and for a facilitator no other than their own.

    Raises:
        Forbidden: it is another's, or the facilitator's token names none.
    """
    member = staff()
    if member.role != "facilitator":
        return asked
    if member.organisation is None or asked not in (None, member.organisation):
        raise Forbidden
    return member.organisation
