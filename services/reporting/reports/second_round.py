"""The sheet on which a second round of works is decided: where, and when, the place is short of seats."""

from collections.abc import Mapping
from typing import Any

from services.reporting.operations.figures import Figures
from services.reporting.reports.content import Bars, Chapter, Prose, Sheet, Table
from services.reporting.reports.grouped import sheet_across, sheet_by
from shared.errors import Text

# What the finest table is divided by, together.
TOGETHER = ("theme", "room", "weekday", "hour")
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
_SHOWN = ("seats", "registrations", "fill_rate", "ever_waitlisted", "refused")
_SHORT_OF = Text(
    "Demand without a seat was still in line when its session began. Where seats are filled and people refused, it is "
    "seats that lack; where seats stay empty, it is not. A session counts in the room and at the hour of its first "
    "meeting, on the place's clock.",
    "La demande sans place attendait encore au début de la session. Là où les places sont prises et des personnes "
    "restent en attente, ce sont les places qui manquent ; là où des places restent vides, c'est autre chose. Une "
    "session compte dans la salle et à l'heure de sa première séance, à l'horloge du lieu.",
)
_TITLE = Text("Where and when seats are lacking", "Où et quand les places manquent")


def pressure_sheets(figures: Figures) -> tuple[Sheet, ...]:
    """Demand and seats by theme, by room, by weekday and hour, and by all of them together, the shortest first."""
    by_theme = sheet_by(figures, "theme", name="waiting_list_pressure", columns=_PRESSURE)
    by_room = sheet_by(figures, "room", columns=_PRESSURE)
    by_time = sheet_across(figures, ("weekday", "hour"), columns=_PRESSURE)
    all_of_it = sheet_across(figures, TOGETHER, name="shortage", columns=_PRESSURE)
    shortest = sorted(all_of_it.rows, key=_shortage, reverse=True)
    return by_theme, by_room, by_time, Sheet(all_of_it.name, all_of_it.columns, shortest)


def second_round(sheets: tuple[Sheet, ...]) -> Chapter:
    """The chapter that shows these sheets."""
    by_theme, by_room, by_time, shortage = sheets
    return Chapter(
        _TITLE,
        [
            Prose(_SHORT_OF),
            Bars(by_theme.name, "theme", ("refused", "ever_waitlisted")),
            Table(by_theme.name, ("theme", *_SHOWN)),
            Table(by_room.name, ("room", *_SHOWN)),
            Table(by_time.name, ("weekday", "hour", *_SHOWN)),
            Table(shortage.name, (*TOGETHER, "seats", "fill_rate", "ever_waitlisted", "refused")),
        ],
        apart=True,
    )


def _shortage(row: Mapping[str, Any]) -> tuple[float, float]:
    """How short of seats a row is: people refused, then how full it was."""
    return row["refused"] or 0, row["fill_rate"] or 0
