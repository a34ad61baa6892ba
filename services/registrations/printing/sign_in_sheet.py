"""The sheet that people sign at a meeting: accessible (PDF/UA-1), with names and nothing else of them."""

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from services.registrations.models import Meeting, Participant, Session
from services.registrations.publishing.addresses import in_one_line
from services.registrations.publishing.dates import when
from services.registrations.publishing.text import one_line
from shared.errors import Text
from shared.typesetting import typeset

_TEMPLATE = Path(__file__).with_name("sign_in_sheet.typ")
_TITLE = Text("Sign-in sheet", "Feuille d’émargement")
_COLUMNS = (Text("Name", "Nom"), Text("Signature", "Signature"))
_FACILITATOR = Text("Facilitator:", "Intervenant\u00a0:")
_PAGE = Text("Page", "Page")
# Lines for those who come without having registered.
_MOST_BLANK_LINES = 5


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
    return typeset(
        _TEMPLATE,
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
        },
    )
