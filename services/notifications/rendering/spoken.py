"""What is said aloud, on the telephone or at the desk: the few words of an SMS, without its link."""

from collections.abc import Sequence
from dataclasses import replace

from services.notifications.rendering.about import About
from services.notifications.rendering.words import render_short


def spoken(abouts: Sequence[About], *, place: str, language: str) -> str:
    """``abouts`` in ``language``, one line for each; ``place`` is who calls, where no session says it.

    In another language than theirs, in the words that are shipped.
    """
    said = [
        replace(
            about,
            short_url=None,
            language=language,
            written=about.written if about.language == language else None,
        )
        for about in abouts
    ]
    return render_short(said, place=place)
