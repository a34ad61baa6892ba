"""What an import did, in words: told by the command and when the programme is loaded."""

from __future__ import annotations

from typing import Any


def counts(result: dict[str, Any]) -> str:
    """What an import did, such as ``12 activities created, 3 sessions updated``; may be empty."""
    return ", ".join(
        f"{number} {kind} {done}"
        for done in ("created", "updated", "unchanged")
        for kind, number in sorted(result[done].items())
        if number
    )
