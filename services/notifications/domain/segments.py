"""How the text of an SMS travels: in which alphabet, and in how many segments, each of which is paid for.

The default alphabet has seven bits a sign and an extension table whose signs count twice (3GPP TS 23.038,
6.2.1); a text with any other sign is sent as UCS-2, two octets for each UTF-16 unit. One segment holds 160
septets or 70 units; of a longer text each holds 153 or 67, the rest being the header that joins them
(3GPP TS 23.040, 9.2.3.24.1). Neither an escaped sign nor a surrogate pair is ever split over two segments.
"""

from collections.abc import Iterable
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
# Only what a reader would not notice: letters keep their accents, or the whole text travels as UCS-2.
_PLAINER = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "–": "-",
        "—": "-",
        "‐": "-",
        "‑": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
    }
)


@dataclass(frozen=True, slots=True)
class SmsText:
    """A text as it is sent: ``alphabet`` is ``gsm-7`` or ``ucs-2``."""

    text: str
    alphabet: str
    segments: int


def as_sms(text: str) -> SmsText:
    """``text`` as it travels: with plainer typography if that lets it go in seven bits, else as it is."""
    plainer = text.translate(_PLAINER)
    if all(sign in _BASIC or sign in _EXTENSION for sign in plainer):
        septets = (2 if sign in _EXTENSION else 1 for sign in plainer)
        return SmsText(plainer, "gsm-7", _segments(septets, alone=160, joined=153))
    units = (2 if ord(sign) > 0xFFFF else 1 for sign in text)
    return SmsText(text, "ucs-2", _segments(units, alone=70, joined=67))


def _segments(sizes: Iterable[int], *, alone: int, joined: int) -> int:
    """How many segments signs of ``sizes`` fill, none of them split."""
    sizes = list(sizes)
    if sum(sizes) <= alone:
        return 1
    segments, room = 1, joined
    for size in sizes:
        if size > room:
            segments, room = segments + 1, joined
        room -= size
    return segments
