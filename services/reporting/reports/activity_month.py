"""What was done in one month, activity by activity."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from services.reporting.domain import Scope, month_bounds
from services.reporting.operations.figures import compute_figures
from services.reporting.reports.content import Content, ReportKind, Tell
from services.reporting.reports.grouped import sheet_by
from services.reporting.reports.parameters import IS_MONTH, Filters, scope_of
from shared.errors import Text


class ActivityMonthParameters(Filters):
    month = ma.fields.String(
        required=True,
        validate=IS_MONTH,
        metadata={
            "description": "`YYYY-MM`: the month, at the place, of the session's first meeting."
        },
    )


def write(session: Session, parameters: Mapping[str, Any], as_of: datetime, tell: Tell) -> Content:
    figures = compute_figures(
        session,
        _scope_of(parameters),
        ("title", "programme", "organisation", "place"),
        as_of=as_of,
        tell=tell,
    )
    return Content(
        total=figures.total,
        sheets=(
            sheet_by(figures, "title", name="by_activity"),
            sheet_by(figures, "programme"),
            sheet_by(figures, "organisation"),
            sheet_by(figures, "place"),
        ),
    )


def _scope_of(parameters: Mapping[str, Any]) -> Scope:
    first, after = month_bounds(parameters["month"])
    return scope_of({**parameters, "from_": first, "to": after})


KIND = ReportKind(
    "activity-month",
    Text("Activity of a month", "Activité d'un mois"),
    Text(
        "One month: every indicator, by activity, programme, organisation and place.",
        "Un mois : tous les indicateurs, par activité, dispositif, structure et lieu.",
    ),
    ActivityMonthParameters(),
    write,
    _scope_of,
)
