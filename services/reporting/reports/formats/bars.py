"""Bars as SVG: one for each row and column, told apart in grey by their fill, with every value written beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _NAMES, _VALUES = 640, 190, 80
_BAR, _GAP, _LEGEND, _SIZE = 13, 9, 26, 12
_MOST_LETTERS = 30
_QUOTE = {'"': "&quot;"}
_INK, _PALE = "#1d3557", "#c9d6e4"
# Solid, pale with a rim, hatched.
_FILLS = (
    f'fill="{_INK}"',
    f'fill="{_PALE}" stroke="{_INK}" stroke-width="0.8"',
    f'fill="url(#hatched)" stroke="{_INK}" stroke-width="0.8"',
)
_HATCHED = (
    '<defs><pattern id="hatched" width="5" height="5" patternUnits="userSpaceOnUse" '
    f'patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/>'
    f'<rect width="1.6" height="5" fill="{_INK}"/></pattern></defs>'
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
    scale = (_WIDTH - _NAMES - _VALUES) / longest
    pitch = len(series) * _BAR + _GAP
    top = _LEGEND if len(series) > 1 else 4
    height = top + len(rows) * pitch + 4
    begin = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(says, _QUOTE)}" font-size="{_SIZE}" '
        'font-family="Libertinus Serif, Georgia, serif">'
    )
    parts = [begin, _HATCHED]
    if len(series) > 1:
        parts += _legend(series)
    for number, row in enumerate(rows):
        parts += _group(row, top + number * pitch, scale)
    bottom = height - 4
    parts.append(f'<path d="M{_NAMES} {top - 3}V{bottom}" stroke="{_INK}" stroke-width="1"/></svg>')
    return "".join(parts)


def _legend(series: Sequence[str]) -> list[str]:
    step = (_WIDTH - _NAMES) / len(series)
    parts = []
    for number, name in enumerate(series):
        x = _NAMES + number * step
        parts.append(f'<rect x="{x:.1f}" y="4" width="18" height="10" {_FILLS[number]}/>')
        parts.append(f'<text x="{x + 24:.1f}" y="13">{escape(name)}</text>')
    return parts


def _group(row: Row, y: float, scale: float) -> list[str]:
    middle = y + len(row.values) * _BAR / 2 + _SIZE / 3
    parts = [
        f'<text x="{_NAMES - 8}" y="{middle:.1f}" text-anchor="end">{escape(_short(row.name))}</text>'
    ]
    for number, (value, said) in enumerate(zip(row.values, row.said, strict=True)):
        at, length = y + number * _BAR, (value or 0) * scale
        parts.append(
            f'<rect x="{_NAMES}" y="{at:.1f}" width="{length:.1f}" height="{_BAR - 3}" {_FILLS[number]}/>'
        )
        parts.append(
            f'<text x="{_NAMES + length + 6:.1f}" y="{at + _BAR - 4:.1f}">{escape(said)}</text>'
        )
    return parts


def _short(name: str) -> str:
    return name if len(name) <= _MOST_LETTERS else f"{name[: _MOST_LETTERS - 1]}…"
