"""What a row of an attendance table says was held, and how many came."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registrations.importing.held_meetings import Assumed, held_of
from services.registrations.importing.plan import Options
from services.registrations.importing.report import BadRow
from services.registrations.importing.synonyms import understood
from services.registrations.season import season_at_hand

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 9, 14, 8, 0, tzinfo=UTC)
OPTIONS = Options(now=NOW, season=season_at_hand(NOW.date()))


def held(**cells):
    return held_of(understood(cells), cells, PARIS, OPTIONS)


def test_a_row_with_a_date_an_hour_and_a_number_is_one_meeting():
    found = held(date="12/03/2024", heure="14h", duree="90", presents="17")
    [meeting] = found.meetings
    assert meeting.starts_at == datetime(2024, 3, 12, 13, 0, tzinfo=UTC)
    assert meeting.ends_at - meeting.starts_at == timedelta(minutes=90)
    assert found.heads == (17,)
    assert found.assumed == Assumed(day=False, hour=False, end=False)


def test_a_month_without_a_day_is_its_first_at_noon_and_says_so():
    found = held(annee="2024", mois="7", presents="5")
    assert found.meetings[0].starts_at == datetime(2024, 7, 1, 10, 0, tzinfo=UTC)
    assert found.assumed == Assumed(day=True, hour=True, end=True)


@given(total=st.integers(0, 4000), meetings=st.integers(1, 400))
def test_one_number_for_several_meetings_is_spread_evenly_and_adds_up(total, meetings):
    found = held(
        date="2024-03-12", seances=str(meetings), presents=str(min(total, meetings * 2000))
    )
    assert len(found.meetings) == len(found.heads) == meetings
    assert sum(found.heads) == min(total, meetings * 2000)
    assert max(found.heads) - min(found.heads) <= 1


def test_each_day_of_a_course_is_a_meeting_at_the_same_hour_on_the_clock_of_the_place():
    # The clocks went forward on the second day.
    cells = {"Slug": "2024-03-30-repair", "Registered": "12", "Day1": "9", "Day2": "7", "Day3": ""}
    found = held_of(understood(cells), cells, PARIS, OPTIONS)
    local = [meeting.starts_at.astimezone(PARIS) for meeting in found.meetings]
    assert [(one.day, one.hour) for one in local] == [(30, 12), (31, 12)]
    assert found.heads == (9, 7)


def test_a_day_on_which_nobody_came_was_held_and_one_without_a_number_was_not():
    cells = {"date": "2024-06-03", "jour 1": "0", "jour 2": "", "jour 3": "4"}
    found = held_of(understood(cells), cells, PARIS, OPTIONS)
    assert found.heads == (0, 4)
    assert [meeting.starts_at.day for meeting in found.meetings] == [3, 5]


def test_without_a_number_the_meeting_was_held_and_nobody_counted():
    assert held(date="2024-06-03").heads == (None,)


@pytest.mark.parametrize("text", ["12", "12.0", "12,0", " 12 "])
def test_numbers_are_read_as_spreadsheets_write_them(text):
    assert held(date="2024-06-03", presents=text).heads == (12,)


def test_thousands_may_be_apart():
    assert held(date="2024-06-03", presents="1 200").heads == (1200,)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"date": "2024-06-03", "presents": "une dizaine"}, "attended"),
        ({"date": "2024-06-03", "presents": "-3"}, "attended"),
        ({"date": "2024-06-03", "presents": "12.5"}, "attended"),
        ({"date": "2024-06-03", "presents": "2001"}, "attended"),
        ({"date": "2024-06-03", "presents": "8", "seances": "0"}, "meetings"),
        ({"date": "2026-12-25", "presents": "8"}, "date"),
        ({"jour": "lundi", "heure": "14h", "presents": "8"}, "date"),
        ({"annee": "2024", "mois": "13", "presents": "8"}, "month"),
        ({"annee": "2024", "presents": "8"}, "date"),
        ({"date": "le jour J", "presents": "8"}, "date"),
        ({"date": "2024-06-03", "day 1": "beaucoup"}, "attended"),
    ],
)
def test_what_cannot_be_is_refused_and_names_its_field(cells, field):
    with pytest.raises(BadRow) as refused:
        held(**cells)
    assert refused.value.field == field
