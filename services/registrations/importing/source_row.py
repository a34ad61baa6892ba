"""One row as it stands in a file."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceRow:
    """``value`` is whatever stands there; ``line`` is its first line in a text editor, from 1."""

    line: int
    value: Any
