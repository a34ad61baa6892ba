"""Bars: one for each row and column, told apart in grey by their fill, with every value written beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.reporting.reports.formats.charts.drawing import (
    INK,
    PALE,
    SIZE,
    WIDTH,
    image,
    shortened,
    words,
)

_VALUES = 70
# Names have as much room as the longest needs, within these.
_LETTER, _NARROWEST, _WIDEST = 6.2, 70, 250
_BAR, _GAP, _LEGEND = 13, 9, 26
_MOST_LETTERS = 42
# Solid, pale with a rim, hatched.
_FILLS = (
    f'fill="{INK}"',
    f'fill="{PALE}" stroke="{INK}" stroke-width="0.8"',
    f'fill="url(#hatched)" stroke="{INK}" stroke-width="0.8"',
)
_HATCHED = (
    '<defs><pattern id="hatched" width="5" height="5" patternUnits="userSpaceOnUse" '
    f'patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/>'
    f'<rect width="1.6" height="5" fill="{INK}"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class Row:
    """The bars of one group: lengths (None: not told), and what is written beside each."""

    name: str
    values: Sequence[float | None]
    said: Sequence[str]


def bars(series: Sequence[str], rows: Sequence[Row], says: str) -> str:
    """The chart, as an image whose alternative text is ``says``."""
    longest = max((value for row in rows for value in row.values if value), default=1)
    begin = _beginning(rows)
    scale = (WIDTH - begin - _VALUES) / longest
    pitch = len(series) * _BAR + _GAP
    top = _LEGEND if len(series) > 1 else 4
    height = top + len(rows) * pitch + 4
    parts = [_HATCHED] if len(series) == len(_FILLS) else []
    if len(series) > 1:
        parts += _legend(series, begin)
    for number, row in enumerate(rows):
        parts += _group(row, begin, top + number * pitch, scale)
    parts.append(f'<path d="M{begin:g} {top - 3}V{height - 4}" stroke="{INK}" stroke-width="1"/>')
    return image(height, says, parts)


def _beginning(rows: Sequence[Row]) -> float:
    """Where bars begin, behind the names."""
    longest = max((len(shortened(row.name, _MOST_LETTERS)) for row in rows), default=0)
    return round(min(max(longest * _LETTER, _NARROWEST), _WIDEST))


def _legend(series: Sequence[str], begin: float) -> list[str]:
    step = (WIDTH - begin) / len(series)
    parts = []
    for number, name in enumerate(series):
        x = begin + number * step
        parts.append(f'<rect x="{x:.1f}" y="4" width="18" height="10" {_FILLS[number]}/>')
        parts.append(words(x + 24, 13, name))
    return parts


def _group(row: Row, begin: float, y: float, scale: float) -> list[str]:
    middle = y + len(row.values) * _BAR / 2 + SIZE / 3
    parts = [words(begin - 8, middle, shortened(row.name, _MOST_LETTERS), anchor="end")]
    for number, (value, said) in enumerate(zip(row.values, row.said, strict=True)):
        at, length = y + number * _BAR, (value or 0) * scale
        parts.append(
            f'<rect x="{begin:g}" y="{at:.1f}" width="{length:.1f}" height="{_BAR - 3}" {_FILLS[number]}/>'
        )
        parts.append(words(begin + length + 6, at + _BAR - 4, said))
    return parts
