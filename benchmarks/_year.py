"""A year of a town's houses, made up: what registrations would have told of it, the same for the same seed.

Twenty-five places (the third place and the city's twenty-four houses), or the third place alone, their programmes and
associations: workshops, courses, cohorts and appointments that fill, wait, are given up, held, missed, rated and
followed by something. A million registrations are about sixty thousand meetings.
"""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from shared.events.catalogue import AGE_BANDS, OUTCOMES

_CLOCK = ZoneInfo("Europe/Paris")
_WEEKS = 52
# Weeks before its first meeting when a session is published, and filled; registrations of one, on average.
_PUBLISHED, _FILLED = 4, 2
_TAKEN = 22
_TIMES_EACH = 8
ARCEAUX = ("arceaux", "Tiers-lieu des Arceaux")
HOUSES = tuple(
    (f"maison-{number:02}", f"Maison pour tous {name}")
    for number, name in enumerate(
        (
            "Albert-Camus",
            "Albertine-Sarrazin",
            "André-Chamson",
            "Boris-Vian",
            "Emma-Calvé",
            "Fanfonne-Guillierme",
            "François-Villon",
            "Frédéric-Chopin",
            "George-Sand",
            "Georges-Brassens",
            "Jean-Pierre-Caillens",
            "Joseph-Ricôme",
            "L'Escoutaïre",
            "Léo-Lagrange",
            "Louis-Feuillade",
            "Marcel-Pagnol",
            "Marie-Curie",
            "Mélina-Mercouri",
            "Michel-Colucci",
            "Paul-Émile-Victor",
            "Pierre-Azéma",
            "Rosa-Lee-Parks",
            "Saint-Exupéry",
            "Voltaire",
        ),
        start=1,
    )
)
# The part of a usual week's sessions that is held in each month, January first: summer is quiet, autumn full.
_OF_THE_MONTH = (1.1, 0.9, 1.1, 0.9, 0.9, 1.0, 0.4, 0.2, 1.2, 1.4, 1.3, 0.8)
_ROOMS = ("Atelier", "Grande salle", "Salle des mosaïques", "Bureau", "Cuisine")
_HOURS = (9, 10, 14, 15, 16, 18, 19)
# When more people are free, and so more of them ask: this much more.
_EVENING, _SATURDAY, _IN_DEMAND = 1.35, 1.25, 1.4
# Of those in a course of more meetings than this, the part that leaves on the way.
_LONG, _LEAVE = 4, 0.3
_ASSOCIATIONS = {
    "association-01": "Les Petits Débrouillards",
    "association-02": "Montpel’libre",
    "association-03": "Repair Café de Montpellier",
    **{f"association-{n:02}": f"Association de quartier n° {n}" for n in range(4, 20)},
}
_CITY = ("ccas", "CCAS de Montpellier")
_THEMES = (
    "numérique",
    "couture",
    "cuisine",
    "vidéo",
    "jardin",
    "langues",
    "sport",
    "réparation",
    None,
)
_MOST_WANTED = ("numérique", "réparation", "langues")
_DISTRICTS = ("34000", "34070", "34080", "34090", "34170", "34430")
_SITUATIONS = (
    "awaiting-rights",
    "minimum-benefits",
    "job-seeker",
    "student",
    "retired",
)


@dataclass(frozen=True, slots=True)
class _Programme:
    """A programme, the part of all sessions that are its own, and how they go."""

    code: str
    name: str
    share: int
    meetings: int
    seats: tuple[int, ...]
    demand: tuple[float, float]
    minimum: int | None = None
    discreet: bool = False


