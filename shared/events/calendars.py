"""What the calendars that different services write must agree on, so that one meeting is one entry.

A calendar recognises an entry by its UID and believes the highest SEQUENCE (RFC 5545, 3.8.4.7 and
3.8.7.4). Services share no counter, so SEQUENCE is a time: whoever writes later is believed.
"""

from datetime import UTC, datetime
from uuid import UUID

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def meeting_uid(meeting_id: UUID) -> str:
    """The UID of a meeting, whoever writes it into a calendar."""
    return f"{meeting_id}@arceaux"


def sequence_at(moment: datetime) -> int:
    """The SEQUENCE of what is told at ``moment``: seconds since 2020, a 32-bit number until 2088."""
    return int((moment - _EPOCH).total_seconds())
