"""When phones may ring."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.quiet import (
    Locality,
    day_began,
    is_quiet_day,
    locality,
    may_ring_at,
    next_morning,
)

PARIS = ZoneInfo("Europe/Paris")
HERE = Locality(PARIS)
MOMENTS = st.datetimes(
    datetime.fromisoformat("2024-01-01"),
    datetime.fromisoformat("2031-01-01"),
    timezones=st.just(UTC),
)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "rings"),
    [
        ("2026-11-24 08:00", "2026-11-24 08:00"),
        ("2026-11-24 07:59", "2026-11-24 08:00"),
        ("2026-11-24 20:59", "2026-11-24 20:59"),
        ("2026-11-24 21:00", "2026-11-25 08:00"),
        # A Saturday night, and a Sunday.
        ("2026-11-28 22:00", "2026-11-30 08:00"),
        ("2026-11-29 12:00", "2026-11-30 08:00"),
        # Christmas 2026 is a Friday; All Saints 2026 a Sunday; Easter Monday follows one.
        ("2026-12-24 21:30", "2026-12-26 08:00"),
        ("2027-03-27 21:00", "2027-03-30 08:00"),
        # The nights of the clock changes of 2026 (29 March, 25 October) end on Mondays.
        ("2026-03-28 23:00", "2026-03-30 08:00"),
        ("2026-10-24 23:00", "2026-10-26 08:00"),
    ],
)
def test_phones_ring_by_day_on_working_days(now: str, rings: str) -> None:
    assert may_ring_at(paris(now), HERE, None) == paris(rings)


def test_what_begins_before_the_quiet_ends_is_said_at_once() -> None:
    night = paris("2026-11-24 23:00")
    assert may_ring_at(night, HERE, paris("2026-11-25 07:30")) == night
    assert may_ring_at(night, HERE, paris("2026-11-25 08:00")) == night
    assert may_ring_at(night, HERE, paris("2026-11-25 08:01")) == paris("2026-11-25 08:00")
    assert may_ring_at(night, HERE, paris("2026-11-24 22:00")) == paris("2026-11-25 08:00")


PLACES = [
    HERE,
    locality("Europe/Paris", "1 place Kléber, 67000 Strasbourg"),
    locality("America/Cayenne", "97300 Cayenne"),
    Locality(ZoneInfo("UTC")),
]


@given(MOMENTS, st.none() | MOMENTS, st.sampled_from(PLACES))
def test_nothing_rings_in_quiet_hours_unless_it_must(
    now: datetime, starts_at: datetime | None, where: Locality
) -> None:
    zone = where.zone
    rings = may_ring_at(now, where, starts_at)
    local = rings.astimezone(zone)
    assert rings >= now
    awake = time(8) <= local.time() < time(21) and not is_quiet_day(local.date(), where.region)
    must = starts_at is not None and now < starts_at
    assert awake or (must and rings == now)
    if rings > now:
        before = (rings - timedelta(seconds=1)).astimezone(zone)
        assert local.time() == time(8)
        assert before.time() < time(8)
        assert rings - now < timedelta(days=5)


@given(MOMENTS)
def test_the_next_morning_is_of_another_day(now: datetime) -> None:
    morning = next_morning(now, HERE)
    assert morning.astimezone(PARIS).date() > now.astimezone(PARIS).date()
    assert morning.astimezone(PARIS).time() == time(8)
    began = day_began(now, PARIS)
    assert began <= now
    # Days of clock changes have 23 and 25 hours.
    assert now - began < timedelta(hours=25)


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("1 place Kléber, 67000 Strasbourg", "2026-04-03"),
        ("1 rue des Clercs, 57000 Metz", "2026-12-26"),
        ("97110 Pointe-à-Pitre", "2026-05-27"),
        ("97200 Fort-de-France", "2026-05-22"),
        ("1 avenue du Général de Gaulle, 97300 Cayenne", "2026-06-10"),
        ("97400 Saint-Denis", "2026-12-20"),
        ("97600 Mamoudzou", "2026-04-27"),
        ("97150 Saint-Martin", "2026-05-28"),
    ],
)
def test_a_place_has_the_holidays_of_where_it_is(address: str, day: str) -> None:
    there = locality("Europe/Paris", address)
    assert is_quiet_day(date.fromisoformat(day), there.region)
    assert locality("Europe/Paris", f"12345 rue X, {address}") == there
    if date.fromisoformat(day).weekday() != 6:
        assert not is_quiet_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    "address", [None, "", "rue Draparnaud", "rue Draparnaud, 34000 Montpellier"]
)
def test_elsewhere_there_are_frances_alone(address: str | None) -> None:
    assert locality("Europe/Paris", address) == HERE


def test_holidays_are_those_of_france() -> None:
    assert is_quiet_day(date(2026, 7, 14))
    assert not is_quiet_day(date(2026, 7, 15))
