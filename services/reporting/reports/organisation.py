"""One organisation over a period: what it held, and who came."""

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


class OrganisationParameters(Period):
    organisation = Code(required=True, metadata={"description": "Its code."})


def write(session: Session, parameters: Mapping[str, Any], as_of: datetime, tell: Tell) -> Content:
    groupings = ("title", "programme", "month", "place", SITUATION)
    figures = compute_figures(session, scope_of(parameters), groupings, as_of=as_of, tell=tell)
    return Content(
        total=figures.total,
        sheets=(
            sheet_by(figures, "title", name="by_activity"),
            sheet_by(figures, "programme"),
            sheet_by(figures, "month"),
            sheet_by(figures, "place"),
            sheet_by(figures, SITUATION),
        ),
    )


KIND = ReportKind(
    "organisation",
    Text("Report of an organisation", "Rapport d'une structure"),
    Text(
        "One organisation over a period: every indicator, by activity, programme, month, place and situation.",
        "Une structure sur une période : tous les indicateurs, par activité, dispositif, mois, lieu et situation.",
    ),
    OrganisationParameters(),
    write,
    scope_of,
)
