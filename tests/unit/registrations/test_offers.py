"""How long a seat is kept for someone who is asked."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registrations.offers import (
    is_near,
    is_working_day,
    offer_deadline,
    working_day_after,
)
from services.registrations.season import public_holidays

PARIS = ZoneInfo("Europe/Paris")
NEVER = datetime(2100, 1, 1, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(), timedelta(days=4 * 365)).map(START.__add__)


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
    until = offer_deadline(now, PARIS, by_letter=True, hours=24, closes_at=NEVER).astimezone(PARIS)
    today = now.astimezone(PARIS).date()
    days = [today + timedelta(days=n) for n in range(1, (until.date() - today).days)]
    assert (until.hour, until.minute) == (0, 0)
    assert sum(day.weekday() != 6 and day not in public_holidays(day.year) for day in days) == 6
    assert is_working_day(days[-1])


@given(moments, st.integers(1, 720))
def test_an_hour_is_an_hour_whatever_the_clocks_do(now: datetime, hours: int) -> None:
    until = offer_deadline(now, PARIS, by_letter=False, hours=hours, closes_at=NEVER)
    assert until - now == timedelta(hours=hours)


@given(moments, st.booleans(), st.integers(1, 720), st.timedeltas(timedelta(), timedelta(days=30)))
def test_no_seat_is_kept_past_the_end_of_registration(
    now: datetime, by_letter: bool, hours: int, left: timedelta
) -> None:
    closes = now + left
    until = offer_deadline(now, PARIS, by_letter=by_letter, hours=hours, closes_at=closes)
    assert now <= until <= closes


def test_nobody_is_asked_first_when_a_session_is_near_or_has_begun() -> None:
    now = datetime(2026, 9, 7, 12, tzinfo=UTC)
    assert is_near(now + timedelta(hours=48), now, near_hours=48)
    assert is_near(now - timedelta(days=3), now, near_hours=0)
    assert not is_near(now + timedelta(hours=48, seconds=1), now, near_hours=48)
