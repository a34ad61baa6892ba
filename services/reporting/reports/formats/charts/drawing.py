"""What all charts share: their size, their ink, and how they say what they show."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

WIDTH = 560
SIZE = 12
INK, PALE, LINE = "#1d3557", "#c9d6e4", "#c4ccd6"
_QUOTE = {'"': "&quot;"}


def image(height: float, says: str, parts: Iterable[str]) -> str:
    """The chart, as an image whose alternative text is ``says``."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-label="{escape(says, _QUOTE)}" font-size="{SIZE}" '
        f'font-family="Libertinus Serif, Georgia, serif">{"".join(parts)}</svg>'
    )


# Keeps what is written over a line legible.
_HALO = ' stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'


def words(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    fill: str = "#000",
    halo: bool = False,
) -> str:
    """``text`` with its base line at ``y``; ``anchor`` says which end of it is at ``x``."""
    where = f'x="{x:.1f}" y="{y:.1f}"'
    aligned = "" if anchor == "start" else f' text-anchor="{anchor}"'
    inked = "" if fill == "#000" else f' fill="{fill}"'
    return f"<text {where}{aligned}{inked}{_HALO if halo else ''}>{escape(text)}</text>"


def shortened(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
