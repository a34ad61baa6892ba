"""Receipts in any order, however often, lead to one end."""

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.receipts import State, is_news

_SAID = st.lists(st.sampled_from(State), max_size=8)
_ENDS = {State.DELIVERED, State.UNDELIVERED}


def after(said: list[State]) -> State:
    state = State.HANDED_OVER
    for one in said:
        if is_news(state, one):
            state = one
    return state


@given(_SAID, _SAID)
def test_an_end_stays(before: list[State], later: list[State]) -> None:
    end = after(before)
    if end in _ENDS:
        assert after([*before, *later]) == end


@given(_SAID)
def test_saying_all_twice_changes_nothing(said: list[State]) -> None:
    twice = [one for one in said for _ in range(2)]
    assert after(twice) == after(said)


@given(_SAID)
def test_the_first_end_said_counts_whatever_else_is(said: list[State]) -> None:
    ends = [one for one in said if one in _ENDS]
    if ends:
        assert after(said) == ends[0]


def test_whoever_said_they_had_none_may_find_it() -> None:
    assert is_news(State.ABSENT, State.DELIVERED)
    assert not is_news(State.SENT, State.ABSENT)
    assert not is_news(State.HANDED_OVER, State.UNCLEAR)
