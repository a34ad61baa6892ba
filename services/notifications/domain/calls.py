"""Calling people: what came of it, and when to stop."""

from collections.abc import Mapping
from enum import StrEnum

from services.notifications.domain.states import Outcome

# Who has not answered by then is told at their next visit, or by whatever other channel they have.
MOST_CALLS = 3


class CallOutcome(StrEnum):
    """What came of one call. A message left asks to call back and tells nothing: nobody knows who hears it."""

    REACHED = "reached"
    NO_ANSWER = "no-answer"
    LEFT_MESSAGE = "left-message"
    WRONG_NUMBER = "wrong-number"


OUTCOMES: Mapping[CallOutcome, Outcome] = {
    CallOutcome.REACHED: Outcome.ACCEPTED,
    CallOutcome.NO_ANSWER: Outcome.DEFERRED,
    CallOutcome.LEFT_MESSAGE: Outcome.DEFERRED,
    CallOutcome.WRONG_NUMBER: Outcome.REFUSED,
}


def is_last_call(outcome: CallOutcome, made: int) -> bool:
    """Whether nobody calls again after a call that came to ``outcome``, the ``made``-th about a message."""
    return outcome in {CallOutcome.REACHED, CallOutcome.WRONG_NUMBER} or made >= MOST_CALLS
