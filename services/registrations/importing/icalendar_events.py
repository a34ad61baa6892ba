"""Calendars (RFC 5545): each event is an activity; a recurring one a course over the season."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from time import perf_counter
from typing import Any

from icalendar import Calendar, Component
from icalendar.prop.broken import vBroken

from services.registrations.importing.digest import digest_of
from services.registrations.importing.occurrences import Series, occurrences
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
from services.registrations.importing.synonyms import understood
from services.registrations.importing.unreadable import MOST_ROWS, Unreadable
from services.registrations.importing.whereabouts import Whereabouts
from services.registrations.season import school_year

_EVENT_BEGIN = re.compile(r"BEGIN:VEVENT[ \t]*$", re.IGNORECASE | re.MULTILINE)
_LINE_END = re.compile(r"\r\n?")
_LONGEST_ID = 300
_LONGEST = timedelta(days=1)
# A rule that hardly ever holds costs up to a second; a file of thousands may not hold up the service.
_MOST_SECONDS = 15
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class _Placed:
    """An event with its line in the file."""

    line: int
    event: Component


def plan_calendar(text: str, drafting: Drafting) -> None:
    """Plan every good event; what is wrong with the others goes to the report.

    Raises:
        Unreadable: it cannot be taken apart into events.
    """
    events = _events(text)
    changes: dict[str, list[_Placed]] = defaultdict(list)
    series = []
    for placed in events:
        if "RECURRENCE-ID" in placed.event:
            changes[_text(placed.event, "UID")].append(placed)
        else:
            series.append(placed)
    for orphan in _without_series(changes, series):
        drafting.report.bad(orphan.line, _orphan())
    planner = _Events(drafting, changes)
    for placed in series:
        try:
            planner.plan(placed)
        except BadRow as bad:
            drafting.report.bad(placed.line, bad)


def _without_series(
    changes: Mapping[str, list[_Placed]], series: Sequence[_Placed]
) -> Iterator[_Placed]:
    known = {_text(placed.event, "UID") for placed in series}
    for uid, changed in changes.items():
        if uid not in known:
            yield from changed


def _orphan() -> BadRow:
    return BadRow(
        "RECURRENCE-ID",
        "The series that this changes is not in the calendar.",
        "La série que cela modifie n’est pas dans le calendrier.",
    )


def _events(text: str) -> list[_Placed]:
    # A lone carriage return ends no line in iCalendar, but does in an editor.
    text = _LINE_END.sub("\n", text)
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except Exception as error:  # whatever the parser raises on what is no calendar
        raise Unreadable(
            f"This calendar cannot be read: {error!s:.200}.",
            f"Ce calendrier est illisible : {error!s:.200}.",
        ) from None
    lines, line, at = [], 1, 0
    for begin in _EVENT_BEGIN.finditer(text):
        line += text.count("\n", at, begin.start())
        at = begin.start()
        lines.append(line)
    if not events or len(lines) != len(events) or len(events) > MOST_ROWS:
        raise Unreadable(
            f"This calendar holds {len(events)} readable events (1 to {MOST_ROWS} at once).",
            f"Ce calendrier contient {len(events)} événements lisibles (de 1 à {MOST_ROWS}).",
        )
    return [_Placed(*pair) for pair in zip(lines, events, strict=True)]


class _Events:
    def __init__(self, drafting: Drafting, changes: dict[str, list[_Placed]]) -> None:
        self._drafting = drafting
        self._options = drafting.options
        self._changes = changes
        self._whereabouts = Whereabouts(drafting)
        self._lines: dict[str, int] = {}
        self._seconds = 0.0

    def plan(self, placed: _Placed) -> None:
        event = placed.event
        if _text(event, "STATUS").upper() == "CANCELLED":
            self._drafting.report.warn(
                placed.line,
                "STATUS",
                "Cancelled in the calendar: not loaded.",
                "Annulé dans le calendrier : non chargé.",
            )
            return
        row = understood(
            {
                "title": _text(event, "SUMMARY"),
                "description": _text(event, "DESCRIPTION"),
                "theme": _categories(event),
                "location": _text(event, "LOCATION").partition(",")[0],
                "address": _text(event, "LOCATION").partition(",")[2],
            }
        )
        title = require(at_most(300, row.get("title"), "SUMMARY"), "SUMMARY")
        uid = require(at_most(_LONGEST_ID, _text(event, "UID"), "UID"), "UID")
        if first := self._lines.get(uid):
            raise BadRow(
                "UID", f"Same id as line {first}.", f"Même identifiant qu’à la ligne {first}."
            )
        place_code, place = self._whereabouts.place(row)
        organisation = self._whereabouts.organisation(None, place_code)
        activity = PlannedActivity(
            ref=f"ics:{uid}",
            source=f"ics:{organisation}",
            title=title,
            organisation_code=organisation,
            programme_code=self._whereabouts.programme(None),
            description=at_most(20_000, row.get("description"), "DESCRIPTION") or "",
            theme=at_most(100, row.get("theme"), "CATEGORIES"),
        )
        session = self._session(placed, activity, place_code, place)
        self._drafting.plan.add(session)
        self._drafting.plan.activities[activity.ref] = activity
        self._lines[uid] = placed.line

    def _session(
        self, placed: _Placed, activity: PlannedActivity, place_code: str, place: KnownPlace
    ) -> PlannedSession:
        event, ref, within = placed.event, activity.ref, None
        start, length = self._times(placed, place.zone)
        said: list[object] = [place_code, start, length]
        if "RRULE" in event or "RDATE" in event:
            season = self._options.season
            ref = f"{ref}/{school_year(season.first)}"
            within = season.utc_bounds(place.zone)
            series = self._series(placed, start, length, place.zone)
            times = self._followed(series, within)
            said += [season.last, *_told(series)]
        else:
            times = [(start.astimezone(UTC), start.astimezone(UTC) + length)]
        return PlannedSession(
            line=placed.line,
            ref=ref,
            digest=digest_of(*said),
            activity_ref=activity.ref,
            place_code=place_code,
            meetings=tuple(PlannedMeeting(*pair) for pair in times),
            within=within,
        )

    def _followed(
        self, series: Series, within: tuple[datetime, datetime]
    ) -> list[tuple[datetime, datetime]]:
        """The occurrences of a series, as long as the file's share of time is not used up."""
        if self._seconds > _MOST_SECONDS:
            raise BadRow(
                "RRULE",
                "The recurrences of this file take too long to follow: split it.",
                "Les récurrences de ce fichier sont trop longues à suivre : découpez-le.",
            )
        begin = perf_counter()
        try:
            return list(occurrences(series, within))
        finally:
            self._seconds += perf_counter() - begin

    def _series(self, placed: _Placed, start: datetime, length: timedelta, zone: tzinfo) -> Series:
        event = placed.event
        moved: dict[datetime, tuple[datetime, timedelta] | None] = {}
        for change in self._changes.get(_text(event, "UID"), ()):
            try:
                _refuse_range(change.event)
                original = _moment(change.event, "RECURRENCE-ID", zone).astimezone(UTC)
                cancelled = _text(change.event, "STATUS").upper() == "CANCELLED"
                moved[original] = None if cancelled else self._times(change, zone)
            except BadRow as bad:
                self._drafting.report.bad(change.line, bad)
        return Series(
            start=start,
            length=length,
            rule=_sound(event, "RRULE"),
            extra=[_in(zone, one) for one in _dates(event, "RDATE")],
            left_out={_in(zone, one).astimezone(UTC) for one in _dates(event, "EXDATE")},
            moved=moved,
        )

    def _times(self, placed: _Placed, zone: tzinfo) -> tuple[datetime, timedelta]:
        """When an event starts, in its own zone, and how long it lasts."""
        event = placed.event
        start = _moment(event, "DTSTART", zone)
        if "DTEND" in event:
            length = _moment(event, "DTEND", zone).astimezone(UTC) - start.astimezone(UTC)
        else:
            given = getattr(_sound(event, "DURATION"), "dt", None)
            length = given if isinstance(given, timedelta) else timedelta(0)
            if not length:
                length = timedelta(minutes=self._options.minutes)
                self._drafting.report.warn(
                    placed.line,
                    "DTEND",
                    f"No end is given: {self._options.minutes} minutes are assumed.",
                    f"Aucune fin n’est indiquée : on suppose {self._options.minutes} minutes.",
                )
        if length <= timedelta(0):
            raise BadRow("DTEND", "It must end after it starts.", "La fin doit suivre le début.")
        if length > _LONGEST:
            raise BadRow(
                "DTEND",
                "It lasts more than a day: its first and last hour do not tell its meetings.",
                "Cela dure plus d’une journée : la première et la dernière heure ne disent pas les séances.",
            )
        return start, length


