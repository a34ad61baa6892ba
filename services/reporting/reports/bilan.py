"""The bilan: what the place did over a period, for the City and the funders."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.reporting.operations.figures import SITUATION, compute_figures
from services.reporting.reports.content import Content, ReportKind, Tell
from services.reporting.reports.grouped import sheet_by
from services.reporting.reports.parameters import Filters, Period, scope_of
from shared.errors import Text

_PRESSURE = (
    "seats",
    "registrations",
    "confirmed",
    "fill_rate",
    "ever_waitlisted",
    "promoted",
    "waitlisted",
    "refused",
)


class BilanParameters(Period, Filters):
    pass


def write(session: Session, parameters: Mapping[str, Any], as_of: datetime, tell: Tell) -> Content:
    groupings = ("programme", "organisation", "month", "theme", "place", SITUATION)
    figures = compute_figures(session, scope_of(parameters), groupings, as_of=as_of, tell=tell)
    return Content(
        total=figures.total,
        sheets=(
            sheet_by(figures, "programme"),
            sheet_by(figures, "organisation"),
            sheet_by(figures, "month"),
            sheet_by(figures, "place"),
            sheet_by(figures, SITUATION),
            sheet_by(figures, "theme", name="waiting_list_pressure", columns=_PRESSURE),
        ),
    )


KIND = ReportKind(
    "bilan",
    Text("Bilan of the third place", "Bilan du tiers-lieu"),
    Text(
        "The assessment of a period: totals, by programme, organisation, month, place and situation, and the "
        "pressure on waiting lists by theme.",
        "Le bilan d'une période : totaux, par dispositif, structure, mois, lieu et situation, et tension des "
        "listes d'attente par thème.",
    ),
    BilanParameters(),
    write,
)
