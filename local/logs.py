"""Log files of the supervised processes: bounded at start, and read back when one fails."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

LARGEST = 10 * 1024 * 1024


def open_log(file: Path) -> BinaryIO:
    """Opens ``file`` to append to it; one past 10 MB becomes ``NAME.log.1`` first."""
    if file.exists() and file.stat().st_size > LARGEST:
        file.replace(file.with_name(f"{file.name}.1"))
    return file.open("ab", buffering=0)


def tail(file: Path, lines: int = 12) -> list[str]:
    """The last lines of ``file`` that are not blank; none when there is no such file."""
    try:
        with file.open("rb") as handle:
            size = handle.seek(0, 2)
            handle.seek(max(0, size - 16_384))
            text = handle.read().decode(errors="replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]
