"""A provider that fails is left alone, longer and longer, and never for good."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.circuits import rest_after


def test_the_third_failure_in_a_row_gives_a_rest() -> None:
    rests = [rest_after(failures) for failures in range(6)]
    assert rests[:3] == [None] * 3
    assert rests[3:] == [timedelta(seconds=s) for s in (30, 60, 120)]


@given(st.integers(3, 10_000))
def test_rests_grow_and_end(failures: int) -> None:
    rest, longer = rest_after(failures), rest_after(failures + 1)
    assert rest is not None
    assert longer is not None
    assert timedelta(0) < rest <= longer <= timedelta(minutes=15)
