"""What a file asks to be loaded, in words that no format owns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.registrations.importing.report import BadRow, Report
from services.registrations.season import Season

# What loads in well under a minute, in one transaction.
_MOST_SESSIONS = 10_000
_MOST_MEETINGS = 250_000


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller of an import says, for what files leave out.

    ``minutes`` is the length of a meeting whose end is not given; ``organisation`` and ``place``
    are codes, ``timezone`` and ``school_zone`` hold for places that are not known yet. ``source`` names
    where the file comes from, so that a later one from there is known to follow it.
    """

    now: datetime
    season: Season
    capacity: int = 12
    minutes: int = 120
    programme: str = "ateliers"
    organisation: str | None = None
    place: str | None = None
    timezone: str = "Europe/Paris"
    school_zone: str = "C"
    source: str | None = None


@dataclass(frozen=True, slots=True)
class KnownPlace:
    name: str
    zone: ZoneInfo
    school_zone: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the platform has already: codes and names, for recognising what a row mentions."""

    places: Mapping[str, KnownPlace]
    organisations: Mapping[str, str]
    programmes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Described:
    """An organisation, a place, a room or a programme.

    ``values`` are the columns that the file gives. What is only ``mentioned`` is made if it is
    missing, and otherwise left as it is: a list of activities does not rename a place.
    """

    key: tuple[str, ...]
    values: Mapping[str, Any]
    mentioned: bool = False
    line: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedActivity:
    """An activity in words. Codes that the file does not say (None) stay as they are.

    ``source`` names what the file is the whole of, unless the caller names it: what came from there
    before and is not in the file any more is reported.
    """

    ref: str
    source: str
    title: str
    organisation_code: str
    programme_code: str
    description: str = ""
    theme: str | None = None
    audience: str | None = None
    data_inclusion: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PlannedMeeting:
    """In UTC. Without a ``room`` the file says nothing of it: what is set stays."""

    starts_at: datetime
    ends_at: datetime
    room: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """A session to be published.

    ``within`` bounds what the file speaks about (None: all dates); meetings outside stay.
    ``keeps_dates``: its dates were chosen when it was first loaded, and are not chosen again.
    A ``capacity`` of None is one that the file does not say. ``digest`` is of what the file says of the
    session, whatever the day on which it is read.
    """

    line: int
    ref: str
    digest: str
    activity_ref: str
    place_code: str
    meetings: tuple[PlannedMeeting, ...]
    capacity: int | None = None
    minimum: int | None = None
    facilitator: str | None = None
    within: tuple[datetime, datetime] | None = None
    keeps_dates: bool = False


@dataclass(slots=True)
class Plan:
    """All that is to be loaded. Each thing stands here once, by its key."""

    organisations: dict[str, Described] = field(default_factory=dict)
    places: dict[str, Described] = field(default_factory=dict)
    rooms: dict[tuple[str, str], Described] = field(default_factory=dict)
    programmes: dict[str, Described] = field(default_factory=dict)
    activities: dict[str, PlannedActivity] = field(default_factory=dict)
    sessions: dict[str, PlannedSession] = field(default_factory=dict)
    meetings: int = 0

    def add(self, session: PlannedSession) -> None:
        """Plan a session.

        Raises:
            BadRow: the file asks for more than can be loaded at once.
        """
        self.meetings += len(session.meetings)
        if len(self.sessions) >= _MOST_SESSIONS or self.meetings > _MOST_MEETINGS:
            raise BadRow(
                None,
                f"The file makes more than {_MOST_SESSIONS} sessions or {_MOST_MEETINGS} meetings.",
                f"Le fichier crée plus de {_MOST_SESSIONS} sessions ou {_MOST_MEETINGS} séances.",
            )
        self.sessions[session.ref] = session

    def drop_unused(self) -> None:
        """Forget what only bad rows mentioned."""
        activities, sessions = self.activities.values(), self.sessions.values()
        places = {session.place_code for session in sessions}
        rooms = {
            (session.place_code, meeting.room)
            for session in sessions
            for meeting in session.meetings
        }
        _keep(self.places, places)
        _keep(self.rooms, rooms)
        _keep(self.organisations, {activity.organisation_code for activity in activities})
        _keep(self.programmes, {activity.programme_code for activity in activities})


@dataclass(slots=True)
class Drafting:
    """What the planning of any format needs at hand."""

    options: Options
    known: Known
    plan: Plan
    report: Report


def require(text: str | None, field_name: str) -> str:
    """Raises BadRow when there is no such text."""
    if not text:
        raise BadRow(
            field_name, "Missing data for required field.", "Cette information est obligatoire."
        )
    return text


def at_most(length: int, text: str | None, field_name: str) -> str | None:
    """Raises BadRow when ``text`` is longer."""
    if text is not None and len(text) > length:
        raise BadRow(
            field_name,
            f"Longer than {length} characters ({len(text)}).",
            f"Plus de {length} caractères ({len(text)}).",
        )
    return text


def _keep(described: dict[Any, Described], used: Collection[Any]) -> None:
    for key in described.keys() - set(used):
        if described[key].mentioned:
            del described[key]
