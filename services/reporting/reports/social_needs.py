"""Figures for the city's analysis of social needs (ABS, CASF art. R123-1): who comes, from where, and what is lacking.

The analysis is made by district and by age; a communal social centre owes it to its town, and others feed it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.reporting.operations.figures import SITUATION, compute_figures
from services.reporting.reports.chapters import IN_SHORT, blocks_of
from services.reporting.reports.content import (
    Chapter,
    Content,
    KeyFigures,
    Prose,
    ReportKind,
    Table,
    Tell,
)
from services.reporting.reports.grouped import sheet_across, sheet_by
from services.reporting.reports.parameters import Filters, Period, scope_of
from shared.errors import Text

_KEY = (
    "people",
    "people_attended",
    "registrations",
    "attended_hours",
    "refused",
    "outcomes_work",
    "outcomes_training",
    "outcomes_rights_opened",
)
_PUBLIC = ("people", "people_attended", "registrations", "attended_hours", "refused")
_NEEDS = ("registrations", "people", "refused", "ever_waitlisted")
_WHOM = Text(
    "Only people who agreed to statistics have a district, an age and a situation; the others are under “not stated”. "
    "These are the people of the place, not those of the city: they say who comes, and nothing of who does not.",
    "Seules les personnes qui ont accepté les statistiques ont un quartier, un âge et une situation ; les autres sont "
    "sous « non précisé ». Ce sont les publics du lieu, non la population : ils disent qui vient, rien de qui ne vient "
    "pas.",
)


class SocialNeedsParameters(Period, Filters):
    pass


def write(session: Session, parameters: Mapping[str, Any], as_of: datetime, tell: Tell) -> Content:
    figures = compute_figures(
        session,
        scope_of(parameters),
        ("district", "age_band", SITUATION, "theme"),
        cross=(("district", "age_band"), ("district", SITUATION)),
        as_of=as_of,
        tell=tell,
    )
    by_district, by_age = sheet_by(figures, "district"), sheet_by(figures, "age_band")
    by_situation, by_theme = sheet_by(figures, SITUATION), sheet_by(figures, "theme")
    of_ages = sheet_across(figures, ("district", "age_band"), columns=_PUBLIC)
    of_situations = sheet_across(figures, ("district", SITUATION), columns=_PUBLIC)
    return Content(
        total=figures.total,
        sheets=(by_district, by_age, by_situation, by_theme, of_ages, of_situations),
        chapters=(
            Chapter(IN_SHORT, [KeyFigures(_KEY), Prose(_WHOM)]),
            Chapter(
                Text("By district", "Par quartier"),
                [
                    *blocks_of(by_district, _PUBLIC),
                    Table(of_ages.name, ("district", "age_band", *_PUBLIC)),
                    Table(of_situations.name, ("district", SITUATION, *_PUBLIC)),
                ],
            ),
            Chapter(Text("By age", "Par âge"), list(blocks_of(by_age, _PUBLIC))),
            Chapter(Text("By situation", "Par situation"), list(blocks_of(by_situation, _PUBLIC))),
            Chapter(
                Text("What is asked for", "Ce qui est demandé"), list(blocks_of(by_theme, _NEEDS))
            ),
        ),
    )


KIND = ReportKind(
    "social-needs",
    Text("Figures for the analysis of social needs", "Chiffres pour l'analyse des besoins sociaux"),
    Text(
        "For the city's analysis of social needs (ABS): who comes, by district, age and situation, and what lacks.",
        "Pour l'analyse des besoins sociaux (ABS) : le public par quartier, âge et situation, et la demande.",
    ),
    SocialNeedsParameters(),
    write,
    scope_of,
)
