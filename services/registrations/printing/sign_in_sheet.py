"""The sheet that people sign at a meeting: accessible (PDF/UA-1), with names and nothing else of them."""

import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.registrations.models import Meeting, Participant, Session
from services.registrations.publishing.addresses import in_one_line
from services.registrations.publishing.dates import when
from services.registrations.publishing.text import one_line
from shared.errors import Text

_TEMPLATE = Path(__file__).with_name("sign_in_sheet.typ")
_TITLE = Text("Sign-in sheet", "Feuille d’émargement")
_COLUMNS = (Text("Name", "Nom"), Text("Signature", "Signature"))
_FACILITATOR = Text("Facilitator:", "Intervenant\u00a0:")
_PAGE = Text("Page", "Page")
# Lines for those who come without having registered.
_MOST_BLANK_LINES = 5

# A sheet with a sign that no font has would not be accessible, and Typst does not write it: it says which sign.
_NOT_SHOWN = re.compile(r"the text `\"(.+?)\"` could not be displayed", re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_REPLACEMENT = "�"
_MOST_TRIES = 30
# Scripts without capitals of which the fonts have most letters.
_HELD_IN_PART = ("ARABIC", "HEBREW")
_NOT_PLAIN = re.compile(r"[^\x20-\x7e\xa0-\u017f]")


def sign_in_sheet(
    session: Session, meeting: Meeting, people: Sequence[Participant], language: str
) -> bytes:
    """The sheet of ``meeting`` in ``language`` (fr or en) as a PDF, ``people`` in the order given.

    Of a discreet programme neither the activity nor the facilitator is named.
    """
    activity = session.activity
    discreet = activity.programme.discreet
    title = _TITLE.in_language(language)
    if not discreet:
        title = f"{title} – {one_line(activity.title)}"
    facilitator = None
    if meeting.facilitator and not discreet:
        facilitator = f"{_FACILITATOR.in_language(language)} {one_line(meeting.facilitator)}"
    room = meeting.room.name if meeting.room else None
    blank = min(max(session.capacity - len(people), 0), _MOST_BLANK_LINES)
    names = [one_line(f"{one.family_name} {one.given_name}") for one in people]
    zone = ZoneInfo(session.place.timezone)
    return _typeset(
        {
            "language": language,
            "title": title,
            "place": one_line(session.place.name),
            "when": when(meeting.starts_at, meeting.ends_at, zone, language),
            "where": one_line(", ".join(filter(None, (room, in_one_line(session.place))))),
            "facilitator": facilitator,
            "columns": [column.in_language(language) for column in _COLUMNS],
            "page": _PAGE.in_language(language),
            "names": [*names, *([""] * blank)],
        }
    )


def _typeset(said: dict[str, Any]) -> bytes:
    # It takes memory that only a process which prints should spend.
    import typst  # noqa: PLC0415 — as said above

    whole = text = json.dumps(said, ensure_ascii=False)
    for _ in range(_MOST_TRIES):
        try:
            return _compiled(text)
        except typst.TypstError as error:
            found = _NOT_SHOWN.search(str(error))
            shown = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1]) if found else ""
            # What is ASCII is in every font, and holds the JSON together.
            missing = {sign for sign in shown if not sign.isascii()} & set(text)
            if not missing:
                break
            for sign in missing:
                text = _without(sign, text)
    return _compiled(_NOT_PLAIN.sub(_REPLACEMENT, whole))


def _without(missing: str, text: str) -> str:
    """``text`` with ``missing`` replaced; a letter of a script that the fonts lack takes the script with it."""
    script = unicodedata.name(missing, "").partition(" ")[0]
    if not script or unicodedata.category(missing) != "Lo" or script in _HELD_IN_PART:
        return text.replace(missing, _REPLACEMENT)
    return "".join(
        _REPLACEMENT if unicodedata.name(sign, "").startswith(f"{script} ") else sign
        for sign in text
    )


def _compiled(said: str) -> bytes:
    import typst  # noqa: PLC0415 — as said above

    document: bytes = typst.compile(
        _TEMPLATE,
        sys_inputs={"said": said},
        pdf_standards=["ua-1"],
        # The same sheet on every machine.
        ignore_system_fonts=True,
    )
    return document
