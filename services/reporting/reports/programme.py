"""One programme over a period."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.reporting.operations.figures import SITUATION, compute_figures
from services.reporting.reports.content import Content, ReportKind, Tell
from services.reporting.reports.grouped import sheet_by
from services.reporting.reports.parameters import Period, scope_of
from shared.errors import Text
from shared.web.fields import Code


class ProgrammeParameters(Period):
    programme = Code(required=True, metadata={"description": "Its code."})


def write(session: Session, parameters: Mapping[str, Any], as_of: datetime, tell: Tell) -> Content:
    groupings = ("title", "organisation", "month", SITUATION)
    figures = compute_figures(session, scope_of(parameters), groupings, as_of=as_of, tell=tell)
    return Content(
        total=figures.total,
        sheets=(
            sheet_by(figures, "title", name="by_activity"),
            sheet_by(figures, "organisation"),
            sheet_by(figures, "month"),
            sheet_by(figures, SITUATION),
        ),
    )


KIND = ReportKind(
    "programme",
    Text("Report of a programme", "Rapport d'un dispositif"),
    Text(
        "One programme over a period: every indicator, by activity, organisation, month and situation.",
        "Un dispositif sur une période : tous les indicateurs, par activité, structure, mois et situation.",
    ),
    ProgrammeParameters(),
    write,
    scope_of,
)
