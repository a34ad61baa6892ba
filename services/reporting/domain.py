"""Pure rules of reporting: which day and month things belong to, what a request covers, the life of a job."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo


class SessionStatus(StrEnum):
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class JobStatus(StrEnum):
    """``queued`` → ``running`` → ``done`` or ``failed``; a lost or failing run goes back to ``queued``.

    Until it is done or failed it can be ``cancelled``.
    """

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RebuildStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


# How long a worker that says nothing is believed to be at work: longer than any step of a report.
LEASE_SECONDS = 30
# A statement of a report may take so long, and the whole of a report so long, before it fails and says so.
STEP_SECONDS = 25
REPORT_SECONDS = 300
MOST_ATTEMPTS = 3
RETRY_SECONDS = 10


# A figure about fewer people is not published as open data.
OPEN_THRESHOLD = 11


@dataclass(frozen=True, slots=True)
class Scope:
    """Which sessions a figure is about; None means every one.

    ``since`` (inclusive) and ``until`` (exclusive) are days at the place, and are held against the day of
    the session's first meeting: a session and all that came of it belong to that one day.
    """

    since: date | None = None
    until: date | None = None
    programme: str | None = None
    organisation: str | None = None
    place: str | None = None
    session_id: UUID | None = None

    @property
    def is_everything(self) -> bool:
        return all(getattr(self, field.name) is None for field in fields(self))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_time(moment: datetime, timezone: str) -> datetime:
    """``moment`` as the clocks of ``timezone`` (an IANA name) show it.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: there is no such time zone.
    """
    return moment.astimezone(_zone(timezone))


def whole_minutes(starts_at: datetime, ends_at: datetime) -> int:
    """Minutes between two moments, to the nearest one."""
    return round((ends_at - starts_at).total_seconds() / 60)


def month_bounds(month: str) -> tuple[date, date]:
    """The first day of ``month`` (``YYYY-MM``) and the first day after it.

    Raises:
        ValueError: this is not a month.
    """
    first = date.fromisoformat(f"{month}-01")
    return first, date(first.year + first.month // 12, first.month % 12 + 1, 1)
