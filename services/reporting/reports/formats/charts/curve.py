"""A curve through time: one or two lines, told apart in grey by their stroke and their marks, values written beside."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.reporting.reports.formats.charts.drawing import INK, LINE, SIZE, WIDTH, image, words

_LEFT, _RIGHT, _TOP, _HIGH, _FOOT, _LEGEND = 24, 24, 18, 150, 40, 24
# Below the axis, where values near nought are written before the moments are.
_BELOW = 16
_MARK = 3.5
_DASH = ("", ' stroke-dasharray="6 4"')
# Nearer than this, values would be written over one another.
_ROOM = 34


@dataclass(frozen=True, slots=True)
class Line:
    """One series: a height for each moment (None: not told), and what is written at it."""

    name: str
    values: Sequence[float | None]
    said: Sequence[str]


def curve(moments: Sequence[str], lines: Sequence[Line], says: str) -> str:
    """The chart, as an image whose alternative text is ``says``."""
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(moments) - 1)
    highest = max((value for line in lines for value in line.values if value), default=1)
    top = _LEGEND + _TOP
    base = top + _HIGH
    every = max(1, -(-_ROOM // max(1, int(step))))
    parts = [f'<path d="M0 {base}H{WIDTH}" stroke="{INK}" stroke-width="1"/>']
    for number, moment in enumerate(moments):
        x = _LEFT + number * step
        if number % every == 0:
            parts.append(f'<path d="M{x:.1f} {top}V{base}" stroke="{LINE}" stroke-width="0.6"/>')
            parts.append(words(x, base + _BELOW + SIZE + 4, moment, anchor="middle"))
    written = []
    for number, line in enumerate(lines):
        points = [
            (_LEFT + place * step, base - value / highest * _HIGH, line.said[place], place)
            for place, value in enumerate(line.values)
            if value is not None
        ]
        parts += _drawn(number, points)
        parts += _legend(number, line.name)
        written += [
            words(x, y - 8 if number == 0 else y + SIZE + 7, said, anchor="middle", halo=True)
            for x, y, said, place in points
            if place % every == 0
        ]
    parts += written
    return image(base + _FOOT, says, parts)


def _drawn(number: int, points: Sequence[tuple[float, float, str, int]]) -> Sequence[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
    line = f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="2"{_DASH[number]}/>'
    return line, *(_mark(number, x, y) for x, y, _, _ in points)


def _mark(number: int, x: float, y: float) -> str:
    if number == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_MARK}" fill="{INK}"/>'
    side = 2 * _MARK
    return (
        f'<rect x="{x - _MARK:.1f}" y="{y - _MARK:.1f}" width="{side:g}" height="{side:g}" '
        f'fill="#fff" stroke="{INK}" stroke-width="1.5"/>'
    )


def _legend(number: int, name: str) -> Sequence[str]:
    x = _LEFT + number * (WIDTH - _LEFT - _RIGHT) / 2
    line = f'<path d="M{x:g} 10h30" stroke="{INK}" stroke-width="2"{_DASH[number]}/>'
    return line, _mark(number, x + 15, 10), words(x + 38, 14, name)
