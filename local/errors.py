"""The one exception of this package that is meant to be read by a person."""

from __future__ import annotations

from collections.abc import Sequence


class Failure(Exception):
    """Something foreseeable went wrong: one clear line, and perhaps the last lines of a log."""

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
