"""What becomes of a message of which nobody knows whether it arrived.

Sent again by the same means it might be told twice; so it is only asked after, and never sent again unless
whoever carries it says that it does not have it. Where nobody can say, what cannot wait goes to the
call list, and the rest is left: staff see it, and can send it again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.notifications.domain.kinds import Kind

# How long after its hand-over somebody calls; about other kinds, nobody does.
CALLED_ABOUT: Mapping[Kind, timedelta] = {
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


# Nobody is called sooner: what was slow may still be on its way.
SOONEST_CALL = timedelta(minutes=10)


def called_at(kind: Kind, handed_over_at: datetime, too_late_at: datetime | None) -> datetime:
    """When somebody calls the person about a message of ``CALLED_ABOUT`` instead.

    At once, or nearly, if the wait would take them to ``too_late_at``, when it is of no use any more.
    """
    usual = handed_over_at + CALLED_ABOUT[kind]
    if too_late_at is None or usual < too_late_at:
        return usual
    return handed_over_at + SOONEST_CALL
