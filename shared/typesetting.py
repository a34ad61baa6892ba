"""Papers set by Typst, the same on every machine, from templates beside the code that prints them."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

# A paper with a sign that no font has would not be accessible, and Typst does not write it: it says which sign.
_NOT_SHOWN = re.compile(r"the text `\"(.+?)\"` could not be displayed", re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_REPLACEMENT = "�"
_MOST_TRIES = 30
_FONTS = Path(__file__).with_name("fonts")
# Scripts without capitals of which the fonts have most letters.
_HELD_IN_PART = ("ARABIC", "HEBREW")
_NOT_PLAIN = re.compile(r"[^\x20-\x7e\xa0-\u017f]")


def typeset(template: Path, said: dict[str, Any]) -> bytes:
    """``template`` as an accessible PDF (PDF/UA-1), saying ``said``: read as JSON, and nothing of it as markup.

    A sign that no font has is set as ``�``: people's names are theirs, and never keep a paper from being printed.
    """
    # It takes memory that only a process which prints should spend.
    import typst  # noqa: PLC0415 — as said above

    whole = text = json.dumps(said, ensure_ascii=False)
    for _ in range(_MOST_TRIES):
        try:
            return _compiled(template, text)
        except typst.TypstError as error:
            found = _NOT_SHOWN.search(str(error))
            shown = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1]) if found else ""
            # What is ASCII is in every font, and holds the JSON together.
            missing = {sign for sign in shown if not sign.isascii()} & set(text)
            if not missing:
                break
            for sign in missing:
                text = _without(sign, text)
    return _compiled(template, _NOT_PLAIN.sub(_REPLACEMENT, whole))


def _without(missing: str, text: str) -> str:
    """``text`` with ``missing`` replaced; a letter of a script that the fonts lack takes the script with it."""
    script = unicodedata.name(missing, "").partition(" ")[0]
    if not script or unicodedata.category(missing) != "Lo" or script in _HELD_IN_PART:
        return text.replace(missing, _REPLACEMENT)
    return "".join(
        _REPLACEMENT if unicodedata.name(sign, "").startswith(f"{script} ") else sign
        for sign in text
    )


def _compiled(template: Path, said: str) -> bytes:
    import typst  # noqa: PLC0415 — as said above

    document: bytes = typst.compile(
        template,
        sys_inputs={"said": said},
        pdf_standards=["ua-1"],
        # The same paper on every machine: Typst's own fonts, and Arabic that is made to be read.
        ignore_system_fonts=True,
        font_paths=[_FONTS],
    )
    return document
