"""The sheet on which a second round of works is decided: where, and when, the place is short of seats."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from services.reporting.operations.figures import Figures
from services.reporting.reports.content import (
    Bars,
    Chapter,
    Figure,
    Finding,
    HeatMap,
    Prose,
    Sheet,
    Table,
)
from services.reporting.reports.grouped import sheet_across
from shared.errors import Text

_BY_TIME, _BY_ROOM = ("weekday", "hour"), ("place", "room")
# What the finest table is divided by, together: of one place, and of several.
_OF_ONE = ("theme", "room", "weekday", "hour")
_OF_MANY = ("place", "weekday", "hour")
# All that this needs figures of seats divided by.
PRESSED = (("theme",), ("room",), _BY_TIME, _BY_ROOM, _OF_ONE, _OF_MANY)
_PRESSURE = (
    "sessions",
    "meetings",
    "meetings_held",
    "hours",
    "seats",
    "registrations",
    "confirmed",
    "fill_rate",
    "ever_waitlisted",
    "promoted",
    "waitlisted",
    "refused",
)
_SHOWN = ("seats", "fill_rate", "free_seats", "refused", "lacking_sessions", "lacking_hours")
_COLUMNS = (*_PRESSURE, "free_seats", "lacking_sessions", "lacking_hours")
_LACKING = ("refused", "seats", "free_seats", "lacking_sessions", "lacking_hours")
# Slots that one person can take in; the others are in the spreadsheets.
_MOST_SLOTS = 15
_SHORT_OF = Text(
    "Demand without a seat was still in line when its session began. Where seats are filled and people refused, it is "
    "seats that lack; where seats stay empty, it is not. A session counts in the room and at the hour of its first "
    "meeting, on the place's clock.",
    "Une demande sans place attendait encore au début de la session. Là où tout est pris et où l'on attend, ce sont "
    "les places qui manquent ; là où des places restent libres, c'est autre chose. Une session compte dans la salle "
    "et à l'heure de sa première séance.",
)
_TITLE = Text(
    "The second round of works: what is lacking, where and when",
    "La deuxième tranche de travaux : ce qui manque, où et quand",
)
_IN_ALL = Text(
    "{} requests got no seat. To take them in, there would have to be about {} more sessions of the usual size, which "
    "is {} hours of a room and of somebody to hold them.",
    "{} demandes sont restées sans place. Pour y répondre, il faudrait environ {} sessions de plus, de taille "
    "habituelle, soit {} heures de salle et d'animation.",
)
_AND_YET = Text(
    "Meanwhile {} seats were left free, in other sessions: part of the demand lacks the right hour rather than a room.",
    "Dans le même temps, {} places sont restées libres dans d'autres sessions : une partie de la demande manque du bon "
    "créneau plutôt que d'une salle.",
)
_THEME = Text(
    "The theme most asked for: {} ({} requests without a seat, {} of seats filled).",
    "Le thème le plus demandé : {} ({} demandes sans place, {} des places prises).",
)
_ROOM = Text(
    "The room most short of seats: {} ({} requests without a seat, {} of seats filled).",
    "La salle qui manque le plus de places : {} ({} demandes sans place, {} des places prises).",
)
_SLOT = Text(
    "The slot most short of seats: {}, {} ({} requests without a seat, {} of seats filled).",
    "Le créneau qui manque le plus de places : {} à {} ({} demandes sans place, {} des places prises).",
)
_ROOM_OF_MANY = Text(
    "The room most short of seats: {}, {} ({} requests without a seat, {} of seats filled).",
    "La salle qui manque le plus de places : {}, {} ({} demandes sans place, {} des places prises).",
)
_SHORT = ("refused", "fill_rate")


@dataclass(frozen=True, slots=True)
class Pressure:
    """Demand and seats, each with what is lacking: by theme, by room (of its place, if there are several), by
    weekday and hour, by as much as can be told at once, and in all; the shortest first, but for times.
    """

    by_theme: Sheet
    by_room: Sheet
    by_time: Sheet
    shortest: Sheet
    in_all: Sheet

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return self.by_theme, self.by_room, self.by_time, self.shortest, self.in_all

    @property
    def is_of_many(self) -> bool:
        """Whether there are several places."""
        return "place" in self.by_room.columns


def find_pressure(figures: Figures) -> Pressure:
    """Where and when ``figures`` (by place, and of seats by all of ``PRESSED``) are short of seats."""
    of_many = len(figures.groups["place"]) > 1
    if of_many:
        by_room = sheet_across(figures, _BY_ROOM, columns=_PRESSURE)
        finest = sheet_across(figures, _OF_MANY, name="shortage_by_place", columns=_PRESSURE)
    else:
        by_room = sheet_across(figures, ("room",), columns=_PRESSURE)
        finest = sheet_across(figures, _OF_ONE, name="shortage", columns=_PRESSURE)
    by_theme = sheet_across(figures, ("theme",), name="waiting_list_pressure", columns=_PRESSURE)
    by_time = sheet_across(figures, _BY_TIME, columns=_PRESSURE)
    in_all = {**figures.total, **_lacking(figures.total)}
    return Pressure(
        _with_lacking(_shortest_first(by_theme)),
        _with_lacking(_shortest_first(by_room)),
        _with_lacking(by_time),
        _with_lacking(_shortest_first(finest)),
        Sheet("lacking", _LACKING, [{name: in_all[name] for name in _LACKING}]),
    )


def findings(pressure: Pressure) -> Iterator[Finding]:
    """What this comes to, in a few sentences; none where nobody was refused."""
    in_all = pressure.in_all
    if not in_all.rows[0]["refused"]:
        return
    yield _finding(_IN_ALL, in_all, ("refused", "lacking_sessions", "lacking_hours"))
    if in_all.rows[0]["free_seats"]:
        yield _finding(_AND_YET, in_all, ("free_seats",))
    room = (_ROOM_OF_MANY, ("room", "place")) if pressure.is_of_many else (_ROOM, ("room",))
    for text, by, sheet in (
        (_THEME, ("theme",), pressure.by_theme),
        (*room, pressure.by_room),
        (_SLOT, _BY_TIME, pressure.by_time),
    ):
        named = [row for row in sheet.rows if all(row[name] is not None for name in by)]
        # Whoever was refused may all have been so where no theme or room is told.
        if len(named) > 1 and (worst := max(named, key=_shortage))["refused"]:
            yield _finding(text, sheet, (*by, *_SHORT), {name: str(worst[name]) for name in by})


def second_round(pressure: Pressure) -> Chapter:
    """The chapter that shows this."""
    rooms, finest = (_BY_ROOM, _OF_MANY) if pressure.is_of_many else (("room",), _OF_ONE)
    theme, time = pressure.by_theme.name, pressure.by_time.name
    slots = (*finest, "fill_rate", "refused", "lacking_sessions", "lacking_hours")
    return Chapter(
        _TITLE,
        [
            *findings(pressure),
            Prose(_SHORT_OF),
            Bars(theme, "theme", ("refused", "free_seats")),
            Table(theme, ("theme", *_SHOWN)),
            Table(pressure.by_room.name, (*rooms, *_SHOWN), most=_MOST_SLOTS),
            HeatMap(time, "weekday", "hour", "refused"),
            Table(pressure.shortest.name, slots, most=_MOST_SLOTS),
        ],
        apart=True,
    )


def _with_lacking(sheet: Sheet) -> Sheet:
    rows = [{**row, **_lacking(row)} for row in sheet.rows]
    by = sheet.columns[: -len(_PRESSURE)]
    return Sheet(sheet.name, (*by, *_COLUMNS), rows)


def _lacking(row: Mapping[str, Any]) -> dict[str, int | None]:
    """What the refused of a row would take, in whole sessions as large and as long as its own are; null without any."""
    seats, sessions, held = row["seats"], row["sessions"], row["meetings_held"]
    if not seats or not sessions:
        return dict.fromkeys(("free_seats", "lacking_sessions", "lacking_hours"))
    lacking = ceil((row["refused"] or 0) * sessions / seats)
    # Some sessions may be still to come: a meeting lasts as long as those that were held.
    hours = row["hours"] / held * row["meetings"] / sessions if held else None
    return {
        "free_seats": max(0, seats - row["confirmed"]),
        "lacking_sessions": lacking,
        "lacking_hours": None if hours is None else ceil(round(lacking * hours, 6)),
    }


def _finding(
    text: Text, sheet: Sheet, names: Sequence[str], only: Mapping[str, str] | None = None
) -> Finding:
    return Finding(text, [Figure(name, sheet.name, dict(only or {})) for name in names])


def _shortest_first(sheet: Sheet) -> Sheet:
    return replace(sheet, rows=sorted(sheet.rows, key=_shortage, reverse=True))


def _shortage(row: Mapping[str, Any]) -> tuple[float, float]:
    """How short of seats a row is: people refused, then how full it was."""
    return row["refused"] or 0, row["fill_rate"] or 0
