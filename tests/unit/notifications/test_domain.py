"""The rules of telling people, without any framework."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.notifications.domain.channels import route
from services.notifications.domain.kinds import Kind, kind_of
from services.notifications.domain.languages import language_of
from services.notifications.domain.sessions import Meeting, is_too_late, what_moved
from services.notifications.domain.states import (
    BY_HAND,
    RESENDABLE,
    RETRYABLE,
    SETTLEABLE,
    TRANSITIONS,
    UNSENT,
    Outcome,
    Status,
    after_attempt,
    may_become,
    wait_before_next,
)
from shared.events.catalogue import CHANNELS

NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
MOST = 6


def at(hours: float, *, room: str | None = "Atelier", length: float = 2) -> Meeting:
    """A meeting that begins so many hours from now."""
    begins = NOW + timedelta(hours=hours)
    return Meeting(uuid4(), begins, begins + timedelta(hours=length), room)


def test_every_state_that_is_reached_says_where_it_leads() -> None:
    reached = {new for states in TRANSITIONS.values() for new in states}
    assert reached <= TRANSITIONS.keys()


def test_the_sets_of_states_agree_with_the_table() -> None:
    cancellable = {state for state in TRANSITIONS if may_become(state, Status.CANCELLED)}
    assert cancellable == UNSENT | {Status.SENDING}
    back = {state for state in TRANSITIONS if may_become(state, Status.QUEUED)}
    assert back == (RESENDABLE | SETTLEABLE) - {Status.QUEUED}
    by_hand = {state for state in TRANSITIONS if may_become(state, Status.TO_CALL)}
    assert by_hand == (RESENDABLE | {Status.SENDING}) - {Status.TO_CALL}
    told = {state for state in TRANSITIONS if may_become(state, Status.SENT)}
    assert told == SETTLEABLE | BY_HAND | {Status.FAILED}


@given(
    state=st.sampled_from(sorted(SETTLEABLE)),
    outcome=st.sampled_from(Outcome),
    attempts=st.integers(1, 20),
)
def test_every_outcome_leads_somewhere_allowed(
    state: Status, outcome: Outcome, attempts: int
) -> None:
    new = after_attempt(outcome, attempts=attempts, most=MOST)
    assert may_become(state, new) or (state, new) == (Status.UNKNOWN, Status.UNKNOWN)


@given(outcome=st.sampled_from(Outcome), attempts=st.integers(1, 20))
def test_only_what_was_surely_not_accepted_is_sent_again(outcome: Outcome, attempts: int) -> None:
    again = after_attempt(outcome, attempts=attempts, most=MOST) == Status.QUEUED
    assert again == (outcome in {Outcome.DEFERRED, Outcome.LAPSED} and attempts < MOST)


class Life(RuleBasedStateMachine):
    """A message, and everything that can happen to it in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.status = Status.QUEUED
        self.attempts = 0
        self.handed_over = 0
        self.decisions = 0
        self.refused = 0

    def become(self, new: Status) -> None:
        if may_become(self.status, new):
            self.status = new

    @rule()
    def claim(self) -> None:
        if self.status == Status.QUEUED:
            self.become(Status.SENDING)
            self.attempts += 1

    @rule(outcome=st.sampled_from(Outcome))
    def end_attempt(self, outcome: Outcome) -> None:
        if self.status != Status.SENDING:
            return
        self.handed_over += outcome in {Outcome.ACCEPTED, Outcome.UNANSWERED}
        self.become(after_attempt(outcome, attempts=self.attempts, most=MOST))

    @rule()
    def supersede(self) -> None:
        if self.status in UNSENT:
            self.become(Status.CANCELLED)

    @rule()
    def a_person_decides_to_send_again(self) -> None:
        if self.status in RETRYABLE:
            self.become(Status.QUEUED)
            self.attempts = 0
            self.decisions += 1

    @invariant()
    def nobody_gets_it_twice_unless_a_person_decided_so(self) -> None:
        assert self.handed_over <= 1 + self.decisions

    @invariant()
    def attempts_are_bounded(self) -> None:
        assert self.attempts <= MOST


TestLife = Life.TestCase


@pytest.mark.parametrize(
    ("event", "previous", "by", "kind"),
    [
        ("registration.requested", None, "participant", Kind.RECEIVED),
        ("registration.confirmed", None, "participant", Kind.CONFIRMED),
        ("registration.confirmed", "pending", "staff", Kind.CONFIRMED),
        ("registration.confirmed", "waitlisted", "system", Kind.PROMOTED),
        ("registration.waitlisted", None, "participant", Kind.WAITLISTED),
        ("registration.declined", "pending", "staff", Kind.DECLINED),
        ("registration.cancelled", "confirmed", "participant", Kind.CANCELLED),
        ("registration.cancelled", "confirmed", "staff", Kind.CANCELLED),
        ("registration.cancelled", "confirmed", "system", Kind.SESSION_CANCELLED),
    ],
)
def test_which_message_tells_which_fact(
    event: str, previous: str | None, by: str, kind: Kind
) -> None:
    assert kind_of(event, previous=previous, by=by) == kind


def test_channels_are_those_of_the_catalogue() -> None:
    ways = product(("a@example.org", None), ("+33600000000", None), (True, False))
    for email, phone, by_post in ways:
        assert route(Kind.CONFIRMED, email=email, phone=phone, by_post=by_post)[0] in CHANNELS


@pytest.mark.parametrize(
    ("kind", "meetings", "late"),
    [
        (Kind.CONFIRMED, [at(1)], False),
        (Kind.CONFIRMED, [at(0)], True),
        (Kind.CONFIRMED, [at(-1)], True),
        (Kind.CONFIRMED, [at(-1), at(100)], False),
        (Kind.SESSION_CANCELLED, [at(-1)], True),
        (Kind.CANCELLED, [at(-1)], False),
        (Kind.CANCELLED, [at(-2)], True),
        (Kind.DECLINED, [at(-1)], False),
        (Kind.DECLINED, [at(-30)], True),
    ],
)
def test_nothing_past_is_told(kind: Kind, meetings: list[Meeting], late: bool) -> None:
    assert is_too_late(kind, meetings, NOW) == late


@pytest.mark.parametrize(
    ("before", "after", "discreet", "moved"),
    [
        ([at(5)], [at(5)], False, None),
        ([at(5)], [at(6)], False, "times"),
        ([at(5)], [at(5, length=3)], False, "times"),
        ([at(5)], [at(5, room="Salle 2")], False, "room"),
        ([at(5)], [at(5, room=None)], False, "room"),
        ([at(5)], [at(6, room="Salle 2")], False, "both"),
        ([at(5)], [at(5, room="Salle 2")], True, None),
        ([at(5)], [at(6, room="Salle 2")], True, "times"),
        ([at(-5), at(5)], [at(-5, room="Salle 2"), at(5)], False, None),
        ([at(5)], [at(5), at(29)], False, "times"),
        ([at(5), at(29)], [at(5)], False, "times"),
    ],
)
def test_a_move_is_what_a_participant_would_notice(
    before: list[Meeting], after: list[Meeting], discreet: bool, moved: str | None
) -> None:
    assert what_moved(before, after, discreet=discreet, now=NOW) == moved


def test_waits_grow_and_are_bounded() -> None:
    waits = [wait_before_next(failures) for failures in range(1, 10)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=30), timedelta(hours=4))


@given(st.text(max_size=12))
def test_there_is_always_a_language_to_write_in(wanted: str) -> None:
    assert language_of(wanted) in {"fr", "en"}
