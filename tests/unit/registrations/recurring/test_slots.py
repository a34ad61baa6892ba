"""Appointments within hours, on the wall clock."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.registrations.recurring.dates import Calendar, plan
from services.registrations.recurring.hours import Hours
from services.registrations.recurring.slots import Opening, crossing, slots
from services.registrations.season import is_free

PARIS = ZoneInfo("Europe/Paris")


@settings(max_examples=20, deadline=None)
@given(
    minutes=st.integers(5, 180),
    pause=st.integers(0, 60),
    hours=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 22), st.integers(1, 6)), min_size=1, max_size=5
    ),
)
def test_appointments_lie_within_the_hours_apart_and_on_no_holiday(
    minutes: int, pause: int, hours: list[tuple[int, int, int]]
) -> None:
    openings = [
        Opening(weekday, Hours(begin * 60, min(24 * 60, (begin + length) * 60)))
        for weekday, begin, length in hours
    ]
    found = slots(openings, date(2027, 3, 22), date(2027, 5, 9), minutes=minutes, pause=pause)
    calendar = Calendar(PARIS, frozenset(), True, "C")
    planned, out = plan(found, timedelta(minutes=minutes), calendar)
    if crossing(openings) is None:
        for before, after in pairwise(planned):
            assert before.ends_at + timedelta(minutes=pause) <= after.starts_at or (
                before.local.date(),
                before.local.hour,
            ) != (after.local.date(), after.local.hour)
            assert before.ends_at <= after.starts_at
    for one in planned:
        assert is_free(one.local.date(), "C")
        begins = one.local.hour * 60 + one.local.minute
        assert any(
            opening.weekday == one.local.weekday()
            and opening.hours.starts <= begins
            and begins + minutes <= opening.hours.ends
            for opening in openings
        )
    assert {one.local for one in out}.isdisjoint({one.local for one in planned})
