"""Words that a manager wrote for one kind of message, in place of those that are shipped."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """The subject and the words of one kind of message in one language, as templates.

    ``short``: the few words of an SMS, and of a call; None for those that are shipped, or where there are none.
    """

    subject: str
    words: str
    short: str | None = None
