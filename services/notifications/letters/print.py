"""Letters as one accessible PDF (PDF/UA-1), a bookmark for each, in the order given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import segno

from services.notifications.letters.address import on_an_envelope
from services.notifications.parcels import Parcel
from services.notifications.rendering.about import About
from services.notifications.rendering.dates import day
from services.notifications.rendering.phones import as_written
from services.notifications.rendering.text import one_line
from services.notifications.rendering.words import Block, render
from shared.errors import Text
from shared.typesetting import typeset

_TEMPLATE = Path(__file__).with_name("letter.typ")
_TIMEZONE = ZoneInfo("Europe/Paris")
_TITLE = Text("Letters", "Courriers")


class _Said(NamedTuple):
    """What stands beside a code to scan; ``or_called`` where there is a number to call."""

    alt: str
    scan: str
    or_code: str
    or_called: str


_SAID = {
    "fr": _Said(
        "Code à scanner :",
        "Scannez ce code avec un téléphone.",
        "Ou donnez ce code à l’accueil\u202f:",
        "Ou donnez ce code à l’accueil, sur place ou par téléphone au {phone}\u202f:",
    ),
    "en": _Said(
        "Code to scan:",
        "Scan this code with a phone.",
        "Or give this code at the desk:",
        "Or give this code at the desk, in person or by phone on {phone}:",
    ),
    "es": _Said(
        "Código para escanear:",
        "Escanee este código con un teléfono.",
        "O dé este código en la recepción:",
        "O dé este código en la recepción, en persona o por teléfono en el {phone}:",
    ),
    "ar": _Said(
        "رمز للمسح:",
        "امسحوا هذا الرمز بالهاتف.",
        "أو أعطوا هذا الرمز في الاستقبال:",
        "أو أعطوا هذا الرمز في الاستقبال، حضوريًا أو بالهاتف على الرقم {phone}:",
    ),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person is told on paper; ``postal_address`` is None for whoever is handed it at the desk."""

    parcel: Parcel
    family_name: str
    postal_address: Mapping[str, Any] | None


def print_letters(letters: Sequence[Letter], place: str, language: str) -> bytes:
    """``letters`` as one PDF from ``place``, entitled in ``language`` for whoever prints it."""
    return typeset(
        _TEMPLATE,
        {
            "title": _TITLE.in_language(language),
            "place": place,
            "letters": [_letter(one, place) for one in letters],
        },
    )


def _letter(letter: Letter, place: str) -> dict[str, Any]:
    parcel = letter.parcel
    rendered = render(parcel.abouts, place=place, on_paper=True)
    name = one_line(f"{parcel.addressee.given_name} {letter.family_name}")
    address, first = letter.postal_address, parcel.abouts[0]
    zone = first.session.timezone if first.session else _TIMEZONE
    letterhead = _letterhead(first, place)
    phone = first.phone and as_written(first.phone)
    behind = {about.manage_url: about for about in parcel.abouts}
    return {
        "language": parcel.language,
        "letterhead": [*letterhead, phone] if phone else letterhead,
        "sender": ", ".join(letterhead),
        "address": on_an_envelope(name, address) if address else [name],
        "dated": day(first.now, parcel.language, zone),
        "subject": rendered.subject,
        "pieces": [_piece(one, parcel.language, behind) for one in rendered.blocks],
    }


def _letterhead(about: About, place: str) -> list[str]:
    """Who writes: the place, whatever it is about."""
    if about.session is None:
        return [place]
    known = (about.session.place_name, about.session.place_address)
    return [one_line(line) for line in known if line]


def _piece(block: Block, language: str, behind: Mapping[str | None, About]) -> dict[str, Any]:
    """A block of the words; a link becomes a code to scan, and the short code of what is ``behind`` it."""
    piece: dict[str, Any] = {"kind": block.kind, "lines": block.lines}
    if block.kind == "link":
        said, about = _SAID[language], behind.get(block.address)
        phone = about and about.phone and as_written(about.phone)
        piece |= {
            "qr": segno.make(block.address, error="m").svg_inline(border=2, scale=4, dark="#000"),
            "alt": f"{said.alt} {block.lines[0]}",
            "scan": said.scan,
            "or_code": said.or_called.format(phone=phone) if phone else said.or_code,
            "code": about and about.short_code,
        }
    return piece
