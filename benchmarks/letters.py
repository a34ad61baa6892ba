"""How long a batch of letters takes to become one PDF, beside as many bare pages."""

import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from uuid import UUID, uuid4

import pypdf

from services.notifications.domain.kinds import Kind
from services.notifications.letters.print import Letter, print_letters
from services.notifications.parcels import Addressee, Parcel
from services.notifications.rendering.samples import PLACE, samples
from shared.typesetting import typeset

_LETTERS = 200
_ROUNDS = 5
_KINDS = (Kind.CONFIRMED, Kind.OFFERED, Kind.SESSION_MOVED, Kind.REMINDER)
_LANGUAGES = ("fr", "fr", "fr", "en", "es", "ar")
_BARE = """
#let said = json(bytes(sys.inputs.said))
#set document(title: "Bare")
#for words in said.pages [#words #pagebreak(weak: true)]
"""


def main(count: int = _LETTERS) -> None:
    """Print the seconds of ``count`` letters as one JSON line; the limit is the same words, set without anything."""
    document = print_letters(_letters(count, "Amina"), PLACE, "fr")
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages]
    ours = _seconds(lambda name: print_letters(_letters(count, name), PLACE, "fr"))
    with tempfile.TemporaryDirectory(prefix="arceaux-bench-") as folder:
        bare = Path(folder, "bare.typ")
        bare.write_text(_BARE, encoding="utf-8")
        limit = _seconds(lambda name: typeset(bare, {"pages": [name + page for page in pages]}))
    print(
        json.dumps(
            {
                "benchmark": "letters",
                "letters": count,
                "pages": len(pages),
                "seconds": round(ours, 2),
                "limit": "the same words on bare pages, by the same typesetter",
                "limit_seconds": round(limit, 2),
                "ratio": round(ours / limit, 2),
            }
        )
    )


def _letters(count: int, name: str) -> list[Letter]:
    """Letters in every language and of some kinds, case after case, to people called ``name`` and a number."""
    cases = cycle(
        (language, sample.about)
        for language in _LANGUAGES
        for kind in _KINDS
        for sample in samples(kind, language)
    )
    return [
        Letter(
            Parcel(
                id=UUID(int=number),
                addressee=Addressee(given_name=f"{name} {number}", email=None, phone=None),
                language=language,
                abouts=(replace(about, given_name=f"{name} {number}"),),
            ),
            family_name="Bernard",
            postal_address={
                "lines": [f"{number} rue des Arceaux"],
                "postcode": "34000",
                "city": "Montpellier",
                "country": "FR",
            },
        )
        for number, (language, about) in enumerate(islice(cases, count), start=1)
    ]


def _seconds(work: Callable[[str], object]) -> float:
    """The median of some rounds, each for a name of its own: the typesetter remembers what it has set before."""
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        work(f"Amina {uuid4().hex[:6]}")
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _LETTERS)
