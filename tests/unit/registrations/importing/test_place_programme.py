"""The programme that comes with the software: alive on whatever day it is loaded."""

import json
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest

import services.registrations
from services.registrations.importing.formats import detect
from services.registrations.importing.plan import Drafting, Known, Options, Plan
from services.registrations.importing.programme import plan_programme
from services.registrations.importing.report import Report
from services.registrations.season import season_at_hand

FILE = Path(services.registrations.__file__).parent / "programme" / "arceaux.json"
PARIS = ZoneInfo("Europe/Paris")
FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)


def plan_on(moment, document=None):
    content = FILE.read_bytes() if document is None else json.dumps(document).encode()
    options = Options(
        now=moment,
        season=season_at_hand(moment.date()),
        capacity=12,
        minutes=120,
        programme="ateliers",
        organisation=None,
        place=None,
        timezone="Europe/Paris",
        school_zone="C",
    )
    drafting = Drafting(options, Known({}, {}, {}), Plan(), Report())
    plan_programme(detect(content).document, drafting)
    return drafting


@pytest.fixture(scope="module")
def plans():
    """The plan of every ninth day of two years."""
    days = [FIRST + timedelta(days=9 * number) for number in range(81)]
    return {day: plan_on(day).plan for day in days}


def test_nothing_is_wrong_with_it():
    assert plan_on(FIRST).report.findings == []


def test_there_are_enough_sessions_to_come_whenever_it_is_loaded(plans):
    for day, plan in plans.items():
        assert 60 <= len(plan.sessions) <= 120, day
        for session in plan.sessions.values():
            assert session.meetings[0].starts_at > day


def test_most_of_it_lies_within_ten_weeks_of_term(plans):
    plan = plan_on(datetime(2027, 1, 4, 9, tzinfo=UTC)).plan
    begins = sorted(session.meetings[0].starts_at for session in plan.sessions.values())
    assert begins[len(begins) * 4 // 5] < datetime(2027, 1, 4, tzinfo=UTC) + timedelta(weeks=10)


def test_no_room_holds_two_meetings_at_once(plans):
    for day, plan in plans.items():
        of_room = defaultdict(list)
        for session in plan.sessions.values():
            for meeting in session.meetings:
                assert meeting.room is not None
                key = (session.place_code, meeting.room)
                of_room[key].append((meeting.starts_at, meeting.ends_at, session.ref))
        for meetings in of_room.values():
            meetings.sort()
            for before, after in pairwise(meetings):
                assert before[1] <= after[0], (day, before, after)


def test_nothing_is_held_on_a_public_holiday(plans):
    public = holidays.country_holidays("FR", years=range(2026, 2030))
    for plan in plans.values():
        for session in plan.sessions.values():
            for meeting in session.meetings:
                assert meeting.starts_at.astimezone(PARIS).date() not in public


def test_no_room_is_too_small(plans):
    plan = plans[FIRST]
    for session in plan.sessions.values():
        room = plan.rooms[session.place_code, session.meetings[0].room]
        assert session.capacity <= room.values["capacity"]


def test_single_dates_are_the_same_sessions_when_it_is_loaded_again_later():
    first, later = plan_on(FIRST).plan.sessions, plan_on(FIRST + timedelta(days=8)).plan.sessions
    both = first.keys() & later.keys()
    assert len(both) > len(first) / 2
    for ref in both:
        if not first[ref].keeps_dates:
            assert replace(first[ref], line=0) == replace(later[ref], line=0)


def test_the_programmes_are_those_of_the_article(plans):
    programmes = plans[FIRST].programmes
    assert programmes.keys() == {"ateliers", "villages-connectes", "unisvers", "budget", "sante"}
    offered = {activity.programme_code for activity in plans[FIRST].activities.values()}
    assert offered == programmes.keys()
    (cohort,) = [one for one in plans[FIRST].sessions.values() if one.minimum]
    assert (cohort.minimum, cohort.capacity, len(cohort.meetings)) == (15, 20, 24)
    budget = [one for one in plans[FIRST].sessions.values() if "/20" in one.ref and "T" in one.ref]
    assert {one.capacity for one in budget} == {1}
    assert len(budget) >= 20


def test_french_is_set_as_french_is_set():
    text = FILE.read_text()
    assert "'" not in text
    assert "« " not in text
    assert " »" not in text
    for mark in ("?", "!", ";", ":"):
        words = [value for value in _strings(json.loads(text)) if f" {mark}" in value]
        assert words == []


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
