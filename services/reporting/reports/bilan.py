"""The bilan: what the place did over a period, for the City and the funders."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from services.reporting.models import Quote
from services.reporting.operations import quotes
from services.reporting.operations.figures import SITUATION, compute_figures, count_ratings
from services.reporting.operations.names import names_known
from services.reporting.reports.against_targets import targets_sheet
from services.reporting.reports.chapters import IN_SHORT, MAIN, blocks_of
from services.reporting.reports.content import (
    Bars,
    Block,
    Chapter,
    Content,
    Curve,
    FigureBars,
    KeyFigures,
    Prose,
    Quotes,
    ReportKind,
    Sheet,
    Table,
    Tell,
)
from services.reporting.reports.grouped import ratings_sheet, sheet_across, sheet_by
from services.reporting.reports.parameters import Filters, Period, scope_of
from services.reporting.reports.second_round import (
    PRESSED,
    Pressure,
    find_pressure,
    findings,
    second_round,
)
from shared.errors import Text

_KEY = (
    "people",
    "people_attended",
    "registrations",
    "sessions",
    "hours",
    "attended_hours",
    "fill_rate",
    "refused",
    "no_show_rate",
    "satisfaction",
    "running_cost",
    "cost_per_attended_hour",
)
_OF_A_PROGRAMME = (
    "people",
    "people_attended",
    "sessions",
    "attended_hours",
    "fill_rate",
    "refused",
    "no_show_rate",
    "satisfaction",
)
# What only some programmes are about: each shown where the other is not nought.
_OF_SOME = (
    ("outcomes_reached", "outcomes"),
    ("referrals", "referrals"),
    ("amount_granted", "referrals"),
)
_PUBLIC = ("people", "people_attended", "registrations", "attended_hours", "no_show_rate")
_GROUPINGS = ("programme", "organisation", "month", "place", SITUATION, "age_band", "district")
_COHORTS = ("cohorts", "cohorts_formed", "entered", "stay_rate", "outcomes", "outcomes_reached")
_COURSE = ("entered", "entered_ended", "stayed")
_LED_TO = (
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
_COSTS = ("running_cost", "cost_per_person", "cost_per_attended_hour", "cost_per_session")
_APART = Text(
    "What it costs to run, and apart from it the part of the investment that is written off in this period. What is of "
    "the place as a whole is not shared out among programmes.",
    "Ce que coûte le fonctionnement et, à part, la part de l'investissement amortie sur cette période. Ce qui relève "
    "du lieu entier n'est pas réparti entre les dispositifs.",
)
_NOTHING = Text(
    "There was nothing in this period, as far as is known: no session, no registration.",
    "Rien n'est connu sur cette période : aucune session, aucune inscription.",
)
_TARGETS = Text(
    "The targets set for this year, for the whole place or for one programme, and what there was.",
    "Les objectifs fixés pour l'année, pour l'ensemble ou pour un dispositif, et ce qui a été fait.",
)
# Of what the sheet for the second round finds, the first that the summary says too.
_IN_SUMMARY = 5
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
        _GROUPINGS,
        cross=(("programme", "month"),),
        of_seats=PRESSED,
        as_of=as_of,
        tell=tell,
    )
    said = quotes.list_quotes(
        session, since=scope.since, until=scope.until, programme=scope.programme
    )
    by = {name: sheet_by(figures, name) for name in _GROUPINGS}
    of_months = sheet_across(figures, ("programme", "month"))
    pressure = find_pressure(figures)
    targets = targets_sheet(session, scope, figures)
    ratings = ratings_sheet(count_ratings(session, scope))
    called = names_known(session).get("programme", {})
    of_the_place = [quote for quote in said if quote.programme is None]
    return Content(
        total=figures.total,
        sheets=(*by.values(), of_months, *targets, ratings, *pressure.sheets),
        chapters=(
            _summary(by["month"], pressure),
            *(_targets(sheet) for sheet in targets),
            *_programmes(by["programme"], of_months, said, called),
            _reached(by),
            *_followed(figures.total),
            *_costs(figures.total, by["programme"]),
            _chapter(Text("Through the months", "Au fil des mois"), by["month"]),
            _chapter(Text("Who held it", "Qui a animé"), by["organisation"]),
            *_where(by["place"]),
            *_satisfaction(figures.total, by["programme"], ratings, of_the_place),
            second_round(pressure),
        ),
    )


def _summary(by_month: Sheet, pressure: Pressure) -> Chapter:
    """One page."""
    if not by_month.rows:
        return Chapter(IN_SHORT, [KeyFigures(_KEY), Prose(_NOTHING)])
    blocks: list[Block] = [KeyFigures(_KEY), *islice(findings(pressure), _IN_SUMMARY)]
    if len(by_month.rows) > 1:
        blocks.append(Curve(by_month.name, "month", ("registrations", "attended")))
    return Chapter(IN_SHORT, blocks)


def _targets(sheet: Sheet) -> Chapter:
    title = Text("Targets and results", "Objectifs et résultats")
    return Chapter(title, [Prose(_TARGETS), Table(sheet.name, sheet.columns)])


def _programmes(
    by_programme: Sheet, of_months: Sheet, said: Sequence[Quote], called: Mapping[str, str]
) -> Iterator[Chapter]:
    """A chapter each, on a page of its own."""
    for row in by_programme.rows:
        code = row["programme"]
        if not isinstance(code, str):
            continue
        only = {"programme": code}
        some = tuple(name for name, where in _OF_SOME if row[where])
        blocks: list[Block] = [KeyFigures((*_OF_A_PROGRAMME, *some), by_programme.name, only)]
        if len([row for row in of_months.rows if row["programme"] == code]) > 1:
            blocks.append(Curve(of_months.name, "month", ("registrations", "attended"), only))
            blocks.append(Table(of_months.name, ("month", *MAIN), only))
        if words := [quote.text for quote in said if quote.programme == code]:
            blocks.append(Quotes(words))
        name = called.get(code, code)
        title = Text(f"Programme: {name}", f"Dispositif : {name}")
        yield Chapter(title, blocks, apart=True)


def _reached(by: Mapping[str, Sheet]) -> Chapter:
    blocks: list[Block] = [Prose(_WHO)]
    for name in (SITUATION, "age_band", "district"):
        sheet = by[name]
        if len(sheet.rows) > 1:
            blocks.append(Bars(sheet.name, name, ("people",)))
        blocks.append(Table(sheet.name, (name, *_PUBLIC)))
    return Chapter(Text("Who was reached", "Qui a été touché"), blocks, apart=True)


def _followed(total: Mapping[str, Any]) -> Iterator[Chapter]:
    """What became of people, where there is something to tell."""
    if total["cohorts"]:
        title = Text("What became of cohorts", "Ce que deviennent les groupes")
        blocks: list[Block] = [KeyFigures(_COHORTS), FigureBars(_COURSE)]
        if total["outcomes"]:
            blocks.append(FigureBars(_LED_TO))
        yield Chapter(title, blocks, apart=True)
    if total["referrals"]:
        title = Text("Referrals to partners", "Orientations vers les partenaires")
        yield Chapter(title, [KeyFigures(_REFERRALS)])


def _costs(total: Mapping[str, Any], by_programme: Sheet) -> Iterator[Chapter]:
    """What it cost, if anybody said so."""
    if not (total["running_cost"] or total["written_off"]):
        return
    blocks: list[Block] = [Prose(_APART), KeyFigures(_MONEY)]
    if len([row for row in by_programme.rows if row["running_cost"]]) > 1:
        blocks.append(Bars(by_programme.name, "programme", ("running_cost",)))
        blocks.append(Table(by_programme.name, ("programme", *_COSTS)))
    yield Chapter(Text("What it costs", "Ce que cela coûte"), blocks, apart=True)


def _where(by_place: Sheet) -> Iterator[Chapter]:
    """Nothing, where there is only one place."""
    if len(by_place.rows) > 1:
        yield _chapter(Text("Where", "Où"), by_place)


def _chapter(title: Text, sheet: Sheet) -> Chapter:
    return Chapter(title, list(blocks_of(sheet)), apart=True)


def _satisfaction(
    total: Mapping[str, Any], by_programme: Sheet, ratings: Sheet, said: Sequence[Quote]
) -> Iterator[Chapter]:
    """What ratings and chosen words say, if there are any."""
    blocks: list[Block] = []
    if total["feedback_count"]:
        columns = ("programme", "satisfaction", "response_rate", "feedback_count")
        blocks = [
            Prose(_OF_WHOM),
            Table(by_programme.name, columns),
            Bars(ratings.name, "rating", ("ratings",)),
            Table(ratings.name, ratings.columns),
        ]
    if said:
        blocks.append(Quotes([quote.text for quote in said]))
    if blocks:
        title = Text("What people say", "Ce qu'en disent les habitants")
        yield Chapter(title, blocks, apart=True)


KIND = ReportKind(
    "bilan",
    Text("Bilan", "Bilan"),
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
