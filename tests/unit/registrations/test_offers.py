"""How long a seat is kept for someone who is asked."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registrations.offers import (
    Reach,
    is_near,
    offer_deadline,
    working_day_after,
)
from services.registrations.season import public_holidays
from shared.quiet import Locality, is_quiet_day, locality

PARIS = ZoneInfo("Europe/Paris")
HERE = Locality(PARIS)
NEVER = datetime(2100, 1, 1, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(), timedelta(days=4 * 365)).map(START.__add__)


def deadline(
    now: datetime,
    reach: Reach,
    *,
    hours: int = 24,
    starts_at: datetime = NEVER,
    closes_at: datetime = NEVER,
) -> datetime:
    return offer_deadline(
        now, HERE, reach=reach, hours=hours, starts_at=starts_at, closes_at=closes_at
    )


@pytest.mark.parametrize(
    ("day", "sixth"),
    [
        # An ordinary week: the Sunday is left out.
        (date(2026, 9, 7), date(2026, 9, 14)),
        # 11 November, a Wednesday, is left out too.
        (date(2026, 11, 9), date(2026, 11, 17)),
        # 1 and 8 May 2026 are Fridays.
        (date(2026, 4, 30), date(2026, 5, 9)),
    ],
)
def test_the_sixth_working_day(day: date, sixth: date) -> None:
    assert working_day_after(day, 6) == sixth


@given(moments)
def test_a_letter_leaves_six_whole_working_days_at_the_place(now: datetime) -> None:
    until = deadline(now, Reach.BY_HAND).astimezone(PARIS)
    today = now.astimezone(PARIS).date()
    days = [today + timedelta(days=n) for n in range(1, (until.date() - today).days)]
    assert (until.hour, until.minute) == (0, 0)
    working = [day for day in days if day.weekday() != 6 and day not in public_holidays(day.year)]
    assert len(working) == 6
    assert days[-1] == working[-1]


def test_holidays_of_where_the_place_is_are_no_working_days() -> None:
    # Good Friday of 2026, in Alsace and Moselle.
    strasbourg = locality("Europe/Paris", "67000 Strasbourg")
    assert working_day_after(date(2026, 3, 30), 4) == date(2026, 4, 3)
    assert working_day_after(date(2026, 3, 30), 4, strasbourg.region) == date(2026, 4, 4)


@given(moments, st.integers(1, 720))
def test_an_hour_is_an_hour_whatever_the_clocks_do(now: datetime, hours: int) -> None:
    assert deadline(now, Reach.AT_ONCE, hours=hours) - now == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-24 12:00", "2026-11-25 12:00"),
        # At night, on a Saturday night, on the eve of Christmas (a Thursday), on All Saints' Day (a Sunday).
        ("2026-11-24 23:00", "2026-11-26 08:00"),
        ("2026-11-28 22:00", "2026-12-01 08:00"),
        ("2026-12-24 21:00", "2026-12-27 08:00"),
        ("2026-11-01 10:00", "2026-11-03 08:00"),
        # A day with a clock change has 25 hours, or 23.
        ("2026-10-24 09:00", "2026-10-25 08:00"),
        ("2027-03-27 09:00", "2027-03-28 10:00"),
    ],
)
def test_for_a_mobile_phone_the_hours_count_from_when_it_may_ring(now: str, until: str) -> None:
    offered_at = datetime.fromisoformat(now).replace(tzinfo=PARIS).astimezone(UTC)
    kept = deadline(offered_at, Reach.WHEN_PHONES_RING)
    assert kept == datetime.fromisoformat(until).replace(tzinfo=PARIS)


@given(moments, st.integers(1, 720))
def test_whoever_is_reached_on_a_mobile_phone_has_their_hours_once_it_may_ring(
    now: datetime, hours: int
) -> None:
    until = deadline(now, Reach.WHEN_PHONES_RING, hours=hours)
    rings = (until - timedelta(hours=hours)).astimezone(PARIS)
    assert rings >= now
    assert 8 <= rings.hour < 21
    assert not is_quiet_day(rings.date())


def test_what_begins_before_phones_may_ring_is_said_at_once_and_its_hours_count_from_then() -> None:
    night = datetime(2026, 11, 24, 23, tzinfo=PARIS).astimezone(UTC)
    until = deadline(night, Reach.WHEN_PHONES_RING, hours=2, starts_at=night + timedelta(hours=8))
    assert until == night + timedelta(hours=2)


@given(
    moments,
    st.sampled_from(Reach),
    st.integers(1, 720),
    st.timedeltas(timedelta(), timedelta(days=30)),
)
def test_no_seat_is_kept_past_the_end_of_registration(
    now: datetime, reach: Reach, hours: int, left: timedelta
) -> None:
    closes = now + left
    assert now <= deadline(now, reach, hours=hours, closes_at=closes) <= closes


def test_nobody_is_asked_first_when_a_session_is_near_or_has_begun() -> None:
    now = datetime(2026, 9, 7, 12, tzinfo=UTC)
    assert is_near(now + timedelta(hours=48), now, near_hours=48)
    assert is_near(now - timedelta(days=3), now, near_hours=0)
    assert not is_near(now + timedelta(hours=48, seconds=1), now, near_hours=48)
