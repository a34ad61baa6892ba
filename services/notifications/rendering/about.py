"""What a message is about: all that its words may use, and for a discreet session no more than that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.domain.kinds import Kind
from services.notifications.domain.sessions import Meeting
from services.notifications.domain.written import Written


@dataclass(frozen=True, slots=True)
class Other:
    """Another session that people may like: ``url`` is where to read of it, ``title`` as that of the first."""

    title: str | None
    starts_at: datetime
    place_name: str
    timezone: ZoneInfo
    url: str


@dataclass(frozen=True, slots=True)
class DescribedSession:
    """``title`` is None for a discreet session, and its rooms are not known: what is not here cannot slip out.

    ``others`` are what else there is, for those whose session was cancelled or moved.
    """

    title: str | None
    place_name: str
    place_address: str | None
    timezone: ZoneInfo
    meetings: tuple[Meeting, ...]
    dropped_meetings: tuple[Meeting, ...] = ()
    others: tuple[Other, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """One fact as a person is told it; ``session`` is None when it is about none.

    ``short_code`` stands for the registration on paper, and ``short_url`` leads by it where ``manage_url`` does.
    ``now`` is the moment of writing. ``sequence`` is that of calendars, and rises with every message about
    the registration. ``seat_remains``: someone else of the same mailbox has a seat in the session.
    ``unsubscribe_url`` is there for messages that one can do without. ``written`` are a manager's own words
    for it, if there are any.
    ``phone`` is the number to call (E.164): of the session's place, else of the house; None where there is none.
    """

    kind: Kind
    language: str
    given_name: str
    details: Mapping[str, Any]
    sequence: int
    manage_url: str | None
    short_code: str | None
    now: datetime
    session: DescribedSession | None = None
    seat_remains: bool = False
    short_url: str | None = None
    unsubscribe_url: str | None = None
    written: Written | None = None
    phone: str | None = None
