"""One row as it stands in a file."""

from dataclasses import dataclass
from typing import Any, Self


class Line(int):
    """Where something stands: a line in a text editor, or a row of ``sheet``; both from 1."""

    sheet: str | None

    def __new__(cls, number: int, sheet: str | None = None) -> Self:
        line = super().__new__(cls, number)
        line.sheet = sheet
        return line

    def __str__(self) -> str:
        return f"{int(self)} ({self.sheet})" if self.sheet else str(int(self))


@dataclass(frozen=True, slots=True)
class SourceRow:
    """``value`` is whatever stands there; ``line`` is where it begins, a :class:`Line` in a workbook."""

    line: int
    value: Any
