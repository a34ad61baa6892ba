"""The indicators against plain counting in Python, over random histories told in random batches."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from services.reporting.domain import Scope
from services.reporting.indicators import CATALOGUE, Of
from services.reporting.indicators.disclosed import DISCLOSED
from services.reporting.operations.cube import Cube, count_atoms
from services.reporting.operations.figures import Figures
from services.reporting.operations.rebuilds import empty_facts
from shared.events import catalogue
from shared.messaging.tables import event_cursor, parked_event
from tests.service.reporting.conftest import (
    BEGIN,
    Feeds,
    Story,
    attendance,
    departure,
    entry,
    meetings,
    message,
    only,
    session_state,
)

_SPACE = UUID("0190b7a0-0000-7000-8000-000000000000")
_PARIS = ZoneInfo("Europe/Paris")
_OF_PEOPLE = ("situation", "district")
_OF_REFERRALS = ("programme", "month")
_RATES = {
    "no_show_rate",
    "satisfaction",
    "response_rate",
    "fill_rate",
    "waiting_pressure",
    "stay_rate",
}
# Counts that are told as they are, and those of different people, each with what it is a count of.
_COUNTED = [name for name, needs in DISCLOSED.items() if needs == (name,)]
_OF_DIFFERENT_PEOPLE = {name: DISCLOSED[name] for name in ("people", "people_attended")}
_NOW = BEGIN + timedelta(days=45)


def _day(choice: int) -> date:
    return (BEGIN + timedelta(days=choice * 7)).date()


def _id(kind: str, number: int) -> UUID:
    return uuid5(_SPACE, f"{kind}{number}")


@dataclass
class Registered:
    session: int
    person: int
    status: str
    waited: bool = False
    promoted: bool = False
    left_from: str | None = None
    left_at: datetime | None = None


@dataclass
class Held:
    """A session as the plain count knows it."""

    programme: str
    theme: str | None
    capacity: int
    meetings: list[dict[str, Any]]
    status: str = "published"

    @property
    def begins(self) -> datetime:
        return min(meeting["starts_at"] for meeting in self.meetings)


@dataclass
class Referred:
    programme: str
    asked: int | None
    opened_on: date
    decision: str | None = None
    granted: int | None = None

    def group(self, grouping: str | None) -> str:
        groups = {None: "all", "programme": self.programme, "month": f"{self.opened_on:%Y-%m}"}
        return groups[grouping]


@dataclass
class Town:
    """Makes things happen, tells them, and counts them in the simplest way there is."""

    feeds: Feeds
    sessions: dict[int, Held] = field(default_factory=dict)
    registrations: dict[int, Registered] = field(default_factory=dict)
    attendance: dict[tuple[int, int], str] = field(default_factory=dict)
    ratings: dict[int, int] = field(default_factory=dict)
    outcomes: dict[int, str] = field(default_factory=dict)
    messages: list[tuple[int, bool]] = field(default_factory=list)
    referrals: dict[int, Referred] = field(default_factory=dict)
    calls: dict[int, tuple[int, str | None]] = field(default_factory=dict)

    def happen(self, what: str, number: int, choice: int) -> None:
        getattr(self, what)(number, choice)

    def publish(self, number: int, choice: int) -> None:
        if number in self.sessions:
            return
        begin = BEGIN + timedelta(days=choice * 7, hours=choice % 24)
        times = meetings(*(begin + timedelta(days=7 * n) for n in range(1 + choice % 3)))
        held = Held("pqr"[choice % 3], (None, "t", "u")[choice % 3], choice + 1, times)
        self.sessions[number] = held
        state = session_state(
            _id("session", number),
            programme=held.programme,
            theme=held.theme,
            capacity=held.capacity,
            meetings=times,
        )
        self.feeds.write(catalogue.SessionPublished.of(**state))

    def end(self, number: int, choice: int) -> None:
        held = self.sessions.get(number)
        if held is None or held.status != "published":
            return
        kinds = {"cancelled": catalogue.SessionCancelled, "closed": catalogue.SessionClosed}
        held.status = ("cancelled", "closed")[choice % 2]
        self.feeds.write(kinds[held.status].of(session_id=_id("session", number)))

    def register(self, number: int, choice: int) -> None:
        session = choice % 4
        if number in self.registrations:
            return
        status = ("confirmed", "waitlisted", "pending")[choice % 3]
        one = Registered(session, number % 5, status, waited=status == "waitlisted")
        self.registrations[number] = one
        self._entered(number, one, None)

    def move(self, number: int, choice: int) -> None:
        one = self.registrations.get(number)
        if one is None or one.status not in ("waitlisted", "pending"):
            return
        previous = one.status
        one.status = "confirmed" if previous == "waitlisted" or choice % 2 else "waitlisted"
        one.waited |= one.status == "waitlisted"
        one.promoted |= previous == "waitlisted"
        self._entered(number, one, previous)

    def leave(self, number: int, choice: int) -> None:
        one = self.registrations.get(number)
        if one is None or one.status == "cancelled":
            return
        one.left_from, one.status = one.status, "cancelled"
        one.left_at = BEGIN + timedelta(days=choice * 3)
        left = departure(
            _id("registration", number),
            _id("session", one.session),
            one.left_from,
            participant_id=_id("person", one.person),
        )
        self.feeds.write(left, one.left_at)

    def come(self, number: int, choice: int) -> None:
        one = self.registrations.get(number)
        held = self.sessions.get(one.session) if one else None
        if one is None or held is None:
            return
        nth = choice % len(held.meetings)
        status = ("present", "excused", "absent", "present")[(choice + len(self.attendance)) % 4]
        self.attendance[number, nth] = status
        fact = attendance(
            _id("registration", number),
            _id("session", one.session),
            meeting_id=held.meetings[nth]["meeting_id"],
            participant_id=_id("person", one.person),
            status=status,
        )
        self.feeds.write(fact)

    def rate(self, number: int, choice: int) -> None:
        one = self.registrations.get(number)
        if one is None:
            return
        self.ratings[number] = 1 + choice % 5
        fact = catalogue.FeedbackSubmitted.of(
            registration_id=_id("registration", number),
            session_id=_id("session", one.session),
            rating=self.ratings[number],
        )
        self.feeds.write(fact)

    def result(self, number: int, choice: int) -> None:
        one = self.registrations.get(number)
        if one is None:
            return
        self.outcomes[number] = catalogue.OUTCOMES[choice % len(catalogue.OUTCOMES)]
        fact = catalogue.OutcomeRecorded.of(
            registration_id=_id("registration", number),
            session_id=_id("session", one.session),
            participant_id=_id("person", one.person),
            outcome=self.outcomes[number],
            as_of=(BEGIN + timedelta(days=choice)).date(),
        )
        self.feeds.write(fact)

    def refer(self, number: int, choice: int) -> None:
        if number in self.referrals:
            return
        asked = None if choice % 3 else choice * 1000 + 1
        self.referrals[number] = Referred("pqr"[choice % 3], asked, _day(choice))
        self._referred(number)

    def decide(self, number: int, choice: int) -> None:
        one = self.referrals.get(number)
        if one is None or one.decision is not None:
            return
        one.decision = catalogue.REFERRAL_DECISIONS[choice % 3]
        one.granted = choice * 990 if one.decision == "granted" else None
        self._referred(number)

    def _referred(self, number: int) -> None:
        one = self.referrals[number]
        told = {
            "referral_id": _id("referral", number),
            "participant_id": _id("person", number % 5),
            "programme": one.programme,
            "partner": "creasol",
            "purpose": "project",
            "amount_asked_cents": one.asked,
            "opened_on": one.opened_on,
        }
        if one.decision is None:
            self.feeds.write(catalogue.ReferralOpened.of(**told))
            return
        decided = {"decision": one.decision, "amount_granted_cents": one.granted}
        self.feeds.write(catalogue.ReferralClosed.of(**told, **decided, decided_on=one.opened_on))

    def call(self, number: int, choice: int) -> None:
        session, outcome = self.calls.get(number, (choice % 4, None))
        if outcome is not None:
            return
        told = {
            "call_id": _id("call", number),
            "session_id": _id("session", session),
            "participant_id": _id("person", number % 5),
            "registration_id": _id("registration", number),
        }
        if number not in self.calls:
            self.calls[number] = (session, None)
            fact = catalogue.ParticipantCallNeeded.of(**told, programme="p", absences=3)
        else:
            self.calls[number] = (session, catalogue.CALL_OUTCOMES[choice % 4])
            fact = catalogue.ParticipantCallSettled.of(**told, outcome=self.calls[number][1])
        self.feeds.write(fact)

    def tell(self, number: int, choice: int) -> None:
        one = self.registrations.get(number)
        if one is None:
            return
        self.messages.append((number, bool(choice % 2)))
        fact = message(
            _id("session", one.session),
            failed=bool(choice % 2),
            registration_id=_id("registration", number),
        )
        self.feeds.write(fact)

    def _entered(self, number: int, one: Registered, previous: str | None) -> None:
        fact = entry(
            _id("registration", number),
            _id("session", one.session),
            one.status,
            previous=previous,
            participant_id=_id("person", one.person),
            person={
                "age_band": None,
                "district": self.district(one),
                "situations": self.situations(one),
            },
        )
        self.feeds.write(fact)

    @staticmethod
    def situations(one: Registered) -> list[str]:
        return [[], ["s"], ["s", "z"], ["z"], []][one.person]

    @staticmethod
    def district(one: Registered) -> str | None:
        return (None, "34070", "34080")[one.person % 3]

    def groups(self, grouping: str, session: int, one: Registered | None) -> set[str | None]:
        held = self.sessions.get(session)
        if grouping == "situation":
            return set(self.situations(one)) or {None} if one else set()
        if grouping == "district":
            return {self.district(one)} if one else set()
        if held is None:
            return {None}
        month = held.begins.astimezone(_PARIS).strftime("%Y-%m")
        begins = held.begins.astimezone(_PARIS)
        return {
            {
                "programme": held.programme,
                "theme": held.theme,
                "month": month,
                "weekday": str(begins.isoweekday()),
                "hour": f"{begins.hour:02}",
            }[grouping]
        }

    def count(self, grouping: str | None) -> dict[str | None, dict[str, Any]]:
        """Every indicator of each group; all under "all" without a grouping."""
        counts: dict[Any, Any] = defaultdict(lambda: defaultdict(float))
        people: dict[Any, Any] = defaultdict(lambda: defaultdict(set))

        def groups(session: int, one: Registered | None = None) -> set[Any]:
            return {"all"} if grouping is None else self.groups(grouping, session, one)

        for number, held in self.sessions.items():
            for group in groups(number):
                self._count_session(counts[group], held)
        for number, one in self.registrations.items():
            for group in groups(one.session, one):
                self._count_registration(counts[group], people[group], number, one)
        for number, failed in self.messages:
            one = self.registrations[number]
            for group in groups(one.session, one):
                counts[group]["notifications_failed" if failed else "notifications_sent"] += 1
        self._count_calls(counts, grouping)
        self._count_referrals(counts, grouping)
        return {group: _finish(counts[group], people[group]) for group in counts}

    def _count_calls(self, counts: Any, grouping: str | None) -> None:
        if grouping not in _OF_PEOPLE:
            # A call is of a session, and of nobody.
            for session, outcome in self.calls.values():
                group = "all" if grouping is None else only(self.groups(grouping, session, None))
                counts[group]["calls_needed"] += outcome != "withdrawn"
                counts[group]["calls_reached"] += outcome == "reached"

    def _count_referrals(self, counts: Any, grouping: str | None) -> None:
        for one in self.referrals.values() if grouping in (None, *_OF_REFERRALS) else ():
            count = counts[one.group(grouping)]
            count["referrals"] += 1
            count[f"referrals_{one.decision or 'open'}"] += 1
            count["amount_asked"] += (one.asked or 0) / 100
            count["amount_granted"] += (one.granted or 0) / 100

    def _count_session(self, count: Any, held: Held) -> None:
        if held.status == "cancelled":
            count["sessions_cancelled"] += 1
            return
        count["sessions"] += 1
        count["seats"] += held.capacity
        count["meetings"] += len(held.meetings)
        for meeting in held.meetings:
            if held.status == "closed" or meeting["ends_at"] <= _NOW:
                count["meetings_held"] += 1
                count["hours"] += 2

    def _count_registration(self, count: Any, people: Any, number: int, one: Registered) -> None:
        held = self.sessions.get(one.session)
        count["registrations"] += 1
        count[one.status] += 1
        count["ever_waitlisted"] += one.waited
        count["promoted"] += one.promoted
        people["people"].add(one.person)
        if held and held.status != "cancelled":
            begun = held.status == "closed" or held.begins <= _NOW
            left_late = one.left_from == "waitlisted" and one.left_at and one.left_at >= held.begins
            count["refused"] += bool(begun and (one.status == "waitlisted" or left_late))
        marks = [status for (who, _), status in self.attendance.items() if who == number]
        for status in marks:
            count[status] += 1
        count["attended_hours"] += 2 * marks.count("present")
        if "present" in marks:
            count["attended"] += 1
            people["people_attended"].add(one.person)
        if number in self.outcomes:
            count["outcomes"] += 1
            count["outcomes_reached"] += self.outcomes[number] != "none-yet"
            count[f"outcomes_{self.outcomes[number].replace('-', '_')}"] += 1
        if number in self.ratings:
            count["feedback_count"] += 1
            count["feedback_registered"] += 1
            count["ratings"] += self.ratings[number]


def _finish(count: Any, people: Any) -> dict[str, Any]:
    for name in ("amount_asked", "amount_granted"):
        count[name] = round(count[name], 2)
    rated = count.pop("feedback_registered", 0)
    for name in ("people", "people_attended"):
        count[name] = len(people[name])
    marks = count.pop("present", 0) + count.pop("excused", 0) + count.get("absent", 0)
    return {
        **count,
        "no_show_rate": round(count.pop("absent", 0) / marks, 4) if marks else None,
        "satisfaction": round(count.pop("ratings", 0) / count["feedback_count"], 4)
        if count["feedback_count"]
        else None,
        "response_rate": round(rated / count["attended"], 4) if count["attended"] else None,
        "waiting_pressure": round(count["ever_waitlisted"] / count["seats"], 4)
        if count["seats"]
        else None,
        "stay_rate": None,
        "fill_rate": round(count["confirmed"] / count["seats"], 4) if count["seats"] else None,
    }


_THINGS = (
    "publish",
    "end",
    "register",
    "register",
    "move",
    "leave",
    "come",
    "come",
    "rate",
    "result",
    "tell",
    "refer",
    "decide",
    "call",
    "call",
)
_history = st.lists(
    # Long enough that much of it is about registrations that were made before.
    st.tuples(st.sampled_from(_THINGS), st.integers(0, 7), st.integers(0, 11)),
    min_size=40,
    max_size=120,
)


@settings(
    max_examples=60,
    deadline=None,
    # Shrinking would take minutes over a database, and mostly gives what the first failure shows.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=_history, sizes=st.lists(st.integers(1, 30), min_size=1, max_size=5))
def test_the_indicators_are_what_plain_counting_gives(
    story: Story, history: list[tuple[str, int, int]], sizes: list[int]
) -> None:
    with story.database.transaction() as session:
        empty_facts(session)
        session.execute(delete(event_cursor))
        session.execute(delete(parked_event))
    story.feeds.logs = {source: [] for source in story.feeds.logs}
    town = Town(story.feeds)
    for number in range(3):  # the fourth is often never told of
        town.publish(number, number * 2 + len(history) % 2)
    for thing in history:
        town.happen(*thing)
    for source, log in story.feeds.logs.items():
        after, turn = 0, 0
        while after < len(log):
            size = sizes[turn % len(sizes)]
            # Every other batch comes twice, the second time with what came before it.
            story.receiver.receive(source, after, log[after : after + size])
            if turn % 2:
                story.receiver.receive(source, 0, log[: after + size])
            after, turn = after + size, turn + 1

    groupings = ("programme", "theme", "month", "weekday", "hour", "situation", "district")
    figures = story.figures(*groupings, as_of=_NOW)
    assert not story.parked()
    _agree(figures.total, town.count(None)["all"])
    for grouping in groupings:
        plain = town.count(grouping)
        assert set(figures.groups[grouping]) == set(plain)
        for group, expected in plain.items():
            _agree(
                figures.groups[grouping][group],
                expected,
                offer=grouping not in _OF_PEOPLE,
                referrals=grouping in _OF_REFERRALS,
            )
    with story.database.transaction() as session:
        cube = count_atoms(session, Scope(), groupings, {*_COUNTED, "came"}, as_of=_NOW)
    _add_up(cube, figures)


def _add_up(cube: Cube, figures: Figures) -> None:
    """The atoms of which disclosure control decides are what the indicators count."""
    totals: Counter[str] = Counter()
    for family in (cube.of_sessions, cube.of_people):
        counted: Counter[Any] = Counter()
        for (groups, measures), count in family.items():
            for measure in set(measures) & set(_COUNTED):
                totals[measure] += count if family is cube.of_sessions else 0
                for grouping, group in groups:
                    counted[measure, grouping, group] += count
        for (measure, grouping, group), count in counted.items():
            assert count == figures.groups[grouping][group][measure], (measure, grouping, group)
    assert {name: totals[name] for name in _COUNTED} == {
        name: figures.total[name] for name in _COUNTED
    }
    for name, (measure, *_) in _OF_DIFFERENT_PEOPLE.items():
        assert cube.people.get((measure, None, None), 0) == figures.total[name]
        for grouping, told in figures.groups.items():
            for group, row in told.items():
                assert cube.people.get((measure, grouping, group), 0) == row[name]


def _agree(
    figures: dict[str, Any],
    expected: dict[str, Any],
    *,
    offer: bool = True,
    referrals: bool = True,
) -> None:
    known = {Of.PEOPLE, Of.ONCE, *([Of.OFFER] * offer), *([Of.REFERRALS] * referrals)}
    wanted = {
        one.name: (expected.get(one.name) if one.name in _RATES else expected.get(one.name) or 0)
        if one.of in known
        else None
        for one in CATALOGUE
    }
    assert figures == wanted
