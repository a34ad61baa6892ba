"""The bilan: what the place did over a period, for the City and the funders."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.reporting.models import Quote
from services.reporting.operations import quotes
from services.reporting.operations.figures import SITUATION, compute_figures
from services.reporting.reports.chapters import IN_SHORT, blocks_of
from services.reporting.reports.content import (
    Bars,
    Block,
    Chapter,
    Content,
    KeyFigures,
    Prose,
    Quotes,
    ReportKind,
    Sheet,
    Table,
    Tell,
)
from services.reporting.reports.grouped import sheet_by
from services.reporting.reports.parameters import Filters, Period, scope_of
from shared.errors import Text

_KEY = (
    "people",
    "people_attended",
    "registrations",
    "sessions",
    "meetings_held",
    "hours",
    "attended_hours",
    "fill_rate",
    "refused",
    "no_show_rate",
    "outcomes_reached",
    "satisfaction",
)
_OF_A_PROGRAMME = (
    "people",
    "people_attended",
    "sessions",
    "attended_hours",
    "fill_rate",
    "refused",
    "no_show_rate",
    "outcomes_reached",
    "satisfaction",
)
_PUBLIC = ("people", "people_attended", "registrations", "attended_hours", "no_show_rate")
_MOST_IN_SHORT = 8
_OF_WHOM = Text(
    "The mean of the ratings received, from 1 to 5, beside how many there are and how many people came: the fewer "
    "answer, the less it says of the others. The words below were chosen, and name nobody.",
    "Moyenne des notes reçues, de 1 à 5, à côté de leur nombre et de celui des personnes venues : moins elles sont "
    "nombreuses à répondre, moins elle dit de l'avis des autres. Les paroles citées ont été choisies et ne nomment "
    "personne.",
)
_SHORT_OF = Text(
    "Demand without a seat was still in line when its session began. Where seats are filled and people refused, it is "
    "seats that lack; where seats stay empty, it is not.",
    "La demande sans place attendait encore au début de la session. Là où les places sont prises et des personnes "
    "restent en attente, ce sont les places qui manquent ; là où des places restent vides, c'est autre chose.",
)
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
    scope = scope_of(parameters)
    groupings = ("programme", "organisation", "month", "theme", "place", SITUATION)
    figures = compute_figures(session, scope, groupings, as_of=as_of, tell=tell)
    said = quotes.list_quotes(
        session, since=scope.since, until=scope.until, programme=scope.programme
    )
    by = {name: sheet_by(figures, name) for name in groupings if name != "theme"}
    pressure = sheet_by(figures, "theme", name="waiting_list_pressure", columns=_PRESSURE)
    return Content(
        total=figures.total,
        sheets=(*by.values(), pressure),
        chapters=(
            _summary(by["programme"]),
            *_programmes(by["programme"], said),
            _chapter(Text("Who was reached", "Qui a été touché"), by[SITUATION], _PUBLIC),
            _chapter(Text("Through the months", "Au fil des mois"), by["month"]),
            _chapter(Text("Who held it", "Qui a animé"), by["organisation"]),
            _chapter(Text("Where", "Où"), by["place"]),
            _satisfaction(by["programme"], [quote for quote in said if quote.programme is None]),
            _second_round(pressure),
        ),
    )


def _summary(by_programme: Sheet) -> Chapter:
    """One page."""
    blocks: list[Block] = [KeyFigures(_KEY)]
    if len(by_programme.rows) in range(2, _MOST_IN_SHORT):
        blocks.append(Bars(by_programme.name, "programme", ("registrations", "attended")))
    return Chapter(IN_SHORT, blocks)


def _programmes(by_programme: Sheet, said: Sequence[Quote]) -> Iterator[Chapter]:
    """A chapter each, the first on a new page."""
    for number, row in enumerate(by_programme.rows):
        code = row["programme"]
        if not isinstance(code, str):
            continue
        blocks: list[Block] = [KeyFigures(_OF_A_PROGRAMME, by_programme.name, {"programme": code})]
        if words := [quote.text for quote in said if quote.programme == code]:
            blocks.append(Quotes(words))
        title = Text(f"Programme: {code}", f"Dispositif : {code}")
        yield Chapter(title, blocks, apart=number == 0)


def _chapter(title: Text, sheet: Sheet, columns: Sequence[str] | None = None) -> Chapter:
    return Chapter(title, list(blocks_of(sheet, columns)))


def _satisfaction(by_programme: Sheet, said: Sequence[Quote]) -> Chapter:
    blocks: list[Block] = [
        Prose(_OF_WHOM),
        Table(
            by_programme.name, ("programme", "satisfaction", "feedback_count", "people_attended")
        ),
    ]
    if said:
        blocks.append(Quotes([quote.text for quote in said]))
    return Chapter(Text("What people say", "Ce qu'en disent les habitants"), blocks)


def _second_round(pressure: Sheet) -> Chapter:
    """The sheet on which the second round of works is decided."""
    return Chapter(
        Text("Where the place is short", "Là où le lieu manque de place"),
        [
            Prose(_SHORT_OF),
            Bars(pressure.name, "theme", ("refused", "ever_waitlisted")),
            Table(
                pressure.name,
                ("theme", "seats", "registrations", "fill_rate", "ever_waitlisted", "refused"),
            ),
        ],
        apart=True,
    )


KIND = ReportKind(
    "bilan",
    Text("Bilan of the third place", "Bilan du tiers-lieu"),
    Text(
        "The assessment of a period: a summary on one page, a chapter per programme, totals by organisation, month, "
        "place and situation, satisfaction with quotes, and where the place is short of seats.",
        "Le bilan d'une période : une synthèse d'une page, un chapitre par dispositif, les totaux par structure, mois, "
        "lieu et situation, la satisfaction avec des témoignages, et là où le lieu manque de place.",
    ),
    BilanParameters(),
    write,
)
