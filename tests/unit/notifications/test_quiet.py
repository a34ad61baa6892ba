"""When phones may ring."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.quiet import (
    day_began,
    is_quiet_day,
    may_ring_at,
    next_morning,
)

PARIS = ZoneInfo("Europe/Paris")
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
    assert may_ring_at(paris(now), PARIS, None) == paris(rings)


def test_what_begins_before_the_quiet_ends_is_said_at_once() -> None:
    night = paris("2026-11-24 23:00")
    assert may_ring_at(night, PARIS, paris("2026-11-25 07:30")) == night
    assert may_ring_at(night, PARIS, paris("2026-11-25 08:00")) == night
    assert may_ring_at(night, PARIS, paris("2026-11-25 08:01")) == paris("2026-11-25 08:00")
    assert may_ring_at(night, PARIS, paris("2026-11-24 22:00")) == paris("2026-11-25 08:00")


@given(MOMENTS, st.none() | MOMENTS, st.sampled_from(["Europe/Paris", "America/Cayenne", "UTC"]))
def test_nothing_rings_in_quiet_hours_unless_it_must(
    now: datetime, starts_at: datetime | None, name: str
) -> None:
    zone = ZoneInfo(name)
    rings = may_ring_at(now, zone, starts_at)
    local = rings.astimezone(zone)
    assert rings >= now
    awake = time(8) <= local.time() < time(21) and not is_quiet_day(local.date())
    must = starts_at is not None and now < starts_at
    assert awake or (must and rings == now)
    if rings > now:
        before = (rings - timedelta(seconds=1)).astimezone(zone)
        assert local.time() == time(8)
        assert before.time() < time(8)
        assert rings - now < timedelta(days=5)


@given(MOMENTS)
def test_the_next_morning_is_of_another_day(now: datetime) -> None:
    morning = next_morning(now, PARIS)
    assert morning.astimezone(PARIS).date() > now.astimezone(PARIS).date()
    assert morning.astimezone(PARIS).time() == time(8)
    began = day_began(now, PARIS)
    assert began <= now
    # Days of clock changes have 23 and 25 hours.
    assert now - began < timedelta(hours=25)


def test_holidays_are_those_of_france() -> None:
    assert is_quiet_day(date(2026, 7, 14))
    assert not is_quiet_day(date(2026, 7, 15))
