"""What those who carry a message say of it later, in whatever order and however often."""

from enum import StrEnum


class State(StrEnum):
    """Where an SMS stands with who carries it.

    ``ABSENT``: they do not have it, and will not send it. ``UNCLEAR``: they do not say; no SMS stays so.
    """

    HANDED_OVER = "handed-over"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    ABSENT = "absent"
    UNCLEAR = "unclear"


_FURTHER = {State.HANDED_OVER: 0, State.ABSENT: 1, State.SENT: 2}
_LAST = 3


def is_news(before: State, said: State) -> bool:
    """Whether what is ``said`` moves an SMS on: never back, and never on from its end."""
    if said == State.UNCLEAR:
        return False
    return _FURTHER.get(said, _LAST) > _FURTHER.get(before, _LAST)
