"""Pure rules of reporting: which day and month things belong to, what a request covers, the life of a job."""

from collections.abc import Collection
from dataclasses import dataclass
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


# How long a worker that says nothing is believed to be at work; writing a report, it speaks three times as often.
LEASE_SECONDS = 30
# A statement of a report may take so long, and the whole of a report so long, before it fails and says so.
STEP_SECONDS = 25
REPORT_SECONDS = 900
MOST_ATTEMPTS = 3
RETRY_SECONDS = 10


# A figure about fewer people does not leave the staff's hands, nor is it published as open data.
PARTNER_THRESHOLD = 5
OPEN_THRESHOLD = 11
# For whom a report leaves the staff. Partners read what is for everyone, too.
PARTNER, OPEN = OUTWARD = ("partner", "open")


# Of sessions: a session, and all that came of it, belongs to its first meeting.
OF_SESSIONS = (
    "programme",
    "organisation",
    "theme",
    "place",
    "room",
    "month",
    "weekday",
    "hour",
)
SITUATION = "situation"
# Of people, as they were when they registered; someone with two situations counts under both.
OF_PEOPLE = (SITUATION, "age_band", "district")
GROUPINGS = (*OF_SESSIONS, *OF_PEOPLE)
OF_REFERRALS = frozenset({"programme", "month"})
OF_MONEY = frozenset({"programme", "place"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What a figure is about; None means everything.

    ``since`` (inclusive) and ``until`` (exclusive) are days at the place, and are held against the day of
    the session's first meeting: a session and all that came of it belong to that one day. ``month`` is
    ``YYYY-MM``, ``weekday`` 1 (Monday) to 7, ``hour`` 0 to 23.
    """

    since: date | None = None
    until: date | None = None
    programme: str | None = None
    organisation: str | None = None
    place: str | None = None
    session_id: UUID | None = None
    theme: str | None = None
    room: str | None = None
    month: str | None = None
    weekday: int | None = None
    hour: int | None = None
    situation: str | None = None
    age_band: str | None = None
    district: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether every session is meant, one not told of too."""
        return not self._named(("since", "until", "session_id", *OF_SESSIONS))

    @property
    def is_of_people(self) -> bool:
        """Whether some people are meant, and not others."""
        return bool(self._named(OF_PEOPLE))

    @property
    def tells_of_referrals(self) -> bool:
        """Whether nothing limits it that is not known of referrals."""
        return self._named(("session_id", *GROUPINGS)) <= OF_REFERRALS

    @property
    def tells_of_money(self) -> bool:
        """Whether nothing limits it that is not known of budget lines."""
        return self._named(("session_id", *GROUPINGS)) <= OF_MONEY

    @property
    def whole_year(self) -> int | None:
        """The calendar year that is asked about, if it is one and nothing but that."""
        if self.since is None or self.until is None:
            return None
        is_whole = (self.since.month, self.since.day) == (1, 1) and self.until == date(
            min(self.since.year + 1, date.max.year), 1, 1
        )
        return self.since.year if is_whole else None

    @property
    def is_of_a_programme(self) -> bool:
        """Whether nothing limits it but the time and a programme, or not even that."""
        return self._named(("session_id", *GROUPINGS)) <= {"programme"}

    def _named(self, fields: Collection[str]) -> set[str]:
        return {name for name in fields if getattr(self, name) is not None}


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
