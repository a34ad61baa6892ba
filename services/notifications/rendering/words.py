"""The words of a message: a template per kind and language, written once, as text and as a page.

The template gives the subject, an empty line and the text. The page is made of the text: paragraphs,
lists (lines that begin with ``- ``) and links (``label <address>``), so both say the same.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.notifications.domain import Meeting
from services.notifications.rendering.about import About, Other
from services.notifications.rendering.dates import moment, when
from services.notifications.rendering.text import (
    french_spaces,
    name_to_greet,
    one_line,
    shortened,
)

_LONGEST_TITLE_IN_SUBJECT = 80
_DATES_LISTED = 10
_LINK = re.compile(r"^(?P<label>[^<>\n]+?)[\s:]*<(?P<address>https?://[^<>\s]+)>$")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece of the page: ``kind`` is ``paragraph``, ``list`` or ``link``."""

    kind: str
    lines: tuple[str, ...]
    address: str = ""


_TEMPLATES = Environment(
    loader=PackageLoader("services.notifications"),
    # The text is plain, and escaped where the page takes it in.
    autoescape=select_autoescape(["html"], default=False),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(about: About) -> Rendered:
    """``about`` in words."""
    template = _TEMPLATES.get_template(f"{about.language}/{about.kind}.txt")
    source = template.render(_context(about))
    if about.language == "fr":
        source = french_spaces(source)
    subject, *paragraphs = re.split(r"\n\s*\n", source.strip())
    subject = one_line(subject)
    page = _TEMPLATES.get_template("message.html").render(
        language=about.language,
        subject=subject,
        blocks=[_block(paragraph) for paragraph in paragraphs],
    )
    return Rendered(subject, "\n\n".join(paragraphs) + "\n", page)


def _context(about: About) -> dict[str, Any]:
    title = None if about.title is None else one_line(about.title)
    ahead = [one for one in about.meetings if one.starts_at > about.now] or list(about.meetings)
    rooms = {one.room for one in ahead}
    common_room = one_line(ahead[0].room) if len(rooms) == 1 and ahead[0].room else None
    dates = [_date(one, about, room=common_room is None) for one in ahead]
    return {
        "name": name_to_greet(about.given_name),
        "title": title,
        "short_title": title and shortened(title, _LONGEST_TITLE_IN_SUBJECT),
        "place": one_line(about.place_name),
        "address": one_line(about.place_address) if about.place_address else None,
        "room": common_room,
        "dates": dates[:_DATES_LISTED],
        "how_many": len(dates),
        "more": max(0, len(dates) - _DATES_LISTED),
        "manage_url": about.manage_url,
        "offered_until": _offered_until(about),
        "details": about.details,
        "others": [_other(one, about.language) for one in about.others],
    }


def _offered_until(about: About) -> str | None:
    until = about.details.get("offered_until")
    return until and moment(datetime.fromisoformat(until), about.language, about.timezone)


def _other(other: Other, language: str) -> dict[str, str]:
    """Another session as one link: what, when and where, without the marks that end a link's label."""
    begins = moment(other.starts_at, language, other.timezone)
    said = ", ".join(filter(None, (other.title, begins, other.place_name)))
    return {"label": one_line(said.replace("<", "").replace(">", "")), "url": other.url}


def _date(meeting: Meeting, about: About, *, room: bool) -> str:
    written = when(meeting, about.language, about.timezone)
    return f"{written} ({one_line(meeting.room)})" if room and meeting.room else written


def _block(paragraph: str) -> _Block:
    lines = tuple(paragraph.strip().splitlines())
    if all(line.startswith("- ") for line in lines):
        return _Block("list", tuple(line.removeprefix("- ") for line in lines))
    link = _LINK.match(paragraph)
    if link:
        return _Block("link", (link["label"],), link["address"])
    return _Block("paragraph", lines)
