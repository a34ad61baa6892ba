"""What people typed, as other formats may hold it."""

import re

# Control characters, and marks that turn the reading direction of what follows.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)


def one_line(text: str) -> str:
    """``text`` without line ends, runs of spaces, or anything that is not seen."""
    return _UNSEEN.sub("", " ".join(text.split()))


def lines(text: str) -> str:
    """``text`` with line feeds for whatever ends its lines, and nothing that is not seen.

    A lone return would begin a property of its own for some readers of calendars.
    """
    return "\n".join(_UNSEEN.sub("", line) for line in text.splitlines())
