"""The language in which a reader is answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Text
from shared.i18n import preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("fr-FR", "fr"),
        ("FR-ca", "fr"),
        ("fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7", "fr"),
        ("en;q=0.5, fr;q=0.6", "fr"),
        ("de, es;q=0.9", "en"),
        ("de, fr;q=0.1", "fr"),
        ("fr;q=0", "en"),
        ("fr;q=0, de", "en"),
        ("en, fr", "en"),
        ("fr;q=rubbish, en", "en"),
        ("*", "en"),
        (" fr ; q=1.0 ", "fr"),
        (",,;;=,", "en"),
    ],
)
def test_the_language_a_reader_prefers_among_those_there_are(
    header: str | None, language: str
) -> None:
    assert preferred_language(header) == language


def test_the_languages_offered_may_be_others() -> None:
    assert preferred_language("ar, es;q=0.9", offered=("es", "ar"), default="fr") == "ar"
    assert preferred_language("de", offered=("es", "ar"), default="fr") == "fr"


@given(st.text())
def test_any_header_gives_one_of_the_languages(header: str) -> None:
    assert preferred_language(header) in ("fr", "en")


def test_a_text_is_said_in_french_or_else_in_english() -> None:
    text = Text("Not found", "Introuvable")
    assert [text.in_language(code) for code in ("fr", "en", "es")] == [
        "Introuvable",
        "Not found",
        "Not found",
    ]
