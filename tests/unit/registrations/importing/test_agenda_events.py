"""OpenAgenda's exports: events in several languages, with the dates that they list."""

import json
from datetime import UTC, datetime

import pytest

from tests.unit.registrations.importing.test_files_told_apart import planned


def event(number=1, **changes):
    """An event as an export of version 2 holds it, on a line of its own."""
    return {
        "uid": 30_000_000 + number,
        "slug": f"atelier-{number}",
        "title": {"en": f"Workshop {number}", "fr": f"Atelier {number}"},
        "description": {"fr": "Court."},
        "longDescription": {"fr": "# Long\n\nOn répare ensemble."},
        "keywords": {"fr": ["réparation", "vélo"]},
        "age": {"min": 7, "max": 12},
        "registration": [{"type": "email", "value": "marie@example.org"}],
        "attendanceMode": 1,
        "status": 1,
        "state": 2,
        "location": {
            "uid": 77,
            "name": "MJC La canopée",
            "address": "Rue Jean Macé",
            "postalCode": "26800",
            "city": "Portes-lès-Valence",
            "phone": "+33475000000",
        },
        "timings": [
            {"begin": "2026-11-18T14:00:00+01:00", "end": "2026-11-18T16:00:00+01:00"},
            {"begin": "2026-11-11T14:00:00+01:00", "end": "2026-11-11T16:00:00+01:00"},
        ],
        **changes,
    }


def exported(*events):
    rows = ",\n".join(json.dumps(one, ensure_ascii=False) for one in events)
    return f'{{"total": {len(events)}, "success": true, "events": [\n{rows}\n]}}'.encode()


def findings(drafting):
    return [(one.line, one.field, str(one.severity)) for one in drafting.report.findings]


def test_an_event_is_an_activity_whose_timings_are_its_meetings():
    drafting = planned(exported(event()))
    assert findings(drafting) == []
    (activity,) = drafting.plan.activities.values()
    assert activity.ref == "openagenda:30000001"
    assert (activity.title, activity.theme) == ("Atelier 1", "réparation")
    assert activity.description == "# Long\n\nOn répare ensemble."
    assert activity.audience == "7–12 ans"
    (session,) = drafting.plan.sessions.values()
    assert [meeting.starts_at for meeting in session.meetings] == [
        datetime(2026, 11, 11, 13, tzinfo=UTC),
        datetime(2026, 11, 18, 13, tzinfo=UTC),
    ]
    (place,) = (one for code, one in drafting.plan.places.items() if code == session.place_code)
    assert place.values["name"] == "MJC La canopée"
    assert place.values["postcode"] == "26800"


def test_texts_in_one_language_are_read_too():
    flat = event(title="Atelier", longDescription=None, description="Court.", keywords="a, b")
    (activity,) = planned(exported(flat)).plan.activities.values()
    assert (activity.title, activity.description, activity.theme) == ("Atelier", "Court.", "a")
    only_german = event(title={"de": "Werkstatt"}, longDescription={}, description={"de": "Kurz"})
    (activity,) = planned(exported(only_german)).plan.activities.values()
    assert (activity.title, activity.description) == ("Werkstatt", "Kurz")


def test_no_contact_of_a_person_is_taken():
    drafting = planned(exported(event(contributor={"email": "jo@example.org", "name": "Jo"})))
    assert "example.org" not in repr(drafting.plan)


@pytest.mark.parametrize(
    "changes", [{"state": 0}, {"state": -1}, {"draft": True}, {"status": 6}, {"status": 4}]
)
def test_what_will_not_be_held_is_not_loaded_and_said(changes):
    drafting = planned(exported(event(), event(2, **changes)))
    assert findings(drafting) == [(3, "status", "warning")]
    assert len(drafting.plan.sessions) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": {}}, "title"),
        ({"uid": None}, "uid"),
        ({"timings": []}, "timings"),
        ({"timings": [{"begin": "2026-11-18T14:00:00+01:00"}] * 1001}, "timings"),
        ({"timings": ["tomorrow"]}, "timings.0.begin"),
        ({"timings": [{"begin": "soon", "end": "later"}]}, "timings.0.begin"),
        (
            {"timings": [{"begin": "2026-11-18T14:00:00Z", "end": "2026-11-18T13:00:00Z"}]},
            "timings.0.end",
        ),
        (
            {"timings": [{"begin": "2026-11-18T14:00:00Z", "end": "2026-12-18T13:00:00Z"}]},
            "timings.0.end",
        ),
        ({"uid": 30_000_001}, "uid"),
    ],
)
def test_what_is_wrong_is_named(changes, field):
    drafting = planned(exported(event(), event(2, **changes)))
    assert findings(drafting) == [(3, field, "error")]


def test_an_export_without_details_is_enough_for_one_date():
    once, again = event()["timings"]
    plain = {name: value for name, value in event().items() if name != "timings"}
    one = {**plain, "firstTiming": once, "lastTiming": once}
    two = {**plain, "uid": 5, "firstTiming": once, "lastTiming": again}
    drafting = planned(exported(one, two))
    assert findings(drafting) == [(3, "timings", "error")]
    (session,) = drafting.plan.sessions.values()
    assert len(session.meetings) == 1


def test_offsets_without_a_colon_are_read():
    timing = {"begin": "2026-11-18T14:00:00+0100", "end": "2026-11-18T16:00:00+0100"}
    (session,) = planned(exported(event(timings=[timing]))).plan.sessions.values()
    assert session.meetings[0].starts_at == datetime(2026, 11, 18, 13, tzinfo=UTC)


def test_an_event_online_has_the_place_that_the_caller_names():
    drafting = planned(exported(event(attendanceMode=2, location=None)))
    (session,) = drafting.plan.sessions.values()
    assert session.place_code == "arceaux"
