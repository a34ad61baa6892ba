"""Recurring events, as RFC 5545 counts them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar.prop import vRecur

from services.registrations.importing.occurrences import Series, occurrences
from services.registrations.importing.report import BadRow

PARIS = ZoneInfo("Europe/Paris")
WITHIN = (datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC))
START = datetime(2026, 10, 7, 18, tzinfo=PARIS)


def series(rule, *, start=START, **options):
    values = {"extra": [], "left_out": set(), "moved": {}, **options}
    parsed = vRecur.from_ical(rule) if rule else None
    return Series(start=start, length=timedelta(hours=2), rule=parsed, **values)


def days(rule, **options):
    return [s.astimezone(PARIS).date() for s, _ in occurrences(series(rule, **options), WITHIN)]


def test_the_hours_stay_when_clocks_change():
    found = list(occurrences(series("FREQ=WEEKLY;COUNT=6"), WITHIN))
    assert {start.astimezone(PARIS).hour for start, _ in found} == {18}
    assert {start.hour for start, _ in found} == {16, 17}
    assert {end - start for start, end in found} == {timedelta(hours=2)}


def test_a_rule_without_end_ends_with_the_season():
    found = days("FREQ=WEEKLY;BYDAY=WE")
    assert found[0] == date(2026, 10, 7)
    assert found[-1] == date(2027, 6, 30)


def test_a_rule_that_began_long_ago():
    found = days("FREQ=MONTHLY;BYDAY=1SA", start=datetime(2015, 1, 3, 14, tzinfo=PARIS))
    assert len(found) == 10
    assert all(day.weekday() == 5 and day.day <= 7 for day in found)


@pytest.mark.parametrize(
    ("until", "count"), [("20261021T160000Z", 3), ("20261021T155959Z", 2), ("20261021", 3)]
)
def test_the_last_moment_belongs_to_it(until, count):
    assert len(days(f"FREQ=WEEKLY;UNTIL={until}")) == count


def test_left_out_moved_and_extra_dates():
    second, third = START + timedelta(weeks=1), START + timedelta(weeks=2)
    found = days(
        "FREQ=WEEKLY;COUNT=4",
        left_out={second.astimezone(UTC)},
        moved={third.astimezone(UTC): (third + timedelta(days=1), timedelta(hours=1))},
        extra=[START + timedelta(days=60)],
    )
    assert found == [
        date(2026, 10, 7),
        date(2026, 10, 22),
        date(2026, 10, 28),
        date(2026, 12, 6),
    ]


def test_a_cancelled_occurrence_is_none():
    assert days("FREQ=WEEKLY;COUNT=2", moved={START.astimezone(UTC): None}) == [date(2026, 10, 14)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;INTERVAL=0",
    ],
)
def test_rules_that_cannot_be_followed_are_refused(rule):
    with pytest.raises(BadRow) as refused:
        days(rule)
    assert refused.value.field == "RRULE"
