"""What a funder asks: who was reached by what they pay for, how it went, and what people say of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.reporting.operations import quotes
from services.reporting.operations.figures import SITUATION, compute_figures
from services.reporting.reports.chapters import IN_SHORT, blocks_of
from services.reporting.reports.content import (
    Chapter,
    Content,
    KeyFigures,
    Quotes,
    ReportKind,
    Tell,
)
from services.reporting.reports.grouped import sheet_by
from services.reporting.reports.parameters import Filters, Period, scope_of
from shared.errors import Text

_KEY = (
    "people",
    "people_attended",
    "attended_hours",
    "sessions",
    "meetings_held",
    "hours",
    "outcomes_reached",
    "satisfaction",
    "feedback_count",
    "running_cost",
    "cost_per_person",
    "cost_per_attended_hour",
)
_PUBLIC = ("people", "people_attended", "attended_hours", "outcomes_reached")


class FunderParameters(Period, Filters):
    pass


def write(session: Session, parameters: Mapping[str, Any], as_of: datetime, tell: Tell) -> Content:
    scope = scope_of(parameters)
    groupings = ("programme", "month", SITUATION)
    figures = compute_figures(session, scope, groupings, as_of=as_of, tell=tell)
    by_programme, by_month = sheet_by(figures, "programme"), sheet_by(figures, "month")
    by_situation = sheet_by(figures, SITUATION)
    said = quotes.list_quotes(
        session, since=scope.since, until=scope.until, programme=scope.programme
    )
    chapters: tuple[Chapter, ...] = (
        Chapter(IN_SHORT, [KeyFigures(_KEY)]),
        Chapter(Text("What was done", "Ce qui a été fait"), list(blocks_of(by_programme))),
        Chapter(
            Text("Who was reached", "Qui a été touché"), list(blocks_of(by_situation, _PUBLIC))
        ),
        Chapter(Text("Through the months", "Au fil des mois"), list(blocks_of(by_month))),
    )
    if said:
        words = [Quotes([quote.text for quote in said])]
        chapters += (Chapter(Text("What people say", "Ce qu'en disent les habitants"), words),)
    return Content(
        total=figures.total, sheets=(by_programme, by_situation, by_month), chapters=chapters
    )


KIND = ReportKind(
    "funder",
    Text("Report to a funder", "Rapport à un financeur"),
    Text(
        "For whoever funds the place or a programme: who was reached, what was done, outcomes and quotes.",
        "Pour qui finance le lieu ou un dispositif : public touché, actions, suites, satisfaction et témoignages.",
    ),
    FunderParameters(),
    write,
    scope_of,
)
