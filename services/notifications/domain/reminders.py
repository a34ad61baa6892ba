"""When people are reminded of the meetings that they have a seat in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid5

from services.notifications.domain.sessions import Meeting

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder of one date: due at ``due_at``, and pointless from ``until`` on."""

    meeting_id: UUID
    starts_at: datetime
    lead: timedelta
    due_at: datetime
    until: datetime

    @property
    def ahead(self) -> str:
        """Whether it comes ``days`` or ``hours`` before."""
        return "days" if self.lead >= _DAY else "hours"

    def id_for(self, registration_id: UUID) -> UUID:
        """Of what it reminds someone: the same whenever it is worked out, another one for another date."""
        minutes = self.lead // timedelta(minutes=1)
        return uuid5(registration_id, f"{self.meeting_id} {self.starts_at.isoformat()} {minutes}")


def reminders(
    meetings: Sequence[Meeting], leads: Sequence[timedelta], now: datetime
) -> Iterator[Reminder]:
    """The reminders of ``meetings`` still to be sent, for someone who is told of their seat ``now``.

    Each meeting has one for each of ``leads`` (elapsed time before it begins), but for those

    - due before the meeting before it is over: whoever is reminded is on their way there, or in it;
    - due within a quarter of their lead from now: what one has just been told need not be repeated.

    A later reminder of the same meeting makes an earlier one that did not get away pointless.
    """
    ordered = sorted(meetings, key=lambda meeting: meeting.starts_at)
    times = sorted(set(leads), reverse=True)
    before: datetime | None = None
    for meeting in ordered:
        for lead, following in pairwise([*times, timedelta()]):
            due = meeting.starts_at - lead
            if due > now + lead / 4 and (before is None or due >= before):
                until = meeting.starts_at - following
                yield Reminder(meeting.id, meeting.starts_at, lead, due, until)
        before = meeting.ends_at if before is None else max(before, meeting.ends_at)
