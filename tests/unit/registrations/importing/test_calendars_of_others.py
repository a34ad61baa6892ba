"""A calendar that others keep: its recurring events give the dates that an independent library computes."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import vobject

from services.registrations.importing.formats import detect
from services.registrations.importing.icalendar_events import plan_calendar
from services.registrations.importing.plan import Drafting, Plan
from services.registrations.importing.report import Report, Severity
from services.registrations.importing.unreadable import Unreadable
from services.registrations.season import Season
from tests import realdata
from tests.unit.registrations.importing.test_files_told_apart import KNOWN, OPTIONS

FABLAB, HOLIDAYS = "calendars/machbar-fablab-potsdam.ics", "calendars/jours_feries_metropole.ics"
SEASONS = [
    Season(date(2017, 9, 1), date(2018, 8, 31)),
    Season(date(2018, 9, 1), date(2019, 8, 31)),
    Season(date(2025, 9, 1), date(2026, 6, 30)),
]


def planned(name, season):
    begin = datetime.combine(season.first, datetime.min.time(), tzinfo=UTC)
    options = replace(OPTIONS, now=begin, season=season)
    drafting = Drafting(options, KNOWN, Plan(), Report())
    plan_calendar(detect(realdata.path(name).read_bytes()).text, drafting)
    return drafting


def dates_by_vobject(text, begin, end):
    """The starts of every recurring event between two moments, by its UID; another parser and rule set than ours."""
    series, changes = {}, []
    for event in vobject.readOne(text).vevent_list:
        if hasattr(event, "recurrence_id"):
            changes.append(event)
        elif hasattr(event, "rrule"):
            zone = event.dtstart.value.tzinfo
            starts = series[event.uid.value] = set()
            for told in event.getrruleset(addRDate=True):
                start = told if told.tzinfo else told.replace(tzinfo=zone)
                if start >= end:
                    break
                starts.add(start.astimezone(UTC))
    for change in changes:
        if change.uid.value in series:
            series[change.uid.value].discard(change.recurrence_id.value.astimezone(UTC))
            series[change.uid.value].add(change.dtstart.value.astimezone(UTC))
    return {
        uid: sorted(start for start in starts if begin <= start < end)
        for uid, starts in series.items()
    }


@pytest.mark.realdata
@pytest.mark.parametrize("season", SEASONS, ids=lambda season: str(season.first))
def test_a_fablabs_recurring_dates_are_those_of_another_library(season):
    drafting = planned(FABLAB, season)
    begin, end = season.utc_bounds(KNOWN.places["arceaux"].zone)
    theirs = dates_by_vobject(realdata.path(FABLAB).read_text(), begin, end)
    ours = {uid: [] for uid in theirs}
    for session in drafting.plan.sessions.values():
        uid = session.activity_ref.removeprefix("ics:")
        if uid in theirs:
            ours[uid] = [meeting.starts_at for meeting in session.meetings]
    assert ours == theirs
    print(f"\n{season.first}: {sum(map(len, theirs.values()))} dates of {len(theirs)} series")
    assert sum(map(len, theirs.values())) > 150


@pytest.mark.realdata
def test_what_of_a_fablabs_calendar_is_not_taken_is_said_by_line():
    found = [(one.line, one.text.fr) for one in planned(FABLAB, SEASONS[1]).report.in_order()]
    days = (
        "Cela dure plus d’une journée : la première et la dernière heure ne disent pas les séances."
    )
    whole = "Un événement d’une journée n’a pas d’horaires."
    assert found == [
        *((line, days) for line in (57, 108, 125)),
        *((line, whole) for line in (517, 828, 991)),
    ]


@pytest.mark.realdata
def test_public_holidays_are_no_activities():
    findings = planned(HOLIDAYS, SEASONS[2]).report.in_order()
    assert len(findings) == 121
    assert {(one.severity, one.text.fr) for one in findings} == {
        (Severity.ERROR, "Un événement d’une journée n’a pas d’horaires.")
    }


@pytest.mark.realdata
def test_a_table_of_school_holidays_is_none_of_activities_and_its_columns_are_named():
    content = realdata.path("calendars/vacances-scolaires-2023plus.csv").read_bytes()
    with pytest.raises(Unreadable) as refused:
        detect(content)
    said = refused.value.text.fr
    assert said.startswith("Aucune colonne, aucun champ ne donne de titre")
    assert "Trouvé : date, vacances_zone_a, vacances_zone_b, vacances_zone_c" in said
