"""What a row says was held, and how many came: to one meeting, to each day of a course, to the meetings of a month."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.registrations.domain import MOST_HEADS, fold
from services.registrations.importing.plan import Options, PlannedMeeting
from services.registrations.importing.report import BadRow
from services.registrations.importing.row_times import Dated, times_of
from services.registrations.importing.synonyms import clean, meanings_of
from services.registrations.importing.when import read_stamp

_DAY_COLUMN = re.compile(r"(?:day|jour|seance|meeting) ?([0-9]{1,2})")
_LEADING_DATE = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")
_MOST_MEETINGS = 400
_NOON = "12:00"


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a row does not say, and was taken for it: the first of the month, noon, a length."""

    day: bool
    hour: bool
    end: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Meetings in order, and how many came to each (None: nobody counted)."""

    meetings: tuple[PlannedMeeting, ...]
    heads: tuple[int | None, ...]
    assumed: Assumed


def held_of(
    row: Mapping[str, str], cells: Mapping[Any, Any], zone: ZoneInfo, options: Options
) -> Held:
    """The meetings of a row that is understood as ``row`` and stands as ``cells`` in the file.

    Its hours are those of ``zone``. Where several meetings have one number, it is spread over them as evenly
    as whole numbers can be: added up they are right, and no single one is claimed to be.

    Raises:
        BadRow: no date, or one to come; a number that is none, or that no meeting can have.
    """
    by_day = _counts_by_day(cells)
    first, assumed = _first_meeting(row, zone, options, of_days=bool(by_day))
    if by_day:
        meetings = tuple(_days_later(first, day - 1, zone) for day in by_day)
        heads: tuple[int | None, ...] = tuple(by_day.values())
    else:
        number = _number(row.get("meetings", "1"), "meetings", least=1, most=_MOST_MEETINGS)
        attended = row.get("attended")
        meetings = (PlannedMeeting(first.starts_at, first.ends_at),) * number
        heads = (
            (None,) * number
            if attended is None
            else _spread(_number(attended, "attended", most=number * MOST_HEADS), number)
        )
    if meetings[-1].starts_at > options.now:
        raise BadRow(
            "date",
            "This is still to come: only what was held has been counted.",
            "Cette date est à venir : on ne compte que ce qui a eu lieu.",
        )
    return Held(meetings, heads, assumed)


def has_counts(headings: Iterable[str]) -> bool:
    """Whether a file with these columns says how many came."""
    names = list(headings)
    return "attended" in meanings_of(names) or any(map(_day_of, names))


def _counts_by_day(cells: Mapping[Any, Any]) -> dict[int, int]:
    """How many came on the first day, the second…; days without a number were not held."""
    counts = {}
    for name, value in cells.items():
        day, text = _day_of(str(name)), clean(value)
        if day and text:
            counts[day] = _number(text, "attended", most=MOST_HEADS)
    return dict(sorted(counts.items()))


def _day_of(heading: str) -> int | None:
    match = _DAY_COLUMN.fullmatch(fold(heading))
    return int(match[1]) or None if match else None


def _first_meeting(
    row: Mapping[str, str], zone: ZoneInfo, options: Options, *, of_days: bool
) -> tuple[Dated, Assumed]:
    said = dict(row)
    assumed = Assumed(day=False, hour=False, end=False)
    if "date" not in said:
        said["date"], of_month = _date_elsewhere(row)
        assumed = replace(assumed, day=of_month)
    if of_days:
        # The last day of a course is no end of its first meeting.
        said.pop("end_date", None)
    stamp = read_stamp(said["date"])
    if stamp is not None and stamp.minutes is None and not {"starts", "hours"} & said.keys():
        said["starts"] = _NOON
        assumed = replace(assumed, hour=True)
    times = times_of(said, zone, options.minutes)
    if not isinstance(times, Dated):
        raise BadRow(
            "date", "A day of the week is no date.", "Un jour de la semaine n’est pas une date."
        )
    return times, replace(assumed, end=times.end_assumed)


def _date_elsewhere(row: Mapping[str, str]) -> tuple[str, bool]:
    """The date of a row without a column for it, and whether it is only that of a month.

    It is one by which its id or its title begins, or the first of its month.
    """
    for name in ("id", "title"):
        if match := _LEADING_DATE.match(row.get(name, "")):
            return match[0], False
    if "year" not in row or "month" not in row:
        raise BadRow("date", "No date is given.", "Aucune date n’est indiquée.")
    year = _number(row["year"], "year", least=2000, most=2099)
    month = _number(row["month"], "month", least=1, most=12)
    return f"{year}-{month:02}-01", True


def _days_later(first: Dated, days: int, zone: ZoneInfo) -> PlannedMeeting:
    """The same hours of another day, on the clock of the place."""

    def later(moment: datetime) -> datetime:
        return (moment.astimezone(zone) + timedelta(days=days)).astimezone(moment.tzinfo)

    return PlannedMeeting(later(first.starts_at), later(first.ends_at))


def _spread(total: int, number: int) -> tuple[int, ...]:
    each, rest = divmod(total, number)
    return (each + 1,) * rest + (each,) * (number - rest)


def _number(text: str, field_name: str, *, least: int = 0, most: int) -> int:
    """A whole number, as spreadsheets write them: ``12``, ``12.0``, ``1 200``."""
    whole, mark, decimals = text.replace(" ", "").replace(",", ".").partition(".")
    figures = whole if mark and not decimals.strip("0") else text.replace(" ", "")
    if (
        figures.isascii()
        and figures.isdigit()
        and len(figures) <= 9
        and least <= int(figures) <= most
    ):
        return int(figures)
    raise BadRow(
        field_name,
        f"A whole number between {least} and {most} is expected, not {text:.40}.",
        f"Un nombre entier entre {least} et {most} est attendu, et non {text:.40}.",
    )
