"""Several facts about one person within a minute become one message.

What a person waits for is told at once. Whoever was told about something else less than a minute ago, or
of the same kind of news, hears the rest when that minute is over, in one message; and whatever
waits for a person goes along with the next message to them.
"""

from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)


def told_at(now: datetime, last_told_at: datetime | None) -> datetime:
    """When to tell a person something, ``last_told_at`` being when they were last told what it could join."""
    return now if last_told_at is None else max(now, last_told_at + WINDOW)
