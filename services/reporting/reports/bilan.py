"""The bilan: what the place did over a period, for the City and the funders."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.reporting.models import Quote
from services.reporting.operations import quotes
from services.reporting.operations.figures import SITUATION, compute_figures
from services.reporting.reports.chapters import IN_SHORT, MAIN, blocks_of
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
from services.reporting.reports.grouped import sheet_across, sheet_by
from services.reporting.reports.parameters import Filters, Period, scope_of
from services.reporting.reports.second_round import (
    TOGETHER,
    pressure_sheets,
    second_round,
)
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
_GROUPINGS = ("programme", "organisation", "month", "place", SITUATION, "age_band", "district")
_COHORTS = (
    "cohorts",
    "cohorts_formed",
    "entered",
    "stayed",
    "stay_rate",
    "outcomes",
    "outcomes_work",
    "outcomes_training",
    "outcomes_rights_opened",
    "outcomes_project",
    "outcomes_other",
    "outcomes_none_yet",
)
_REFERRALS = (
    "referrals",
    "referrals_open",
    "referrals_granted",
    "referrals_refused",
    "amount_asked",
    "amount_granted",
)
_MONEY = (
    "running_cost",
    "cost_per_person",
    "cost_per_attended_hour",
    "cost_per_session",
    "written_off",
    "written_off_per_person",
    "written_off_per_attended_hour",
    "written_off_per_session",
)
_APART = Text(
    "What it costs to run, and apart from it the part of the investment that is written off in this period.",
    "Ce que coûte le fonctionnement et, à part, la part de l'investissement amortie sur cette période.",
)
_MOST_IN_SHORT = 8
_WHO = Text(
    "Situation, age and district are those of people who agreed to statistics; whoever has two situations counts in "
    "both. A person with two records that nobody brought together counts twice.",
    "Situation, âge et quartier sont ceux des personnes qui ont accepté les statistiques ; qui a deux situations "
    "compte dans les deux. Une personne à deux fiches que nul n'a rapprochées compte deux fois.",
)
_OF_WHOM = Text(
    "The mean of the ratings received, from 1 to 5, beside how many there are and the part of those who came "
    "that gave one: the fewer answer, the less it says of the others. The words below were chosen, and name nobody.",
    "Moyenne des notes reçues, de 1 à 5, à côté de leur nombre et de la part de ceux qui sont venus et ont répondu : "
    "moins ils sont nombreux, moins elle dit de l'avis des autres. Les paroles citées ont été choisies et ne nomment "
    "personne.",
)


class BilanParameters(Period, Filters):
    pass


def write(session: Session, parameters: Mapping[str, Any], as_of: datetime, tell: Tell) -> Content:
    scope = scope_of(parameters)
    figures = compute_figures(
        session,
        scope,
        (*_GROUPINGS, "theme", "room"),
        cross=(("programme", "month"), ("weekday", "hour"), TOGETHER),
        as_of=as_of,
        tell=tell,
    )
    said = quotes.list_quotes(
        session, since=scope.since, until=scope.until, programme=scope.programme
    )
    by = {name: sheet_by(figures, name) for name in _GROUPINGS}
    of_months = sheet_across(figures, ("programme", "month"))
    pressure = pressure_sheets(figures)
    of_the_place = [quote for quote in said if quote.programme is None]
    return Content(
        total=figures.total,
        sheets=(*by.values(), of_months, *pressure),
        chapters=(
            _summary(by["programme"]),
            *_programmes(by["programme"], of_months, said),
            _reached(by),
            *_followed(figures.total),
            _chapter(Text("Through the months", "Au fil des mois"), by["month"]),
            _chapter(Text("Who held it", "Qui a animé"), by["organisation"]),
            _chapter(Text("Where", "Où"), by["place"]),
            _satisfaction(by["programme"], of_the_place),
            second_round(pressure),
        ),
    )


def _summary(by_programme: Sheet) -> Chapter:
    """One page."""
    blocks: list[Block] = [KeyFigures(_KEY)]
    if len(by_programme.rows) in range(2, _MOST_IN_SHORT):
        blocks.append(Bars(by_programme.name, "programme", ("registrations", "attended")))
    return Chapter(IN_SHORT, blocks)


def _programmes(by_programme: Sheet, of_months: Sheet, said: Sequence[Quote]) -> Iterator[Chapter]:
    """A chapter each, the first on a new page."""
    for number, row in enumerate(by_programme.rows):
        code = row["programme"]
        if not isinstance(code, str):
            continue
        only = {"programme": code}
        blocks: list[Block] = [KeyFigures(_OF_A_PROGRAMME, by_programme.name, only)]
        if len([row for row in of_months.rows if row["programme"] == code]) > 1:
            blocks.append(Bars(of_months.name, "month", ("registrations", "attended"), only))
            blocks.append(Table(of_months.name, ("month", *MAIN), only))
        if words := [quote.text for quote in said if quote.programme == code]:
            blocks.append(Quotes(words))
        title = Text(f"Programme: {code}", f"Dispositif : {code}")
        yield Chapter(title, blocks, apart=number == 0)


def _reached(by: Mapping[str, Sheet]) -> Chapter:
    tables = (Table(by[name].name, (name, *_PUBLIC)) for name in ("age_band", "district"))
    return Chapter(
        Text("Who was reached", "Qui a été touché"),
        [Prose(_WHO), *blocks_of(by[SITUATION], _PUBLIC), *tables],
    )


def _followed(total: Mapping[str, Any]) -> Iterator[Chapter]:
    """What became of people, and what it cost, where there is something to tell."""
    if total["cohorts"]:
        title = Text("What became of cohorts", "Ce que deviennent les groupes")
        yield Chapter(title, [KeyFigures(_COHORTS)])
    if total["referrals"]:
        title = Text("Referrals to partners", "Orientations vers les partenaires")
        yield Chapter(title, [KeyFigures(_REFERRALS)])
    if total["running_cost"] or total["written_off"]:
        title = Text("What it costs", "Ce que cela coûte")
        yield Chapter(title, [Prose(_APART), KeyFigures(_MONEY)])


def _chapter(title: Text, sheet: Sheet, columns: Sequence[str] | None = None) -> Chapter:
    return Chapter(title, list(blocks_of(sheet, columns)))


def _satisfaction(by_programme: Sheet, said: Sequence[Quote]) -> Chapter:
    blocks: list[Block] = [
        Prose(_OF_WHOM),
        Table(by_programme.name, ("programme", "satisfaction", "response_rate", "feedback_count")),
    ]
    if said:
        blocks.append(Quotes([quote.text for quote in said]))
    return Chapter(Text("What people say", "Ce qu'en disent les habitants"), blocks)


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
    scope_of,
)