_PROGRAMMES = (
    _Programme("ateliers", "Ateliers des associations", 68, 1, (12, 20, 30, 45), (0.4, 1.3)),
    _Programme("villages-connectes", "VILL’@GES CONNECTÉS", 10, 3, (12, 16), (0.5, 1.2)),
    _Programme("sante", "Plateforme Santé", 12, 1, (30, 60), (0.3, 1.0)),
    _Programme("unisvers", "UNIS’VERS", 2, 8, (20,), (0.6, 1.3), minimum=15),
    _Programme("budget", "Plateforme Budget", 8, 1, (1,), (0.7, 1.2), discreet=True),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One event as the log keeps it."""

    at: datetime
    type: str
    subject: UUID
    data: dict[str, Any]


@dataclass(slots=True)
class _Session:
    id: UUID
    programme: _Programme
    capacity: int
    meetings: list[dict[str, Any]]
    begins: datetime
    state: dict[str, Any]
    seated: list[tuple[UUID, UUID]] = field(default_factory=list)
    waiting: list[tuple[UUID, UUID]] = field(default_factory=list)
    cancelled: bool = False


class Year:
    """About so many ``registrations``, and what came of them. ``first`` is a Monday."""

    def __init__(
        self,
        registrations: int,
        *,
        seed: int = 1,
        first: date = date(2025, 1, 6),
        places: Sequence[tuple[str, str]] = (ARCEAUX, *HOUSES),
    ) -> None:
        self._chance = random.Random(seed)
        self._first, self._places = first, places
        self._sessions = max(_WEEKS, round(registrations / _TAKEN))
        self._said = dict(self._person() for _ in range(max(50, registrations // _TIMES_EACH)))
        self._everyone = list(self._said)

    def tell(self) -> Iterator[Told]:
        """Every event, in the order in which it happened, week by week."""
        weeks = [
            [self._plan(week) for _ in range(count)]
            for week, count in enumerate(_shares(self._sessions, list(self._usual())))
        ]
        for week in range(-_PUBLISHED, _WEEKS):
            for one in self._in(weeks, week + _PUBLISHED):
                yield self._told(one, -_PUBLISHED * 7, "session.published", one.id, one.state)
            for one in self._in(weeks, week + _FILLED):
                yield from self._fill(one)
            for one in self._in(weeks, week):
                yield from self._hold(one)

    def _usual(self) -> Iterator[float]:
        """How much is held in each week, beside the others."""
        for week in range(_WEEKS):
            yield _OF_THE_MONTH[(self._first + timedelta(weeks=week)).month - 1]

    @staticmethod
    def _in(weeks: Sequence[list[_Session]], week: int) -> Sequence[_Session]:
        return weeks[week] if 0 <= week < len(weeks) else ()

    def _id(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128), version=4)

    def _person(self) -> tuple[UUID, dict[str, Any]]:
        """Somebody, and what they agreed to have counted of themselves."""
        chance = self._chance
        if chance.random() < 0.25:
            return self._id(), {"age_band": None, "district": None, "situations": []}
        held = chance.sample(_SITUATIONS, chance.choice((0, 0, 1, 1, 2)))
        # Most live nearby; of some districts there are hardly any.
        district = _DISTRICTS[min(int(chance.expovariate(1.1)), len(_DISTRICTS) - 1)]
        said = {
            "age_band": chance.choice(AGE_BANDS),
            "district": district,
            "situations": sorted(held),
        }
        return self._id(), said

    def _plan(self, week: int) -> _Session:
        chance = self._chance
        [programme] = chance.choices(_PROGRAMMES, [one.share for one in _PROGRAMMES])
        code, name = chance.choice(self._places)
        day = self._first + timedelta(weeks=week, days=chance.randrange(6))
        begins = datetime.combine(day, time(chance.choice(_HOURS)), _CLOCK).astimezone(UTC)
        room = chance.choice(_ROOMS)
        meetings = [
            {
                "meeting_id": str(self._id()),
                "starts_at": (begins + timedelta(weeks=n)).isoformat(),
                "ends_at": (begins + timedelta(weeks=n, hours=2)).isoformat(),
                "room": room,
            }
            for n in range(programme.meetings)
        ]
        theme = chance.choice(_THEMES)
        session_id, capacity = self._id(), chance.choice(programme.seats)
        held_by = _CITY
        if not programme.discreet and not programme.minimum:
            held_by = chance.choice(list(_ASSOCIATIONS.items()))
        state = {
            "session_id": str(session_id),
            "title": f"{programme.name} : {theme}" if theme else programme.name,
            "programme": programme.code,
            "organisation": held_by[0],
            "programme_label": programme.name,
            "organisation_label": held_by[1],
            "theme": theme,
            "place": {
                "code": code,
                "name": name,
                "address": None,
                "phone": None,
                "timezone": "Europe/Paris",
            },
            "capacity": capacity,
            "minimum": programme.minimum,
            "discreet": programme.discreet,
            "meetings": meetings,
            "reminder_minutes": [2880, 120],
        }
        return _Session(session_id, programme, capacity, meetings, begins, state)

    def _fill(self, session: _Session) -> Iterator[Told]:
        """People register, some wait; some give up, and the first in line takes their seat."""
        chance = self._chance
        wanted = max(1, round(session.capacity * self._demand(session)))
        for person in chance.sample(self._everyone, min(wanted, len(self._everyone))):
            registration = (self._id(), person)
            has_seat = len(session.seated) < session.capacity
            (session.seated if has_seat else session.waiting).append(registration)
            yield self._entered(session, registration)
        for registration in [one for one in session.seated if chance.random() < 0.08]:
            session.seated.remove(registration)
            yield self._left(session, registration, "confirmed", "participant")
            if session.waiting:
                first = session.waiting.pop(0)
                session.seated.append(first)
                yield self._entered(session, first, promoted=True)

    def _demand(self, session: _Session) -> float:
        """People who ask, for each seat: more where the theme, the hour and the day suit more of them."""
        demand = self._chance.uniform(*session.programme.demand)
        begins = session.begins.astimezone(_CLOCK)
        for more, holds in (
            (_IN_DEMAND, session.state["theme"] in _MOST_WANTED),
            (_EVENING, begins.hour >= 18),
            (_SATURDAY, begins.weekday() == 5),
        ):
            demand *= more if holds else 0.95
        return demand

    def _hold(self, session: _Session) -> Iterator[Told]:
        """It is cancelled, or held: people come or do not, say what they think, and move on."""
        chance = self._chance
        minimum = session.programme.minimum or 0
        if chance.random() < 0.03 or len(session.seated) < minimum * 0.6:
            reason = "too-few" if minimum else "other"
            cancelled = {"session_id": str(session.id), "reason": reason, "alternatives": []}
            yield self._told(session, -2, "session.cancelled", session.id, cancelled)
            for status, people in (("confirmed", session.seated), ("waitlisted", session.waiting)):
                for registration in people:
                    yield self._left(session, registration, status, "system")
            return
        if session.programme.minimum:
            numbers = {"minimum": minimum, "confirmed": len(session.seated)}
            formed = {"session_id": str(session.id), **numbers}
            yield self._told(session, -1, "session.formed", session.id, formed)
        came = []
        for registration in session.seated:
            marks = chance.choices(
                ("present", "excused", "absent"), (78, 8, 14), k=len(session.meetings)
            )
            if len(marks) > _LONG and chance.random() < _LEAVE:
                stays = chance.randrange(1, len(marks))
                marks[stays:] = ["absent"] * (len(marks) - stays)
            for meeting, status in zip(session.meetings, marks, strict=True):
                yield self._marked(session, registration, meeting["meeting_id"], status)
            if "present" in marks:
                came.append(registration)
        asked = {"session_id": str(session.id), "to_ask": [str(one) for one, _ in came]}
        yield self._told(session, 60, "session.closed", session.id, asked)
        for registration in came:
            yield from self._followed(session, registration)

    def _followed(self, session: _Session, registration: tuple[UUID, UUID]) -> Iterator[Told]:
        chance = self._chance
        about = {"registration_id": str(registration[0]), "session_id": str(session.id)}
        who = {"participant_id": str(registration[1])}
        if chance.random() < 0.3:
            [rating] = chance.choices((1, 2, 3, 4, 5), (2, 4, 14, 40, 40))
            yield self._told(
                session, 61, "feedback.submitted", registration[0], {**about, "rating": rating}
            )
        if session.programme.minimum and chance.random() < 0.8:
            noted = {
                **about,
                **who,
                "outcome": chance.choice(OUTCOMES),
                "as_of": str(self._day(session, 90)),
            }
            yield self._told(session, 90, "outcome.recorded", registration[0], noted)
        if session.programme.code == "budget" and chance.random() < 0.2:
            referral = self._id()
            opened = {
                **who,
                "referral_id": str(referral),
                "programme": "budget",
                "partner": "creasol",
                "purpose": "personal-microcredit",
                "amount_asked_cents": 1000 * chance.randrange(30, 800),
                "opened_on": str(self._day(session, 1)),
            }
            yield self._told(session, 1, "referral.opened", referral, opened)
            granted = chance.random() < 0.6
            decided = {
                **opened,
                "decision": "granted" if granted else "refused",
                "decided_on": str(self._day(session, 30)),
                "amount_granted_cents": opened["amount_asked_cents"] if granted else None,
            }
            yield self._told(session, 30, "referral.closed", referral, decided)

    def _entered(
        self, session: _Session, registration: tuple[UUID, UUID], *, promoted: bool = False
    ) -> Told:
        data: dict[str, Any] = {
            **self._whose(session, registration),
            "previous": "waitlisted" if promoted else None,
            "by": "system" if promoted else "participant",
            "person": self._said[registration[1]],
        }
        if registration in session.waiting:
            data["waitlist_position"] = len(session.waiting)
            return self._told(
                session, -_FILLED * 7, "registration.waitlisted", registration[0], data
            )
        return self._told(session, -_FILLED * 7, "registration.confirmed", registration[0], data)

    def _left(
        self, session: _Session, registration: tuple[UUID, UUID], previous: str, by: str
    ) -> Told:
        data = {**self._whose(session, registration), "previous": previous, "by": by}
        return self._told(session, -2, "registration.cancelled", registration[0], data)

    def _marked(
        self, session: _Session, registration: tuple[UUID, UUID], meeting_id: str, status: str
    ) -> Told:
        data = {
            **self._whose(session, registration),
            "meeting_id": meeting_id,
            "status": status,
            "minutes": 120,
        }
        return self._told(session, 0, "attendance.recorded", registration[0], data)

    @staticmethod
    def _whose(session: _Session, registration: tuple[UUID, UUID]) -> dict[str, str]:
        return {
            "registration_id": str(registration[0]),
            "session_id": str(session.id),
            "participant_id": str(registration[1]),
        }

    @staticmethod
    def _day(session: _Session, days: int) -> date:
        return (session.begins + timedelta(days=days)).date()

    @staticmethod
    def _told(
        session: _Session, days: int, type_: str, subject: UUID, data: dict[str, Any]
    ) -> Told:
        return Told(session.begins + timedelta(days=days), type_, subject, data)


def write(database_url: str, told: Iterable[Told]) -> int:
    """Log what is ``told`` as registrations would have, behind what is in its log; returns how many events."""
    count = 0
    copy = "COPY event_log (event_id, type, version, subject, time, traceparent, data) FROM STDIN"
    with psycopg.connect(database_url) as connection, connection.cursor().copy(copy) as rows:
        for number, one in enumerate(told, start=1):
            event_id = UUID(int=one.subject.int ^ number)
            data = json.dumps(one.data, ensure_ascii=False)
            rows.write_row((event_id, one.type, 1, str(one.subject), one.at, None, data))
            count = number
    return count


def _shares(whole: int, weights: Sequence[float]) -> list[int]:
    """``whole`` in parts as near to ``weights`` as whole numbers can be."""
    ends = [round(whole * sum(weights[:n]) / sum(weights)) for n in range(len(weights) + 1)]
    return [after - before for before, after in pairwise(ends)]