def _refuse_range(event: Component) -> None:
    """One date may be changed, not all that follow: calendars write a new series for that."""
    if "RANGE" in _sound(event, "RECURRENCE-ID").params:
        raise BadRow(
            "RECURRENCE-ID",
            "It changes all following dates (RANGE), which is not supported.",
            "Elle modifie toutes les dates suivantes (RANGE), ce qui n’est pas pris en charge.",
        )


def _told(series: Series) -> Iterator[object]:
    """What the calendar says of a recurring event, in an order that does not depend on chance."""
    yield series.rule
    yield sorted(series.extra)
    yield sorted(series.left_out)
    yield sorted(series.moved.items(), key=lambda change: change[0])


def _sound(event: Component, name: str) -> Any:
    """A property as the parser read it; None if there is none.

    Raises:
        BadRow: the parser could not read it.
    """
    value = event.get(name)
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, vBroken):
            raise BadRow(name, f"Cannot be read: {one!s:.60}", f"Illisible : {one!s:.60}")
    return value


def _text(event: Component, name: str) -> str:
    value = event.get(name)
    return "" if value is None or isinstance(value, list) else str(value).strip()


def _categories(event: Component) -> str:
    value = event.get("CATEGORIES")
    first = value[0] if isinstance(value, list) and value else value
    names = getattr(first, "cats", [])
    return str(names[0]) if names else ""


def _moment(event: Component, name: str, zone: tzinfo) -> datetime:
    found = getattr(_sound(event, name), "dt", None)
    if found is None:
        raise BadRow(name, "Not a date with its hour.", "Ce n’est pas une date avec son heure.")
    if not isinstance(found, datetime):
        raise BadRow(
            name, "An all-day event has no hours.", "Un événement d’une journée n’a pas d’horaires."
        )
    if found.year not in _YEARS:
        raise BadRow(name, "Not a date of this century.", "Cette date n’est pas de ce siècle.")
    return _in(zone, found)


def _in(zone: tzinfo, moment: date) -> datetime:
    """A floating time is the place's; a date alone, as in some EXDATE, is its midnight."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - zone is next
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _dates(event: Component, name: str) -> Iterator[date]:
    """The dates of a property that may stand several times, each with several dates."""
    found = _sound(event, name)
    for listed in found if isinstance(found, list) else [found]:
        for one in getattr(listed, "dts", ()):
            moment = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            if isinstance(moment, date) and moment.year in _YEARS:
                yield moment
