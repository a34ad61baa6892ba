"""A heat map: a square for each pair of two things, the darker the more, its value written in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.reporting.reports.formats.charts.drawing import (
    INK,
    LINE,
    SIZE,
    WIDTH,
    image,
    shortened,
    words,
)

_NAMES, _HEAD, _HIGH = 100, 22, 26
_WIDEST = 70
_MOST_LETTERS = 16
# From this part of the most on, a square is so dark that white is read better on it.
_DARK = 0.5


@dataclass(frozen=True, slots=True)
class Square:
    """How much there is, and what is written in it."""

    value: float
    said: str


def heat(
    down: Sequence[str],
    across: Sequence[str],
    squares: Mapping[tuple[int, int], Square],
    says: str,
) -> str:
    """The chart; ``squares`` are by the number of their row and column, and where there is none nothing was held."""
    wide = min(_WIDEST, (WIDTH - _NAMES) / max(1, len(across)))
    most = max((square.value for square in squares.values()), default=0) or 1
    parts = [
        words(_NAMES + (number + 0.5) * wide, _HEAD - 7, name, anchor="middle")
        for number, name in enumerate(across)
    ]
    for row, name in enumerate(down):
        y = _HEAD + row * _HIGH
        middle = y + _HIGH / 2 + SIZE / 3
        parts.append(words(_NAMES - 8, middle, shortened(name, _MOST_LETTERS), anchor="end"))
        for column in range(len(across)):
            x, square = _NAMES + column * wide, squares.get((row, column))
            part = square.value / most if square else 0
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{_HIGH}" fill="{INK}" '
                f'fill-opacity="{part:.2f}" stroke="{LINE}" stroke-width="0.8"/>'
            )
            if square:
                fill = "#fff" if part > _DARK else "#000"
                parts.append(words(x + wide / 2, middle, square.said, anchor="middle", fill=fill))
    return image(_HEAD + len(down) * _HIGH + 4, says, parts)
