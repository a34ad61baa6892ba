"""The words of a message: a template per kind and language, written once, as text and as a page.

The template gives the subject, an empty line and the text. The page is made of the text: paragraphs,
headings (underlined), lists (lines that begin with ``- ``) and links (``label <address>``), so both say the
same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.notifications.domain.languages import direction_of
from services.notifications.domain.segments import SmsText, as_sms
from services.notifications.domain.sessions import Meeting
from services.notifications.rendering.about import About, DescribedSession, Other
from services.notifications.rendering.dates import brief, moment, money, when
from services.notifications.rendering.phones import as_written
from services.notifications.rendering.placeholders import details_of
from services.notifications.rendering.plurals import plural
from services.notifications.rendering.text import (
    curled,
    french_spaces,
    isolated,
    name_to_greet,
    one_line,
    shortened,
)
from services.notifications.rendering.written import SANDBOX, whole

_LONGEST_TITLE_IN_SUBJECT = 80
_LONGEST_TITLE_IN_SMS = 40
_DATES_LISTED = 10
_UNDERLINE = re.compile(r"-+")
_LINK = re.compile(r"^(?P<label>[^<>\n]+?)[\s:]*<(?P<address>https?://[^<>\s]+)>$")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words."""

    subject: str
    text: str
    html: str
    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the page: ``kind`` is ``paragraph``, ``heading``, ``list`` or ``link``."""

    kind: str
    lines: tuple[str, ...]
    address: str = ""


class _Closing(NamedTuple):
    """What the last lines of a message depend on, whatever it is about."""

    on_paper: bool
    may_answer: bool


_TEMPLATES = Environment(
    loader=PackageLoader("services.notifications"),
    # The text is plain, and escaped where the page takes it in.
    autoescape=select_autoescape(["html"], default=False),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(
    abouts: Sequence[About], *, place: str, on_paper: bool = False, may_answer: bool = False
) -> Rendered:
    """``abouts``, all to one person and in one language, in the words of one message.

    ``place`` is who writes, where no session says it. ``on_paper`` it can be answered, and says nothing else;
    otherwise it says whether one ``may_answer`` it.
    Words that a manager wrote can fail in ways of their own: see ``rendering.trial``.
    """
    language = abouts[0].language
    is_alone = len(abouts) == 1
    closing = _Closing(on_paper, may_answer)
    source = (
        _fact(abouts[0], place, closing, of_several=False)
        if is_alone
        else _facts(abouts, place, closing)
    )
    source = curled(source)
    if language == "fr":
        source = french_spaces(source)
    subject, *paragraphs = re.split(r"\n\s*\n", source.strip())
    subject = one_line(subject)
    blocks = tuple(_block(paragraph) for paragraph in paragraphs)
    page = _TEMPLATES.get_template("message.html").render(
        language=language,
        direction=direction_of(language),
        subject=subject,
        blocks=blocks,
        to_act={one.manage_url for one in abouts},
        to_leave={one.unsubscribe_url for one in abouts},
    )
    return Rendered(subject, "\n\n".join(paragraphs) + "\n", page, blocks)


def render_short(abouts: Sequence[About], *, place: str) -> str:
    """``abouts``, all to one person and in one language, in the few words of an SMS; one line for each.

    Words that a manager wrote can fail in ways of their own, as those of :func:`render`.
    """
    lines = []
    for about in abouts:
        if about.written is None or about.written.short is None:
            template = _TEMPLATES.get_template(f"{about.language}/{about.kind}.sms.txt")
        else:
            template = SANDBOX.from_string(about.written.short)
        lines.append(one_line(template.render(_context(about, place) | _in_short(about))))
    return "\n".join(dict.fromkeys(lines))


def render_sms(abouts: Sequence[About], *, place: str) -> SmsText:
    """The few words of :func:`render_short` as they travel.

    The words that are shipped name the number to call where that costs no further segment.
    """
    sms = as_sms(render_short(abouts, place=place))
    numberless = [one if _has_own_short(one) else replace(one, phone=None) for one in abouts]
    shorter = as_sms(render_short(numberless, place=place))
    return sms if sms.segments == shorter.segments else shorter


def _has_own_short(about: About) -> bool:
    return about.written is not None and about.written.short is not None


def _in_short(about: About) -> dict[str, Any]:
    """What the few words of an SMS may use besides."""
    session, details = about.session, about.details
    if session is None:
        return {"link": about.short_url}
    dates = _dates_of(about, session)
    until = details.get("offered_until")
    return {
        "link": about.short_url,
        "brief_title": session.title and shortened(one_line(session.title), _LONGEST_TITLE_IN_SMS),
        "brief_date": dates and brief(dates[0].starts_at, about.language, session.timezone),
        "brief_until": until
        and brief(datetime.fromisoformat(until), about.language, session.timezone),
    }


def _facts(abouts: Sequence[About], place: str, closing: _Closing) -> str:
    """Several facts under one greeting, the subject of each as a heading."""
    sections = []
    for about in abouts:
        fact = _fact(about, place, closing, of_several=True)
        subject, _, words = fact.strip().partition("\n")
        sections.append({"subject": subject.strip(), "words": words.strip()})
    leave = next((one.unsubscribe_url for one in abouts if one.unsubscribe_url), None)
    shared = {"sections": sections, "unsubscribe_url": leave}
    context = _context(abouts[0], place) | closing._asdict() | shared
    return _TEMPLATES.get_template(f"{abouts[0].language}/several.txt").render(context)


def _fact(about: About, place: str, closing: _Closing, *, of_several: bool) -> str:
    context = _context(about, place)
    around = closing._asdict() | {"of_several": of_several}
    if about.written is None:
        template = _TEMPLATES.get_template(f"{about.language}/{about.kind}.txt")
        return template.render(context, **around)
    if not SANDBOX.from_string(about.written.subject).render(context).strip():
        raise ValueError("the subject is empty")
    template = SANDBOX.from_string(whole(about.written, about.kind, about.language))
    return template.render(context, **around)


def _context(about: About, place: str) -> dict[str, Any]:
    """All that the words of a fact may use."""
    language = about.language
    context = {
        "name": _foreign(name_to_greet(about.given_name), language),
        "title": None,
        "place": _foreign(one_line(place), language),
        "manage_url": about.manage_url,
        # The page of the registration is where one says what one thinks, too.
        "feedback_url": about.manage_url,
        # It was offered once: words that managers wrote then stay usable.
        "staff_url": None,
        "unsubscribe_url": about.unsubscribe_url,
        "phone": about.phone and _number(about.phone, language),
        "details": details_of(about.kind, about.details),
        "plural": partial(plural, language=language),
        "money": partial(money, language=language),
    }
    return context if about.session is None else context | _of_session(about, about.session)


def _of_session(about: About, session: DescribedSession) -> dict[str, Any]:
    language = about.language
    title = None if session.title is None else one_line(session.title)
    ahead = _dates_of(about, session)
    rooms = {one.room for one in ahead}
    common_room = one_line(ahead[0].room) if len(rooms) == 1 and ahead[0].room else None
    dates = [_date(one, language, session, room=common_room is None) for one in ahead]
    return {
        "title": _foreign(title, language),
        "short_title": title and _foreign(shortened(title, _LONGEST_TITLE_IN_SUBJECT), language),
        "place": _foreign(one_line(session.place_name), language),
        "address": _foreign(one_line(session.place_address or ""), language) or None,
        "room": _foreign(common_room, language),
        "dates": dates[:_DATES_LISTED],
        "first_date": dates[0] if dates else None,
        "how_many": len(dates),
        "more": max(0, len(dates) - _DATES_LISTED),
        "offered_until": _offered_until(about, session),
        "other_dates": [_other(one, language) for one in session.others if _is_same(one, session)],
        "others": [_other(one, language) for one in session.others if not _is_same(one, session)],
    }


def _dates_of(about: About, session: DescribedSession) -> list[Meeting]:
    """The meetings to tell of: the one that is reminded of, else those ahead, else all."""
    reminded_of = about.details.get("meeting_id")
    wanted = [one for one in session.meetings if str(one.id) == reminded_of]
    ahead = [one for one in session.meetings if one.starts_at > about.now]
    return wanted or ahead or list(session.meetings)


def _foreign(text: str | None, language: str) -> str | None:
    """``text`` that was not written in ``language``, or may not have been, as it stands in its words."""
    return text if text is None or direction_of(language) == "ltr" else isolated(text)


def _number(phone: str, language: str) -> str:
    written = as_written(phone)
    # A sign before a number is beside it only where words run from left to right.
    needs_holding = written.startswith("+") and direction_of(language) == "rtl"
    return f"\u2066{written}\u2069" if needs_holding else written


def _offered_until(about: About, session: DescribedSession) -> str | None:
    until = about.details.get("offered_until")
    return until and moment(datetime.fromisoformat(until), about.language, session.timezone)


def _is_same(other: Other, session: DescribedSession) -> bool:
    """Whether people know ``other`` as the same activity, on another day; of a discreet one they know no title."""
    return session.title is not None and other.title == session.title


def _other(other: Other, language: str) -> dict[str, str]:
    """Another session as one link: what, when and where, without the marks that end a link's label."""
    begins = moment(other.starts_at, language, other.timezone)
    said = (
        _foreign(one_line(part.replace("<", "").replace(">", "")), language)
        for part in (other.title, begins, other.place_name)
        if part
    )
    comma = "، " if language == "ar" else ", "
    return {"label": comma.join(part for part in said if part), "url": other.url}


def _date(meeting: Meeting, language: str, session: DescribedSession, *, room: bool) -> str:
    written = when(meeting, language, session.timezone)
    if not room or not meeting.room:
        return written
    return f"{written} ({_foreign(one_line(meeting.room), language)})"


def _block(paragraph: str) -> Block:
    lines = tuple(paragraph.strip().splitlines())
    if all(line.startswith("- ") for line in lines):
        return Block("list", tuple(line.removeprefix("- ") for line in lines))
    if len(lines) == 2 and _UNDERLINE.fullmatch(lines[1]):
        return Block("heading", lines[:1])
    link = _LINK.match(paragraph)
    if link:
        return Block("link", (link["label"],), link["address"])
    return Block("paragraph", lines)
