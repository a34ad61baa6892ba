"""Languages: which one a reader prefers, among those a text exists in."""

from collections.abc import Sequence

SCREEN_LANGUAGES = ("fr", "en")


def preferred_language(
    header: str | None, offered: Sequence[str] = SCREEN_LANGUAGES, default: str = "en"
) -> str:
    """The best of ``offered`` for an ``Accept-Language`` header (RFC 9110, 12.5.4)."""
    wishes: list[tuple[float, int, str]] = []
    for order, part in enumerate((header or "").split(",")):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.partition("=")[2]) if weight else 1.0
        except ValueError:
            continue
        wishes.append((-quality, order, tag.strip().lower().split("-")[0]))
    for quality, _, language in sorted(wishes):
        if quality < 0 and language in offered:
            return language
    return default
