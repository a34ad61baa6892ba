"""What was published or changed last, as a feed (RFC 4287)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from services.registrations.domain import SessionStatus
from services.registrations.models import Session
from services.registrations.publishing.addresses import in_one_line, urn
from services.registrations.publishing.dates import when
from services.registrations.publishing.text import lines, one_line
from shared.errors import Text
from shared.events.links import session_url

_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
_TITLE = Text("What is new at the third place", "Les nouveautés du tiers-lieu")
_CANCELLED = Text("Cancelled: ", "Annulé : ")
# What a feed without any entry says it was last changed at.
_NEVER = datetime(2020, 1, 1, tzinfo=UTC)
# Characters that no XML 1.0 document may hold, even escaped.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed_of(sessions: Sequence[Session], *, self_url: str, public_url: str, language: str) -> bytes:
    """A feed of ``sessions``, the last changed first. ``self_url`` is its address, and its identity."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(_tag("feed"), {f"{{{_XML}}}lang": language})
    _add(feed, "id", self_url)
    _add(feed, "title", _TITLE.in_language(language))
    _add(feed, "updated", max((s.changed_at for s in sessions), default=_NEVER).isoformat())
    _add(feed, "link", rel="self", href=self_url, type="application/atom+xml")
    _add(feed, "generator", "Arceaux")
    for session in sessions:
        _entry(feed, session, public_url, language)
    text: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return text


def _entry(feed: ET.Element, session: Session, public_url: str, language: str) -> None:
    activity = session.activity
    cancelled = session.status == SessionStatus.CANCELLED
    entry = ET.SubElement(feed, _tag("entry"))
    _add(entry, "id", urn(session.id))
    mark = _CANCELLED.in_language(language) if cancelled else ""
    _add(entry, "title", mark + one_line(activity.title))
    _add(entry, "updated", session.changed_at.isoformat())
    if session.published_at is not None:
        _add(entry, "published", session.published_at.isoformat())
    author = ET.SubElement(entry, _tag("author"))
    _add(author, "name", activity.organisation.name)
    address = session_url(public_url, session.id)
    _add(entry, "link", rel="alternate", href=address, type="application/json")
    _add(entry, "link", rel="related", href=f"{address}.ics", type="text/calendar")
    _add(entry, "category", term=activity.programme_code, label=activity.programme.name)
    if activity.theme:
        _add(entry, "category", term=activity.theme)
    _add(entry, "content", _words(session, language), type="text")


def _words(session: Session, language: str) -> str:
    zone = ZoneInfo(session.place.timezone)
    dates = [when(one.starts_at, one.ends_at, zone, language) for one in session.meetings]
    described = lines(session.activity.description)
    paragraphs = (described, "\n".join(dates), in_one_line(session.place))
    return "\n\n".join(filter(None, paragraphs))


def _add(parent: ET.Element, name: str, text: str | None = None, **said: str) -> None:
    child = ET.SubElement(parent, _tag(name), {k: _storable(v) for k, v in said.items()})
    child.text = None if text is None else _storable(text)


def _storable(text: str) -> str:
    return _NOT_XML.sub("", text)


def _tag(name: str) -> str:
    return f"{{{_ATOM}}}{name}"
