"""Rows of a list or a table of activities: one weekly course, or one dated session, each."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from services.registrations.domain import fold
from services.registrations.importing.digest import digest_of
from services.registrations.importing.plan import (
    Drafting,
    KnownPlace,
    PlannedActivity,
    PlannedMeeting,
    PlannedSession,
    at_most,
    require,
)
from services.registrations.importing.report import BadRow
from services.registrations.importing.row_times import Dated, Weekly, times_of
from services.registrations.importing.source_row import SourceRow
from services.registrations.importing.synonyms import NAMES, heading_of, understood
from services.registrations.importing.whereabouts import Whereabouts
from services.registrations.recurring.hours import weekly_days
from services.registrations.season import school_year

_LONG_MINUTES = 6 * 60
_LONGEST_ID = 120
_OF_PEOPLE = re.compile(r"\s*(?:places?|personnes?|pers\.?|seats?|people)$", re.IGNORECASE)


def plan_rows(rows: Sequence[SourceRow], drafting: Drafting) -> None:
    """Plan every good row; what is wrong with the others goes to the report."""
    rows_planner = _Rows(drafting)
    for row in rows:
        try:
            rows_planner.plan(row)
        except BadRow as bad:
            drafting.report.bad(row.line, bad, _column(row, bad.field))
        except RecursionError:
            deep = BadRow(None, "Nested too deeply.", "Imbriqué trop profondément.")
            drafting.report.bad(row.line, deep)


class _Rows:
    def __init__(self, drafting: Drafting) -> None:
        self._drafting = drafting
        self._options = drafting.options
        self._whereabouts = Whereabouts(drafting)
        self._lines_of_content: dict[str, int] = {}
        self._lines_of_ref: dict[str, int] = {}
        self._told: Counter[str] = Counter()

    def plan(self, source: SourceRow) -> None:
        if not isinstance(source.value, Mapping):
            raise BadRow(None, "An object is expected.", "Un objet est attendu.")
        row = understood(source.value)
        self._refuse_repeated(source)
        title = require(at_most(300, row.get("title"), "title"), "title")
        place_code, place = self._whereabouts.place(row)
        times = times_of(row, place.zone, self._options.minutes)
        organisation = self._whereabouts.organisation(row.get("organisation"), place_code)
        ref = self._ref(source, row, organisation, place_code)
        activity = PlannedActivity(
            ref=ref,
            source=f"row:{organisation}",
            title=title,
            organisation_code=organisation,
            programme_code=self._whereabouts.programme(row.get("programme")),
            description=at_most(20_000, row.get("description"), "description") or "",
            theme=at_most(100, row.get("theme"), "theme"),
            audience=at_most(200, audience_of(row), "audience"),
        )
        room = row.get("room")
        if room:
            self._whereabouts.room(place_code, room)
        session = self._session(source, row, activity, (place_code, place), times)
        self._drafting.plan.add(session)
        self._drafting.plan.activities[ref] = activity
        self._lines_of_ref[ref] = source.line
        self._warn(source, times)

    def _ref(
        self, source: SourceRow, row: dict[str, str], organisation: str, place_code: str
    ) -> str:
        """By what the row is recognised when it comes again: its id, or all that tells it from others.

        Of several rows that tell the same, the second is the second again.
        """
        own = _own_id(row)
        ref = f"row:{organisation}:{own or _telling(row, place_code)}"
        self._told[ref] += 1
        first = self._lines_of_ref.get(ref)
        if first is None:
            return ref
        if own is not None:
            raise _same(first, "id")
        self._drafting.report.warn(
            source.line,
            None,
            f"Title, audience, place and start are those of line {first}: both are loaded,"
            " and told apart by their order.",
            f"Même intitulé, même public, même lieu et même début qu’à la ligne {first} :"
            " les deux sont chargées, et distinguées par leur ordre.",
        )
        return f"{ref}/{self._told[ref]}"

    def _session(
        self,
        source: SourceRow,
        row: dict[str, str],
        activity: PlannedActivity,
        place: tuple[str, KnownPlace],
        times: Weekly | Dated,
    ) -> PlannedSession:
        place_code, known = place
        room = row.get("room")
        ref, within = activity.ref, None
        said: list[object] = [times, place_code, room]
        if isinstance(times, Dated):
            _check_dated(times)
            meetings = [PlannedMeeting(times.starts_at, times.ends_at, room)]
        else:
            said.append(self._options.season.last)
            # A new school year is a new session of the same activity, not the old one moved.
            ref = f"{ref}/{school_year(self._options.season.first)}"
            within = self._options.season.utc_bounds(known.zone)
            meetings = self._weekly(times, known, room)
        capacity, minimum = _number(row, "capacity"), _number(row, "minimum")
        facilitator = at_most(200, row.get("facilitator"), "facilitator")
        return PlannedSession(
            line=source.line,
            ref=ref,
            digest=digest_of(*said, capacity, minimum, facilitator),
            activity_ref=activity.ref,
            place_code=place_code,
            meetings=tuple(meetings),
            capacity=capacity,
            minimum=minimum,
            facilitator=facilitator,
            within=within,
        )

    def _weekly(self, times: Weekly, place: KnownPlace, room: str | None) -> list[PlannedMeeting]:
        season = self._options.season.cut(times.first, times.last)
        zone = place.school_zone or self._options.school_zone
        return [
            PlannedMeeting(*times.hours.on(day, place.zone), room)
            for day in weekly_days(season, times.weekday, zone)
        ]

    def _refuse_repeated(self, source: SourceRow) -> None:
        content = {
            name: value
            for name, value in source.value.items()
            if fold(str(name)) not in NAMES["id"]
        }
        key = json.dumps(content, sort_keys=True, default=str)
        if (first := self._lines_of_content.get(key)) is not None:
            raise _same(first, None)
        self._lines_of_content[key] = source.line

    def _warn(self, source: SourceRow, times: Weekly | Dated) -> None:
        line, column = source.line, _column(source, "ends")
        if times.end_assumed:
            self._drafting.report.warn(
                line,
                "ends",
                f"No end is given: {self._options.minutes} minutes are assumed.",
                f"Aucune fin n’est indiquée : on suppose {self._options.minutes} minutes.",
                column,
            )
        if times.minutes > _LONG_MINUTES:
            hours = f"{times.minutes / 60:g}"
            self._drafting.report.warn(
                line,
                "ends",
                f"The meeting lasts {hours} hours; it is loaded all the same.",
                f"La séance dure {hours.replace('.', ',')} heures ; elle est chargée quand même.",
                column,
            )


def _column(row: SourceRow, field_name: str | None) -> str | None:
    if field_name is None or not isinstance(row.value, Mapping):
        return None
    return heading_of(row.value, field_name)


def _own_id(row: dict[str, str]) -> str | None:
    own = row.get("id")
    return own if own is None or len(own) <= _LONGEST_ID else _digest(own)


def _telling(row: dict[str, str], place_code: str) -> str:
    telling = ("title", "audience", "age", "level", "day", "date", "starts", "hours", "room")
    return _digest("|".join([place_code, *(fold(row.get(name, "")) for name in telling)]))


def _digest(text: str) -> str:
    return "#" + hashlib.sha256(text.encode()).hexdigest()[:24]


def _same(line: int, field_name: str | None) -> BadRow:
    same = ("Same id as line", "Même identifiant qu’à la ligne") if field_name else None
    en, fr = same or ("Same as line", "Identique à la ligne")
    return BadRow(field_name, f"{en} {line}.", f"{fr} {line}.")


def audience_of(row: dict[str, str]) -> str | None:
    """For whom it is, of all that a row says of that."""
    said = [row.get("audience"), row.get("age"), row.get("level")]
    return ", ".join(dict.fromkeys(filter(None, said))) or None


def _number(row: dict[str, str], field_name: str) -> int | None:
    text = row.get(field_name)
    if text is None:
        return None
    # 12.0 or 12,0, as spreadsheets have it; 12 places, as people do
    text = _OF_PEOPLE.sub("", text)
    whole, mark, decimals = text.replace(",", ".").partition(".")
    figures = whole if mark and not decimals.strip("0") else text
    if (
        figures.isascii()
        and figures.isdigit()
        and len(figures) <= 6
        and 1 <= int(figures) <= 100_000
    ):
        return int(figures)
    raise BadRow(
        field_name,
        f"A whole number between 1 and 100000 is expected, not: {text:.40}",
        f"Un nombre entier entre 1 et 100 000 est attendu, et non : {text:.40}",
    )


def _check_dated(times: Dated) -> None:
    if times.ends_at - times.starts_at >= timedelta(days=1):
        raise BadRow(
            "end_date",
            "It lasts a day or more: its meetings cannot be told from its first and last date.",
            "Cela dure un jour ou plus : la première et la dernière date ne disent pas les séances.",
        )
