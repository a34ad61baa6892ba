"""What a message is about: all that its words may use, and for a discreet session no more than that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.domain import Kind, Meeting


@dataclass(frozen=True, slots=True)
class Other:
    """Another session that people may like: ``url`` is where to read of it, ``title`` as that of :class:`About`."""

    title: str | None
    starts_at: datetime
    place_name: str
    timezone: ZoneInfo
    url: str


@dataclass(frozen=True, slots=True)
class About:
    """``title`` is None for a discreet session, and its rooms are not known: what is not here cannot slip out.

    ``now`` is the moment of writing. ``sequence`` is that of calendars, and rises with every message about
    the registration. ``seat_remains``: someone else of the same mailbox has a seat in the session.
    ``others`` are what else there is, for those whose session was cancelled or moved.
    """

    kind: Kind
    language: str
    given_name: str
    title: str | None
    place_name: str
    place_address: str | None
    timezone: ZoneInfo
    meetings: tuple[Meeting, ...]
    dropped_meetings: tuple[Meeting, ...]
    registration_id: UUID
    details: Mapping[str, Any]
    sequence: int
    manage_url: str
    now: datetime
    seat_remains: bool = False
    others: tuple[Other, ...] = ()
