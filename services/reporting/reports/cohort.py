"""One cohort: who was there from its first meeting to its last, and what it led to."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from services.reporting.domain import Scope
from services.reporting.operations import session_figures
from services.reporting.operations.figures import compute_figures
from services.reporting.reports.chapters import IN_SHORT
from services.reporting.reports.content import (
    Bars,
    Block,
    Chapter,
    Content,
    Curve,
    KeyFigures,
    ReportKind,
    Sheet,
    Table,
    Tell,
)
from services.reporting.reports.session import ABOUT, attendance_sheet, sheet_of
from shared.errors import Text

_KEY = (
    "registrations",
    "confirmed",
    "people_attended",
    "meetings_held",
    "hours",
    "attended_hours",
    "no_show_rate",
    "outcomes",
    "outcomes_reached",
)


class CohortParameters(ma.Schema):
    session_id = ma.fields.UUID(
        required=True, metadata={"description": "The session whose meetings the cohort follows."}
    )


def write(session: Session, parameters: Mapping[str, Any], as_of: datetime, tell: Tell) -> Content:
    """Raises SessionUnknown."""
    session_id = parameters["session_id"]
    described = session_figures.describe_session(session, session_id)
    figures = compute_figures(session, Scope(session_id=session_id), as_of=as_of, tell=tell)
    outcomes = sheet_of(
        "outcomes",
        ("outcome", "registrations"),
        session_figures.count_outcomes(session, session_id),
    )
    situations = sheet_of(
        "situations",
        ("situation", "people"),
        session_figures.count_situations(session, session_id),
    )
    ages = sheet_of(
        "age_bands", ("age_band", "people"), session_figures.count_age_bands(session, session_id)
    )
    meetings = attendance_sheet(session, session_id)
    return Content(
        about={name: described[name] for name in ABOUT},
        total=figures.total,
        sheets=(meetings, outcomes, situations, ages),
        chapters=(
            Chapter(IN_SHORT, [KeyFigures(_KEY)]),
            Chapter(
                Text("From one meeting to the next", "D'une séance à l'autre"),
                [
                    Curve(meetings.name, "day", ("present", "absent")),
                    Table(meetings.name, ("day", "minutes", "present", "excused", "absent")),
                ],
            ),
            Chapter(
                Text("What it led to", "Ce qu'il en est sorti"),
                [*_drawn(outcomes, "registrations")],
            ),
            Chapter(
                Text("Who was there", "Qui était là"),
                [*_drawn(situations, "people"), *_drawn(ages, "people")],
            ),
        ),
    )


def _drawn(sheet: Sheet, counted: str) -> Iterator[Block]:
    """A sheet of two columns, as bars and as a table."""
    if len(sheet.rows) > 1:
        yield Bars(sheet.name, sheet.columns[0], (counted,))
    yield Table(sheet.name, sheet.columns)


KIND = ReportKind(
    "cohort",
    Text("Report of a cohort", "Rapport d'un groupe"),
    Text(
        "One cohort: attendance from meeting to meeting, outcomes, and who was there.",
        "Un groupe suivi : émargement de séance en séance, suites du parcours, et public.",
    ),
    CohortParameters(),
    write,
)
