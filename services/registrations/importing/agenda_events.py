"""Events of an OpenAgenda export (JSON, version 2): each is an activity, with a meeting for each of its timings.

Texts may be given in several languages or in one; people's contacts, which exports may hold, are not read.
https://developers.openagenda.com/en/evenements/structure
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.registrations.importing.digest import digest_of
from services.registrations.importing.plan import (
    Drafting,
    PlannedActivity,
    PlannedMeeting,
    PlannedSession,
    at_most,
    require,
)
from services.registrations.importing.report import BadRow
from services.registrations.importing.source_row import SourceRow
from services.registrations.importing.synonyms import understood
from services.registrations.importing.when import read_stamp
from services.registrations.importing.whereabouts import Whereabouts
from shared.errors import Text

# The place's people and its filters speak French first.
_LANGUAGES = ("fr", "en")
_PUBLISHED = 2
# Values of ``status`` of events that will not take place when it says.
_NOT_HELD: Mapping[int, Text] = {
    4: Text("Postponed in the agenda: not loaded.", "Reporté dans l’agenda : non chargé."),
    6: Text("Cancelled in the agenda: not loaded.", "Annulé dans l’agenda : non chargé."),
}
_NOT_PUBLISHED = Text(
    "Not published in the agenda: not loaded.", "Non publié dans l’agenda : non chargé."
)
_LONGEST = timedelta(days=1)
_LONGEST_ID = 120
_MOST_TIMINGS = 1_000
_YEARS = range(2000, 2100)


def is_agenda_event(value: object) -> bool:
    """Whether ``value`` is an event as OpenAgenda writes it: it alone gives its dates so."""
    if not isinstance(value, Mapping):
        return False
    return isinstance(value.get("timings"), list) or isinstance(value.get("lastTiming"), Mapping)


def plan_agenda(rows: Sequence[SourceRow], drafting: Drafting) -> None:
    """Plan every good event; what is wrong with the others goes to the report."""
    planner = _Events(drafting)
    for row in rows:
        try:
            planner.plan(row)
        except BadRow as bad:
            drafting.report.bad(row.line, bad)
        except RecursionError:
            deep = BadRow(None, "Nested too deeply.", "Imbriqué trop profondément.")
            drafting.report.bad(row.line, deep)


class _Events:
    def __init__(self, drafting: Drafting) -> None:
        self._drafting = drafting
        self._whereabouts = Whereabouts(drafting)
        self._lines: dict[str, int] = {}

    def plan(self, source: SourceRow) -> None:
        if not isinstance(source.value, Mapping):
            raise BadRow(None, "An object is expected.", "Un objet est attendu.")
        event = source.value
        if reason := _why_not(event):
            self._drafting.report.warn(source.line, "status", reason.en, reason.fr)
            return
        row = understood(_flat(event))
        title = require(at_most(300, row.get("title"), "title"), "title")
        uid = require(at_most(_LONGEST_ID, row.get("id"), "uid"), "uid")
        if first := self._lines.get(uid):
            raise BadRow(
                "uid", f"Same id as line {first}.", f"Même identifiant qu’à la ligne {first}."
            )
        place_code, place = self._whereabouts.place(row)
        organisation = self._whereabouts.organisation(row.get("organisation"), place_code)
        times = sorted(set(_times(_timings(event), place.zone)))
        activity = PlannedActivity(
            ref=f"openagenda:{uid}",
            source=f"openagenda:{organisation}",
            title=title,
            organisation_code=organisation,
            programme_code=self._whereabouts.programme(None),
            description=at_most(20_000, row.get("description"), "longDescription") or "",
            theme=at_most(100, row.get("theme"), "keywords"),
            audience=at_most(200, row.get("audience"), "age"),
        )
        session = PlannedSession(
            line=source.line,
            ref=activity.ref,
            digest=digest_of(place_code, times),
            activity_ref=activity.ref,
            place_code=place_code,
            meetings=tuple(PlannedMeeting(*pair) for pair in times),
        )
        self._drafting.plan.add(session)
        self._drafting.plan.activities[activity.ref] = activity
        self._lines[uid] = source.line


def _why_not(event: Mapping[str, Any]) -> Text | None:
    """Why the event is not to be loaded, though nothing is wrong with it."""
    if event.get("draft") is True or event.get("state", _PUBLISHED) != _PUBLISHED:
        return _NOT_PUBLISHED
    status = event.get("status")
    return _NOT_HELD.get(status) if isinstance(status, int) else None


def _flat(event: Mapping[str, Any]) -> dict[str, Any]:
    """What is read of an event, by the names that rows of other formats have."""
    place = _object(event, "location")
    return {
        "id": event.get("uid"),
        "title": _said(event.get("title")),
        "description": _said(event.get("longDescription")) or _said(event.get("description")),
        "theme": _first(_said(event.get("keywords"))),
        "audience": _ages(_object(event, "age")),
        "organisation": _object(event, "contributor").get("organization"),
        "place": _said(place.get("name")),
        "address": place.get("address"),
        "postcode": place.get("postalCode"),
        "city": place.get("city"),
    }


def _object(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, Mapping) else {}


def _said(value: Any) -> Any:
    """A text in the language that is read first, of those in which it is given."""
    if not isinstance(value, Mapping):
        return value
    spoken = [value[language] for language in _LANGUAGES if value.get(language)]
    return next(iter([*spoken, *filter(None, value.values())]), None)


def _first(words: Any) -> Any:
    if isinstance(words, list):
        return next((word for word in words if isinstance(word, str) and word.strip()), None)
    return words.partition(",")[0] if isinstance(words, str) else None


def _ages(age: Mapping[str, Any]) -> str | None:
    least, most = age.get("min"), age.get("max")
    if isinstance(least, int) and isinstance(most, int) and most < 99:
        return f"{least}–{most} ans"
    return f"dès {least} ans" if isinstance(least, int) and least > 0 else None


def _timings(event: Mapping[str, Any]) -> Any:
    """The dates; exports that are not detailed leave them out, but for the first and the last."""
    if "timings" in event:
        return event["timings"]
    if event.get("firstTiming") == event.get("lastTiming"):
        return [event.get("lastTiming")]
    raise BadRow(
        "timings",
        "Only the first and the last date are there: export with detailed=1.",
        "Seules la première et la dernière date y sont : exportez avec detailed=1.",
    )


def _times(timings: Any, zone: Any) -> Iterator[tuple[datetime, datetime]]:
    if not isinstance(timings, list) or not timings or len(timings) > _MOST_TIMINGS:
        raise BadRow(
            "timings",
            f"A list of 1 to {_MOST_TIMINGS} dates is expected.",
            f"Une liste de 1 à {_MOST_TIMINGS} dates est attendue.",
        )
    for number, timing in enumerate(timings):
        begin, end = (_moment(timing, names, number, zone) for names in _BOUNDS)
        if not timedelta(0) < end - begin <= _LONGEST:
            raise BadRow(
                f"timings.{number}.end",
                "It must end after it starts, within a day.",
                "La fin doit suivre le début, dans la journée.",
            )
        yield begin, end


# Exports of the version before named them otherwise.
_BOUNDS = (("begin", "start"), ("end", "end"))


def _moment(timing: Any, names: Sequence[str], number: int, zone: Any) -> datetime:
    text = next((timing[name] for name in names if name in timing), None) if timing else None
    stamp = read_stamp(text) if isinstance(text, str) else None
    moment = stamp.in_zone(zone) if stamp and stamp.day.year in _YEARS else None
    if moment is None:
        raise BadRow(
            f"timings.{number}.{names[0]}",
            "Not a date with its hour.",
            "Ce n’est pas une date avec son heure.",
        )
    return moment.astimezone(UTC)
