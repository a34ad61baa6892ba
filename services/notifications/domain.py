"""The rules of telling people: which message for which fact, by which channel, in which state, how long."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"


class Kind(StrEnum):
    """What a message is for."""

    RECEIVED = "registration-received"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    PROMOTED = "promoted"
    OFFERED = "offered"
    EXPIRED = "expired"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    SESSION_MOVED = "session-moved"
    SESSION_FORMED = "session-formed"
    SESSION_CANCELLED = "session-cancelled"


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    CALL = "call"
    DESK = "desk"


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


# From where to where a message may go today. What is missing here never happens: the database is
# only ever told to move a row out of a state that allows it.
TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    # Not yet anywhere near the outside.
    Status.SCHEDULED: frozenset({Status.CANCELLED}),
    Status.TO_CALL: frozenset({Status.CANCELLED}),
    Status.QUEUED: frozenset(
        {Status.SENDING, Status.CANCELLED, Status.TOO_LATE, Status.TO_CALL, Status.SCHEDULED}
    ),
    # Claimed by one worker, which alone may hand it over; until it has, only forgetting a person stops it.
    Status.SENDING: frozenset(
        {Status.SENT, Status.QUEUED, Status.UNKNOWN, Status.FAILED, Status.CANCELLED}
    ),
    # Handed over and no answer known: a late answer settles it, or a person decides to send it again.
    Status.UNKNOWN: frozenset({Status.SENT, Status.QUEUED, Status.FAILED}),
    Status.FAILED: frozenset({Status.QUEUED}),
    # The end.
    Status.SENT: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.TOO_LATE: frozenset(),
}
UNSENT = frozenset({Status.SCHEDULED, Status.TO_CALL, Status.QUEUED})
RETRYABLE = frozenset({Status.FAILED, Status.UNKNOWN})
SETTLEABLE = frozenset({Status.SENDING, Status.UNKNOWN})

LIVE_REGISTRATION = frozenset({"pending", "confirmed", "waitlisted", "offered"})
REGISTRATION_STATUS: Mapping[str, str] = {
    "registration.requested": "pending",
    "registration.confirmed": "confirmed",
    "registration.waitlisted": "waitlisted",
    "registration.offered": "offered",
    "registration.expired": "expired",
    "registration.declined": "declined",
    "registration.cancelled": "cancelled",
}

# They answer what a person asked or did, and stay worth knowing while the session lasts.
_ANSWERS = frozenset({Kind.DECLINED, Kind.CANCELLED})

_BACK_OFF = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
)


@dataclass(frozen=True, slots=True)
class Meeting:
    """One date of a session, as far as messages need it."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    room: str | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another session that people may like; ``title`` is None in a discreet programme."""

    session_id: UUID
    title: str | None
    starts_at: datetime
    place_name: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended; ``text`` is what the carrier said, short and with addresses masked."""

    outcome: Outcome
    code: int | None = None
    text: str | None = None


def may_become(status: Status, new: Status) -> bool:
    return new in TRANSITIONS.get(status, frozenset())


def kind_of(event_type: str, *, previous: str | None, by: str) -> Kind:
    """What to tell a person when this happened to their registration.

    ``previous`` is the registration's status before, ``by`` who made it so.
    """
    if event_type == "registration.confirmed":
        return Kind.PROMOTED if previous == "waitlisted" else Kind.CONFIRMED
    if event_type == "registration.cancelled":
        # Registrations cancels by itself only when the session is cancelled.
        return Kind.SESSION_CANCELLED if by == "system" else Kind.CANCELLED
    return {
        "registration.requested": Kind.RECEIVED,
        "registration.waitlisted": Kind.WAITLISTED,
        "registration.offered": Kind.OFFERED,
        "registration.expired": Kind.EXPIRED,
        "registration.declined": Kind.DECLINED,
    }[event_type]


def route(*, email: str | None, phone: str | None) -> tuple[Channel, Status]:
    """The best channel a person has, and the state in which a message begins on it."""
    if email:
        return Channel.EMAIL, Status.QUEUED
    if phone:
        return Channel.CALL, Status.TO_CALL
    return Channel.DESK, Status.SCHEDULED


def language_of(wanted: str) -> str:
    """The language to write in: the one asked for, if messages exist in it, else French."""
    short = wanted.lower().partition("-")[0]
    return short if short in LANGUAGES else DEFAULT_LANGUAGE


def is_too_late(kind: Kind, meetings: Sequence[Meeting], now: datetime) -> bool:
    """Whether a message about a session with these ``meetings`` would tell of something already past.

    A session is past for its participants when no meeting of it has yet to begin: one can still join
    a course in its third week. The answer to what a person did themselves is good until the end.
    """
    if not meetings:
        return False
    if kind in _ANSWERS:
        return all(meeting.ends_at <= now for meeting in meetings)
    return all(meeting.starts_at <= now for meeting in meetings)


def what_moved(
    before: Collection[Meeting], after: Collection[Meeting], *, discreet: bool, now: datetime
) -> str | None:
    """What changed for participants: ``times``, ``room``, ``both``, or None.

    Meetings that have begun do not count, nor the room of a discreet session, which no message names.
    """
    old = {(one.starts_at, one.ends_at, one.room) for one in before if one.starts_at > now}
    new = {(one.starts_at, one.ends_at, one.room) for one in after if one.starts_at > now}
    if {date[:2] for date in old} == {date[:2] for date in new}:
        return "room" if old != new and not discreet else None
    stayed = {room for *_, room in old} == {room for *_, room in new}
    return "times" if stayed or discreet else "both"


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
        case Outcome.REFUSED:
            return Status.FAILED
        case Outcome.DEFERRED | Outcome.LAPSED:
            return Status.QUEUED if attempts < most else Status.FAILED
