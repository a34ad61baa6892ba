"""Sessions, as far as telling people about them goes: when it is too late, and what has moved."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.notifications.domain.kinds import Kind

# For so long after its end a session is worth asking about.
_ASKED_ABOUT = timedelta(days=30)
# A day until it is printed and posted, three until it is delivered, as the cheaper letters are.
_BY_POST = timedelta(days=4)
# The shortest that an offer stands (``offer_hours``), and what it takes to hear of it and decide.
_TO_ANSWER = timedelta(hours=1)
# They answer what a person asked or did, and stay worth knowing while the session lasts.
_ANSWERS = frozenset({Kind.DECLINED, Kind.CANCELLED})


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


def is_too_late(kind: Kind, meetings: Sequence[Meeting], now: datetime) -> bool:
    """Whether a message about a session with these ``meetings`` would tell of something already past.

    A session is past for its participants when no meeting of it has yet to begin: one can still join
    a course in its third week. The answer to what a person did themselves is good until the end.
    """
    if not meetings or kind == Kind.ATTENDANCE_MISSING:
        return False
    if kind == Kind.FEEDBACK_INVITATION:
        return max(meeting.ends_at for meeting in meetings) + _ASKED_ABOUT <= now
    if kind in _ANSWERS:
        return all(meeting.ends_at <= now for meeting in meetings)
    return all(meeting.starts_at <= now for meeting in meetings)


def next_start(meetings: Sequence[Meeting], now: datetime) -> datetime | None:
    """When the next of ``meetings`` begins; None if none is ahead."""
    return min((one.starts_at for one in meetings if one.starts_at > now), default=None)


def letter_comes_in_time(
    meetings: Sequence[Meeting], now: datetime, offered_until: datetime | None = None
) -> bool:
    """Whether a letter written ``now`` is read before the next of ``meetings``, or none is ahead.

    One that offers a seat, also before the offer ends.
    """
    ends = [one for one in (next_start(meetings, now), offered_until) if one is not None]
    return not ends or min(ends) > now + _BY_POST


def can_be_answered(told_at: datetime, now: datetime, offered_until: datetime | None) -> bool:
    """Whether someone told of an offer at ``told_at`` has an hour to answer; if that is ``now``, nothing is sooner."""
    return offered_until is None or told_at <= now or told_at + _TO_ANSWER <= offered_until


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
