"""What becomes of a message of which nobody knows whether it arrived.

Sent again by the same means it might be told twice; so it is only asked after, and never sent again unless
whoever carries it says that it does not have it. Where nobody can say, what cannot wait goes to the
call list, and the rest is left: staff see it, and can send it again.
"""

from collections.abc import Mapping
from datetime import timedelta

from services.notifications.domain.kinds import Kind

_CALL_AFTER: Mapping[Kind, timedelta] = {
    # A seat waits for an answer, and then goes to someone else.
    Kind.OFFERED: timedelta(hours=2),
    # Somebody would come for nothing, or miss what they signed up for.
    Kind.SESSION_CANCELLED: timedelta(hours=4),
    Kind.SESSION_MOVED: timedelta(hours=4),
}
# Who carried it is asked this long after the hand-over, when what was slow has come to an end, and then again.
FIRST_QUESTION = timedelta(minutes=5)
NEXT_QUESTION = timedelta(minutes=30)
QUESTIONS_FOR = timedelta(days=2)


def call_after(kind: Kind) -> timedelta | None:
    """How long after its hand-over somebody calls the person instead; None: nobody does."""
    return _CALL_AFTER.get(kind)
