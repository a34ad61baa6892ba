"""Text as it may stand in a message, wherever it came from."""

import re

_NARROW = "\u202f"
# Names of people, and nothing that a stranger's mailbox could take for a message or an address.
_NAME = re.compile(r"^[^\W\d_]+(?:[ '’-][^\W\d_]+)*$")
_LONGEST_NAME = 40
# Spaces that keep words together are not among them.
_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_TURNS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_BEFORE = re.compile(r"(?<=\S) (?=[:;!?»])")
_AFTER = re.compile(r"« ")
# Addresses of pages stand between < and >, and stay as they are.
_APOSTROPHE = re.compile(r"<[^<>\s]*>|(?<=[^\W\d_])'(?=[^\W\d_])")


def one_line(text: str) -> str:
    """``text`` without line ends, control characters, or marks that turn the reading direction."""
    return _TURNS.sub("", _BREAKS.sub(" ", text)).strip()


def shortened(text: str, most: int) -> str:
    """``text``, cut with an ellipsis if it has more than ``most`` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def name_to_greet(given_name: str) -> str | None:
    """The name to begin with, or None for what does not look like one.

    Anyone can register anybody's address: the name must not become a way to send words to strangers.
    """
    name = one_line(given_name)
    return name if len(name) <= _LONGEST_NAME and _NAME.match(name) else None


def curled(text: str) -> str:
    """``text`` with the apostrophes of print between letters, in place of those of typewriters."""
    return _APOSTROPHE.sub(lambda found: "’" if found[0] == "'" else found[0], text)


def french_spaces(text: str) -> str:
    """Narrow no-break spaces where French wants them, so that no line begins with a punctuation mark."""
    return _AFTER.sub(f"«{_NARROW}", _BEFORE.sub(_NARROW, text))


def isolated(text: str) -> str:
    """``text`` that stands in right-to-left words, held together if it runs from left to right (UAX #9)."""
    return f"\u2068{text}\u2069" if _LATIN.search(text) else text
