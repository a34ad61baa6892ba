"""In which states messages are, where they may go from there, and how long one waits between attempts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Status(StrEnum):
    """Where a message stands."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    TO_PRINT = "to-print"
    PRINTED = "printed"
    TO_CALL = "to-call"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"
    TOO_LATE = "too-late"


class Outcome(StrEnum):
    """How one attempt ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    LAPSED = "lapsed"
    # We did not hand it over ourselves: what it would cost is more than may be spent.
    WITHHELD = "withheld"


# From where to where a message may go today. What is missing here never happens: the database is
# only ever told to move a row out of a state that allows it.
TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    # Not yet anywhere near the outside.
    Status.SCHEDULED: frozenset(
        {
            *(Status.QUEUED, Status.CANCELLED, Status.TOO_LATE, Status.SUPPRESSED),
            # Told at the desk; or staff write or call instead.
            *(Status.SENT, Status.TO_PRINT, Status.TO_CALL),
        }
    ),
    Status.TO_CALL: frozenset(
        {
            # Reached; or the SMS that nobody could account for had arrived.
            *(Status.SENT, Status.DELIVERED, Status.CANCELLED, Status.TOO_LATE, Status.SUPPRESSED),
            # Nobody answers, or the person has another channel by now.
            *(Status.QUEUED, Status.TO_PRINT, Status.SCHEDULED),
        }
    ),
    Status.TO_PRINT: frozenset(
        {
            *(Status.PRINTED, Status.CANCELLED, Status.TO_CALL, Status.SCHEDULED, Status.TOO_LATE),
            # Told at the desk before anybody printed it, or sent another way.
            *(Status.SENT, Status.QUEUED),
        }
    ),
    # It can come back, or not be enough.
    Status.PRINTED: frozenset({Status.TO_CALL, Status.SCHEDULED, Status.QUEUED}),
    Status.QUEUED: frozenset(
        {
            *(Status.SENDING, Status.CANCELLED, Status.TOO_LATE, Status.SUPPRESSED),
            *(Status.TO_PRINT, Status.TO_CALL, Status.SCHEDULED),
        }
    ),
    # Claimed by one worker, which alone may hand it over; until it has, only forgetting a person stops it.
    Status.SENDING: frozenset(
        {
            *(Status.SENT, Status.QUEUED, Status.UNKNOWN, Status.FAILED, Status.CANCELLED),
            # Refused for good, and the person has another channel.
            *(Status.TO_PRINT, Status.TO_CALL),
        }
    ),
    # Handed over and no answer known: a late answer settles it, a person decides to send it again, or
    # it cannot wait and somebody calls.
    Status.UNKNOWN: frozenset(
        {
            *(Status.SENT, Status.DELIVERED, Status.QUEUED, Status.FAILED),
            *(Status.TO_PRINT, Status.TO_CALL, Status.SCHEDULED),
        }
    ),
    # Tried again, sent another way, or told at the desk.
    Status.FAILED: frozenset(
        {Status.QUEUED, Status.TO_PRINT, Status.TO_CALL, Status.SCHEDULED, Status.SENT}
    ),
    # Whoever carries it may say later what became of it; or it was not seen, and staff send it another way.
    Status.SENT: frozenset(
        {
            *(Status.DELIVERED, Status.FAILED),
            *(Status.QUEUED, Status.TO_PRINT, Status.TO_CALL, Status.SCHEDULED),
        }
    ),
    Status.DELIVERED: frozenset({Status.QUEUED, Status.TO_PRINT, Status.TO_CALL, Status.SCHEDULED}),
    # The end.
    Status.CANCELLED: frozenset(),
    Status.TOO_LATE: frozenset(),
    Status.SUPPRESSED: frozenset(),
}
UNSENT = frozenset({Status.SCHEDULED, Status.TO_PRINT, Status.TO_CALL, Status.QUEUED})
RETRYABLE = frozenset({Status.FAILED, Status.UNKNOWN})
# What staff may have told by another channel: whatever was to be told, and is in no worker's hands.
RESENDABLE = (UNSENT | RETRYABLE) | {Status.PRINTED, Status.SENT, Status.DELIVERED}
SETTLEABLE = frozenset({Status.SENDING, Status.UNKNOWN})
# What somebody here can tell the person.
BY_HAND = frozenset({Status.TO_CALL, Status.TO_PRINT, Status.SCHEDULED})

_BACK_OFF = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended; ``text`` is what the carrier said, short and with addresses masked."""

    outcome: Outcome
    code: int | None = None
    text: str | None = None


def may_become(status: Status, new: Status) -> bool:
    return new in TRANSITIONS.get(status, frozenset())


def wait_before_next(failures: int) -> timedelta:
    """How long to wait after so many attempts in a row (from 1) that came to nothing."""
    return _BACK_OFF[min(failures, len(_BACK_OFF)) - 1]


def after_attempt(outcome: Outcome, *, attempts: int, most: int) -> Status:
    """The state of a message after its ``attempts``-th attempt (since a person last intervened)."""
    match outcome:
        case Outcome.ACCEPTED:
            return Status.SENT
        case Outcome.UNANSWERED:
            return Status.UNKNOWN
        case Outcome.REFUSED | Outcome.WITHHELD:
            return Status.FAILED
        case Outcome.DEFERRED | Outcome.LAPSED:
            return Status.QUEUED if attempts < most else Status.FAILED
