"""Any bytes are one of the formats or refused with a reason; lines are those of a text editor."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.registrations.importing import icalendar_events, plan
from services.registrations.importing.activity_rows import plan_rows
from services.registrations.importing.agenda_events import plan_agenda
from services.registrations.importing.csv_rows import read_table
from services.registrations.importing.formats import (
    ActivityRows,
    AgendaFile,
    CalendarFile,
    ProgrammeFile,
    detect,
)
from services.registrations.importing.icalendar_events import plan_calendar
from services.registrations.importing.json_rows import read_json
from services.registrations.importing.plan import Drafting, Known, KnownPlace, Options, Plan
from services.registrations.importing.programme import plan_programme
from services.registrations.importing.report import Report
from services.registrations.importing.synonyms import ACTIVITIES, NAMES
from services.registrations.importing.unreadable import Unreadable
from services.registrations.season import Season

NOW = datetime(2026, 9, 14, 8, tzinfo=UTC)
OPTIONS = Options(
    now=NOW,
    season=Season(date(2026, 9, 14), date(2026, 12, 20)),
    capacity=12,
    minutes=120,
    programme="ateliers",
    organisation=None,
    place="arceaux",
    timezone="Europe/Paris",
    school_zone="C",
)
KNOWN = Known(
    places={"arceaux": KnownPlace("Tiers-lieu des Arceaux", ZoneInfo("Europe/Paris"), "C")},
    organisations={"ccas": "CCAS"},
    programmes={"ateliers": "Ateliers"},
)


def planned(content):
    """What a file asks to be loaded, with what is wrong with it."""
    drafting = Drafting(OPTIONS, KNOWN, Plan(), Report())
    source = detect(content)
    if isinstance(source, ProgrammeFile):
        plan_programme(source.document, drafting)
    elif isinstance(source, CalendarFile):
        plan_calendar(source.text, drafting)
    elif isinstance(source, AgendaFile):
        plan_agenda(source.rows, drafting)
    else:
        plan_rows(source.rows, drafting)
    return drafting


def survives(content):
    """Planning ends: with rows, or with a reason; and nothing planned could not be stored."""
    try:
        drafting = planned(content)
    except Unreadable:
        return
    for finding in drafting.report.findings:
        said = (finding.text.en, finding.text.fr, finding.field, finding.column, finding.sheet)
        "".join(filter(None, said)).encode()
    for activity in drafting.plan.activities.values():
        said = f"{activity.title}{activity.description}{activity.theme}{activity.audience}"
        assert "\x00" not in said
        said.encode()
        activity.ref.encode()
    for session in drafting.plan.sessions.values():
        assert all(meeting.starts_at < meeting.ends_at for meeting in session.meetings)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"format": "arceaux-programme", "version": 1, "name": "x"}', ProgrammeFile),
        (b'[{"title": "a"}]', ActivityRows),
        (b'\xef\xbb\xbf \n[{"Nom": "a"}]', ActivityRows),
        (b'{"activities": [{"title": "a"}], "total": 1}', ActivityRows),
        (b"titre;jour\n", ActivityRows),
        ("title,day".encode("utf-16"), ActivityRows),
        (b'{"total": 1, "events": [{"uid": 1, "timings": []}]}', AgendaFile),
        (b'[{"uid": 1, "timings": []}]', AgendaFile),
        (b'{"events": [{"title": "a", "date": "2026-12-01"}]}', ActivityRows),
        (b"\nBEGIN:VCALENDAR\r\n", CalendarFile),
        (b"begin:vcalendar\n", CalendarFile),
    ],
)
def test_formats_are_told_by_content(content, kind):
    assert isinstance(detect(content), kind)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
WORDS = st.sampled_from(
    ["lundi", "18:45", "20h15", "2026-12-01", "01/12/2026 14h", "NULL", "9999-12-31T23:59", "7.0"]
)
COLUMNS = st.sampled_from(sorted({name for names in NAMES.values() for name in names}))
ROWS = st.dictionaries(COLUMNS, WORDS | VALUES, max_size=8)


@settings(deadline=None)
@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00\xd8")
@example(b"[" * 5000)
@example(b'{"a":' * 5000)
def test_any_bytes_are_planned_or_refused(content):
    survives(content)


@settings(deadline=None)
@given(st.lists(VALUES | ROWS, max_size=5))
def test_any_list_is_planned_or_refused(rows):
    survives(json.dumps([{"title": "a"}, *rows]).encode())


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["organisations", "places", "rooms", "programmes", "activities", "sessions", "name"]
        ),
        VALUES | st.lists(VALUES | ROWS, max_size=3),
    )
)
def test_any_programme_is_planned_or_refused(parts):
    document = {"name": "x", **parts, "format": "arceaux-programme", "version": 1}
    survives(json.dumps(document).encode())


LINES = st.sampled_from(
    [
        "DTSTART:20261205T130000Z",
        "DTSTART;TZID=Europe/Paris:20261025T023000",
        "DTSTART;TZID=Nowhere/Land:20261025T023000",
        "DTSTART;VALUE=DATE:20261206",
        "DTSTART:99991231T235959Z",
        "DTEND:20261205T130000Z",
        "DTEND:x",
        "DURATION:-PT1H",
        "DURATION:PT2H",
        "RRULE:FREQ=WEEKLY",
        "RRULE:FREQ=WEEKLY;UNTIL=20261231",
        "RRULE:FREQ=MONTHLY;BYDAY=-1SU;COUNT=3",
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=DAILY;INTERVAL=0",
        "RRULE:FREQ=SECONDLY",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=99",
        "RRULE:nonsense",
        "RDATE:20261206T130000Z,20261207T130000Z",
        "RDATE;VALUE=PERIOD:20261206T130000Z/PT1H",
        "EXDATE:20261206",
        "EXDATE;VALUE=DATE:20261206",
        "RECURRENCE-ID:20261205T130000Z",
        "RECURRENCE-ID:x",
        "UID:one",
        "UID:two",
        "SUMMARY:Titre\\, suite",
        "STATUS:CANCELLED",
        "LOCATION:Ici\\, rue",
        "CATEGORIES:a,b",
        "X-A;B=C:d",
        "no content line",
        "END:VEVENT",
        "BEGIN:VALARM",
    ]
)


@settings(deadline=None)
@given(st.lists(st.lists(LINES, max_size=8), min_size=1, max_size=3))
def test_any_calendar_is_planned_or_refused(events):
    lines = ["BEGIN:VCALENDAR"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    survives("\n".join([*lines, "END:VCALENDAR", ""]).encode())


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=1, max_size=20))
def test_any_table_is_planned_or_refused(cells):
    survives(("titre;jour;début;fin\n" + ";".join(cells)).encode())


@settings(deadline=None)
@given(st.data())
def test_rows_of_json_know_their_line(data):
    newlines = st.text("\n\t ", max_size=4)
    text = data.draw(newlines) + "["
    lines = []
    for number in range(data.draw(st.integers(0, 6))):
        text += ("," if number else "") + data.draw(newlines)
        lines.append(text.count("\n") + 1)
        inner = data.draw(newlines)
        text += f'{{"a":{inner}{number}, "b": [1,{inner}2]}}'
    text += data.draw(newlines) + "]\n"
    rows = read_json(text).lists[""]
    assert [row.line for row in rows] == lines
    assert [row.value for row in rows] == json.loads(text)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=10), VALUES, max_size=5))
def test_a_document_is_read_as_json_reads_it(document):
    text = json.dumps(document, indent=1)
    if "NaN" in text or "Infinity" in text:
        return
    found = read_json(text)
    lists = {name: [row.value for row in rows] for name, rows in found.lists.items()}
    assert {**found.values, **lists} == json.loads(text)


@pytest.mark.parametrize(
    "text", ["", "[1,]", "[1 2]", '{"a"}', '{"a":1,}', "{1:2}", "[1]x", "1", "[1", '{"a":1']
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - of many kinds
        read_json(text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_of_a_table_know_their_first_line(end):
    text = end.join(["", "titre;jour", 'a;"b', 'c"', "", "d;e", ""])
    header, rows = read_table(text, ACTIVITIES)
    assert header == ["titre", "jour"]
    assert [row.line for row in rows] == [3, 6]
    assert rows[0].value == {"titre": "a", "jour": f"b{end}c"}


def test_of_two_columns_with_one_heading_the_first_that_says_something_counts():
    _, rows = read_table("titre;titre;jour\n;b;c\na;b\n", ACTIVITIES)
    assert [row.value for row in rows] == [{"titre": "b", "jour": "c"}, {"titre": "a"}]


def test_no_file_makes_more_than_can_be_loaded_at_once(monkeypatch):
    monkeypatch.setattr(plan, "_MOST_SESSIONS", 2)
    rows = [{"title": f"a{n}", "date": "2026-12-01", "hours": "9h-10h"} for n in range(4)]
    drafting = planned(json.dumps(rows).encode())
    assert len(drafting.plan.sessions) == len(drafting.plan.activities) == 2
    assert len(drafting.report.findings) == 2


def test_no_calendar_takes_longer_than_its_share(monkeypatch):
    monkeypatch.setattr(icalendar_events, "_MOST_SECONDS", -1)
    event = "BEGIN:VEVENT\nUID:a\nSUMMARY:a\nDTSTART:20261205T130000Z\nRRULE:FREQ=DAILY\nEND:VEVENT"
    drafting = planned(f"BEGIN:VCALENDAR\n{event}\nEND:VCALENDAR\n".encode())
    assert [finding.field for finding in drafting.report.findings] == ["DTEND", "RRULE"]
