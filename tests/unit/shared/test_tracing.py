"""Which piece of work belongs to which request."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import tracing

GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_new_work_stays_in_the_callers_trace_as_a_span_of_its_own() -> None:
    child = tracing.child_of(GIVEN)
    assert tracing.trace_id(child) == tracing.trace_id(GIVEN) == GIVEN.split("-")[1]
    assert child.split("-")[2] != GIVEN.split("-")[2]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "rubbish",
        GIVEN.upper(),
        GIVEN + "-more",
        GIVEN + "\n",
        "01" + GIVEN[2:],
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        GIVEN[:-3],
    ],
)
def test_without_a_valid_header_new_work_begins_a_trace(header: str | None) -> None:
    first, second = tracing.child_of(header), tracing.child_of(header)
    assert tracing.trace_id(first) not in (None, tracing.trace_id(GIVEN), "0" * 32)
    assert tracing.trace_id(first) != tracing.trace_id(second)


@given(st.text())
def test_whatever_comes_in_a_valid_traceparent_goes_out(header: str) -> None:
    assert tracing.trace_id(tracing.child_of(header)) is not None


def test_within_a_block_the_work_in_hand_is_its_trace_and_afterwards_what_it_was() -> None:
    tracing.enter(None)
    with tracing.within(GIVEN):
        assert tracing.current() == GIVEN
        with tracing.within(None):
            assert tracing.current() is None
        assert tracing.current() == GIVEN
    assert tracing.current() is None
    with pytest.raises(ValueError, match="stop"), tracing.within(GIVEN):
        raise ValueError("stop")
    assert tracing.current() is None


def test_one_threads_trace_is_not_anothers() -> None:
    seen: list[str | None] = []
    with tracing.within(GIVEN):
        thread = threading.Thread(target=lambda: seen.append(tracing.current()))
        thread.start()
        thread.join()
    assert seen == [None]
