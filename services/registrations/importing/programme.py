"""The project's own programme document: everything of a place, with sessions given as rules.

A rule names its days relative to the day of loading, so that a programme is alive whenever it is
loaded: ``workshops`` makes a session of each date, ``course`` one session of all dates,
``appointments`` a session of each slot of each date.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma

from services.registrations.eligibility import programmes_in
from services.registrations.importing.digest import digest_of
from services.registrations.importing.json_rows import JsonDocument
from services.registrations.importing.plan import (
    Described,
    Drafting,
    KnownPlace,
    PlannedActivity,
    PlannedMeeting,
    PlannedSession,
)
from services.registrations.importing.programme_schemas import (
    WEEKDAYS,
    ProgrammeActivity,
    SessionRule,
)
from services.registrations.importing.report import BadRow, Finding, invalid_fields
from services.registrations.importing.source_row import SourceRow
from services.registrations.recurring.hours import Hours, days_from
from services.registrations.schemas.offer import (
    OrganisationSchema,
    PlaceSchema,
    ProgrammeSchema,
    RoomSchema,
)
from services.registrations.season import (
    public_holidays,
    school_holidays,
    school_year,
)
from shared.errors import Text

_TIMEZONE = "Europe/Paris"
_PARTS = ("organisations", "programmes", "places", "rooms", "activities", "sessions")
_HEAD = ("format", "version", "name")
_HORIZON = timedelta(weeks=120)

Row = dict[str, Any]


def plan_programme(document: JsonDocument, drafting: Drafting) -> None:
    """Plan every good row of the document; what is wrong with the others goes to the report."""
    _Programme(document, drafting).plan()


class _Programme:
    def __init__(self, document: JsonDocument, drafting: Drafting) -> None:
        self._lists = document.lists
        self._drafting = drafting
        self._plan, self._known = drafting.plan, drafting.known
        self._name = document.values["name"]
        self._strange = document.values.keys() - set(_HEAD)
        self._places = dict(drafting.known.places)
        self._rules: set[str] = set()

    def plan(self) -> None:
        for part in (self._lists.keys() - set(_PARTS)) | self._strange:
            self._drafting.report.warn(
                None,
                part[:40].encode("utf-8", "replace").decode(),
                "Unknown part of the document; it is left out.",
                "Partie inconnue du document ; elle est laissée de côté.",
            )
        self._describe("organisations", OrganisationSchema(), self._plan.organisations)
        self._check_rules(self._describe("programmes", ProgrammeSchema(), self._plan.programmes))
        for _, code, described in self._describe("places", PlaceSchema(), self._plan.places):
            values = described.values
            zone = ZoneInfo(values.get("timezone", _TIMEZONE))
            self._places[code] = KnownPlace(values["name"], zone, values.get("school_zone"))
        self._each("rooms", RoomSchema(), self._room)
        self._each("activities", ProgrammeActivity(), self._activity)
        self._each("sessions", SessionRule(), self._session)

    def _describe(
        self, name: str, schema: ma.Schema, into: dict[str, Described]
    ) -> list[tuple[int, str, Described]]:
        kept: list[tuple[int, str, Described]] = []

        def keep(line: int, row: Row) -> None:
            code = row.pop("code")
            if code in into:
                raise _repeated("code")
            into[code] = Described((code,), row)
            kept.append((line, code, into[code]))

        self._each(name, schema, keep)
        return kept

    def _check_rules(self, programmes: Sequence[tuple[int, str, Described]]) -> None:
        """Leave out the programmes whose rules ask about one that is nowhere, until none is left."""
        planned, known = self._plan.programmes, self._known.programmes
        for line, code, described in programmes:
            asked = programmes_in(described.values.get("eligibility", ()))
            if code in planned and any(
                one == code or (one not in planned and one not in known) for one in asked
            ):
                del planned[code]
                bad = BadRow(
                    "eligibility",
                    "It asks about a programme that is not another one of this document.",
                    "La règle renvoie à un dispositif qui n'est pas un autre de ce document.",
                )
                self._drafting.report.bad(line, bad)
                self._check_rules(programmes)

    def _each(self, name: str, schema: ma.Schema, take: Callable[[int, Row], None]) -> None:
        for source in self._lists.get(name, ()):
            row = self._loaded(source, schema)
            if row is None:
                continue
            try:
                take(source.line, row)
            except BadRow as bad:
                self._drafting.report.bad(source.line, bad)

    def _loaded(self, source: SourceRow, schema: ma.Schema) -> Row | None:
        findings = self._drafting.report.findings
        try:
            row: Row = schema.load(source.value)
        except ma.ValidationError as error:
            findings.extend(invalid_fields(source.line, error.messages))
            return None
        except (OverflowError, RecursionError):
            text = Text("This row cannot be read.", "Cette ligne est illisible.")
            findings.append(Finding(source.line, None, text))
            return None
        return row

    def _room(self, line: int, row: Row) -> None:
        place, name = row.pop("place_code"), row.pop("name")
        self._require(place in self._places, "place")
        if (place, name) in self._plan.rooms:
            raise _repeated("name")
        self._plan.rooms[place, name] = Described((place, name), row, line=line)

    def _activity(self, _: int, row: Row) -> None:
        organisation, programme = row["organisation_code"], row["programme_code"]
        organisations, programmes = self._known.organisations, self._known.programmes
        self._require(
            organisation in self._plan.organisations or organisation in organisations,
            "organisation",
        )
        self._require(programme in self._plan.programmes or programme in programmes, "programme")
        ref = self._ref(row.pop("id"))
        if ref in self._plan.activities:
            raise _repeated("id")
        source = f"programme:{self._name}"
        self._plan.activities[ref] = PlannedActivity(ref=ref, source=source, **row)

    def _session(self, line: int, row: Row) -> None:
        activity, place = self._ref(row["activity"]), row["place"]
        self._require(activity in self._plan.activities, "activity")
        self._require(place in self._places, "place")
        room = row["room"]
        self._require(room is None or (place, room) in self._plan.rooms, "room")
        rule = self._ref(row["id"])
        if rule in self._rules:
            raise _repeated("id")
        self._rules.add(rule)
        days = list(self._days(row, self._places[place]))
        if not days:
            raise BadRow("leaves_out", "No day is left.", "Il ne reste aucun jour.")
        for suffix, meetings in _SHAPES[row["shape"]](row, days, self._places[place].zone):
            ref = f"{rule}/{suffix}"
            keeps_dates = row["shape"] == "course"
            said = (place, room, row["capacity"], row["minimum"], row["facilitator"])
            session = PlannedSession(
                line=line,
                ref=ref,
                digest=digest_of(*said, None if keeps_dates else meetings),
                activity_ref=activity,
                place_code=place,
                meetings=tuple(meetings),
                capacity=row["capacity"],
                minimum=row["minimum"],
                facilitator=row["facilitator"],
                keeps_dates=keeps_dates,
            )
            self._plan.add(session)

    def _days(self, row: Row, place: KnownPlace) -> Iterator[date]:
        today = self._drafting.options.now.astimezone(place.zone).date()
        # From the day after, so that there is time to register.
        first = today + timedelta(days=1, weeks=row["begins_in_weeks"])
        days = days_from(
            first,
            {WEEKDAYS.index(name) for name in row["weekdays"]},
            every_weeks=row["every_weeks"],
            in_week=row["in_week"],
            free=partial(_free, row["leaves_out"], place.school_zone),
            until=first + _HORIZON,
        )
        return islice(days, row["dates"])

    def _ref(self, own: str) -> str:
        return f"programme:{self._name}:{own}"

    def _require(self, found: bool, field_name: str) -> None:
        if not found:
            raise BadRow(
                field_name,
                "There is no such thing in this document.",
                "Rien de tel dans ce document.",
            )


def _free(leaves_out: list[str], school_zone: str | None, day: date) -> bool:
    if "public-holidays" in leaves_out and day in public_holidays(day.year):
        return False
    zone = school_zone if "school-holidays" in leaves_out else None
    return zone is None or day not in school_holidays(zone)


Sessions = Iterator[tuple[str, list[PlannedMeeting]]]


def _workshops(row: Row, days: list[date], zone: ZoneInfo) -> Sessions:
    for day in days:
        yield day.isoformat(), [_meeting(row, row["hours"], day, zone)]


def _course(row: Row, days: list[date], zone: ZoneInfo) -> Sessions:
    yield school_year(days[0]), [_meeting(row, row["hours"], day, zone) for day in days]


def _appointments(row: Row, days: list[date], zone: ZoneInfo) -> Sessions:
    hours, minutes = row["hours"], row["minutes"]
    for day in days:
        for starts in range(hours.starts, hours.ends - minutes + 1, minutes):
            slot = Hours(starts, starts + minutes)
            name = f"{day.isoformat()}T{starts // 60:02}:{starts % 60:02}"
            yield name, [_meeting(row, slot, day, zone)]


def _meeting(row: Row, hours: Hours, day: date, zone: ZoneInfo) -> PlannedMeeting:
    starts_at, ends_at = hours.on(day, zone)
    return PlannedMeeting(starts_at, ends_at, row["room"])


_SHAPES: dict[str, Callable[[Row, list[date], ZoneInfo], Sessions]] = {
    "workshops": _workshops,
    "course": _course,
    "appointments": _appointments,
}


def _repeated(field_name: str) -> BadRow:
    return BadRow(
        field_name,
        "This stands in the document already.",
        "Cela figure déjà dans le document.",
    )
