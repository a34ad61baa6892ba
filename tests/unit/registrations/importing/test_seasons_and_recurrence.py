"""School years, and weekly dates that keep their hours when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vacances_scolaires_france import SchoolHolidayDates

from services.registrations.recurring.hours import Hours, days_from, weekly_days
from services.registrations.season import (
    Season,
    is_free,
    public_holidays,
    school_holidays_known_until,
    school_year,
    season_at_hand,
)

SCHOOL = SchoolHolidayDates()
PUBLIC = holidays.country_holidays("FR", years=range(2024, 2029))
ZONES = st.sampled_from(
    ["Europe/Paris", "America/Martinique", "Indian/Reunion", "America/New_York", "Pacific/Auckland"]
).map(ZoneInfo)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
SEASONS = st.tuples(DAYS, st.integers(0, 300)).map(lambda p: Season(p[0], p[0] + timedelta(p[1])))
HOURS = (
    st.tuples(st.integers(0, 1439), st.integers(1, 1440))
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: Hours(*pair))
)


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), date(2027, 6, 30)),
        (date(2027, 1, 1), date(2027, 1, 1), date(2027, 6, 30)),
        (date(2027, 6, 30), date(2027, 6, 30), date(2027, 6, 30)),
        (date(2027, 7, 1), date(2027, 9, 1), date(2028, 6, 30)),
        (date(2027, 9, 1), date(2027, 9, 1), date(2028, 6, 30)),
    ],
)
def test_the_season_at_hand(today, first, last):
    if today.month < 7:
        last = date(today.year, 6, 30)
    assert season_at_hand(today) == Season(first, last)


@settings(deadline=None)
@given(DAYS)
def test_the_season_at_hand_is_of_one_school_year_and_never_past(today):
    season = season_at_hand(today)
    assert today <= season.first <= season.last
    assert school_year(season.first) == school_year(season.last)


@settings(deadline=None)
@given(SEASONS, st.integers(0, 6), st.sampled_from(["A", "B", "C", None]))
def test_weekly_days_are_all_the_free_ones_of_the_season(season, weekday, zone):
    days = set(weekly_days(season, weekday, zone))
    day = season.first
    while day <= season.last:
        at_school = not (zone and SCHOOL.is_holiday_for_zone(day, zone))
        free = day not in PUBLIC and at_school
        assert (day in days) == (free and day.weekday() == weekday)
        day += timedelta(days=1)
    assert all(season.first <= day <= season.last for day in days)


@settings(deadline=None)
@given(DAYS, HOURS, ZONES)
def test_the_hours_on_the_wall_stay_across_clock_changes(day, hours, zone):
    begin, end = hours.on(day, zone)
    assert begin < end
    assert begin.tzinfo is end.tzinfo is UTC
    local = begin.astimezone(zone)
    wanted = datetime.combine(day, time(hours.starts // 60, hours.starts % 60), zone)
    exists = wanted.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wanted.replace(
        tzinfo=None
    )
    if exists:
        assert (local.date(), local.time()) == (day, wanted.time())


def test_an_evening_course_in_paris_moves_in_utc_when_clocks_change():
    zone, hours = ZoneInfo("Europe/Paris"), Hours(18 * 60 + 45, 20 * 60 + 15)
    summer, _ = hours.on(date(2026, 10, 19), zone)
    winter, _ = hours.on(date(2026, 10, 26), zone)
    assert (summer.hour, winter.hour) == (16, 17)


def test_hours_within_the_skipped_hour_keep_their_length():
    begin, end = Hours(2 * 60, 3 * 60).on(date(2027, 3, 28), ZoneInfo("Europe/Paris"))
    assert end - begin == timedelta(hours=1)


@pytest.mark.parametrize(("starts", "ends"), [(600, 600), (600, 500), (-1, 5), (0, 1441)])
def test_hours_must_end_after_they_start_on_one_day(starts, ends):
    with pytest.raises(ValueError, match="end after they start"):
        Hours(starts, ends)


@settings(deadline=None)
@given(DAYS, st.integers(0, 40), st.integers(2, 6), st.data())
def test_a_fortnightly_rule_names_the_same_days_whenever_it_is_asked(first, later, every, data):
    week = data.draw(st.integers(0, every - 1))
    horizon = first + timedelta(days=400)

    def days(begin):
        return list(
            days_from(
                begin,
                {1, 3},
                every_weeks=every,
                in_week=week,
                free=lambda day: day not in public_holidays(day.year),
                until=horizon,
            )
        )

    from_later = first + timedelta(days=later)
    assert days(from_later) == [day for day in days(first) if day >= from_later]


def test_school_holidays_are_known_for_a_while():
    assert school_holidays_known_until() >= date(2028, 8, 31)
    assert not is_free(date(2026, 12, 25), None)
    assert is_free(date(2026, 12, 24), None)
    assert not is_free(date(2026, 12, 24), "C")


def test_an_empty_cut_has_no_days():
    season = Season(date(2026, 9, 1), date(2027, 6, 30))
    assert list(weekly_days(season.cut(date(2027, 7, 1), None), 0, None)) == []
