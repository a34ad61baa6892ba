"""The sign-in sheet, read back with another library."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf.generic import ArrayObject, DictionaryObject

from services.registrations.models import Activity, Meeting, Participant, Place, Programme, Room
from services.registrations.models import Session as SessionRow
from services.registrations.printing.sign_in_sheet import _TEMPLATE, sign_in_sheet
from shared.typesetting import _NOT_PLAIN, _compiled

NAMES = ("Œuvré Zoé", "Ілля Наталья", "عمر ليلى", "#let x = panic() *b* $x$ `", "\\ ] [ // @a <b>")


_SAID = {
    "language": "fr",
    "title": "Feuille",
    "place": "Lieu",
    "when": "mardi",
    "where": "Grande salle",
    "facilitator": None,
    "columns": ["Nom", "Signature"],
    "page": "Page",
}


def _sheet(
    names: Any = (), *, discreet: bool = False, language: str = "fr", capacity: int = 10
) -> pypdf.PdfReader:
    programme = Programme(code="budget", name="Budget", discreet=discreet)
    session = SessionRow(
        activity=Activity(title="Rendez-vous budget", programme=programme),
        place=Place(name="Tiers-lieu", city="Montpellier", timezone="Europe/Paris"),
        capacity=capacity,
    )
    meeting = Meeting(
        starts_at=datetime(2026, 12, 1, 13, tzinfo=UTC),
        ends_at=datetime(2026, 12, 1, 15, tzinfo=UTC),
        room=Room(name="Grande salle"),
        facilitator="Sami Martin",
    )
    people = [
        Participant(family_name=name, given_name="", email="ada@example.org", birth_year=1980)
        for name in names
    ]
    return pypdf.PdfReader(io.BytesIO(sign_in_sheet(session, meeting, people, language)))


def _text(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def _tags(node: Any) -> list[str]:
    """The structure of a document as its tags, parents first."""
    node = node.get_object()
    if isinstance(node, ArrayObject):
        return [tag for child in node for tag in _tags(child)]
    if not isinstance(node, DictionaryObject):
        return []
    own = [str(node["/S"])] if "/S" in node else []
    return own + (_tags(node["/K"]) if "/K" in node else [])


def test_it_says_that_it_is_accessible_and_is_tagged_as_a_table() -> None:
    reader = _sheet(["Lovelace Ada", "Martin Paul"], capacity=2)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert str(root["/Lang"]).startswith("fr")
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    tags = _tags(root["/StructTreeRoot"])
    assert (tags.count("/TR"), tags.count("/TH"), tags.count("/TD")) == (3, 2, 4)
    assert "/Table" in tags
    assert "/Title" in tags or "/H1" in tags
    assert reader.metadata is not None
    assert reader.metadata.title == "Feuille d’émargement – Rendez-vous budget"


def test_names_of_any_script_are_shown_and_none_is_read_as_markup() -> None:
    text = _text(_sheet(NAMES))
    for word in ("Œuvré", "Zoé", "Ілля", "Наталья", "#let x = panic() *b* $x$ `", "// @a <b>"):
        assert word in text
    # Extracted in the order in which they are drawn, or in the one in which they are read.
    assert any(name in text for name in ("عمر", "رمع"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ("Feuille d’émargement", "Nom", "mardi 1er décembre 2026, 14:00 – 16:00")),
        ("en", ("Sign-in sheet", "Name", "Tuesday 1 December 2026, 14:00 – 16:00")),
    ],
)
def test_it_is_said_in_the_language_asked_for(language: str, words: tuple[str, ...]) -> None:
    reader = _sheet(["Lovelace Ada"], language=language)
    text = _text(reader)
    assert [word for word in words if word not in text] == []
    assert "Grande salle" in text


def test_no_contact_and_no_age_is_on_it() -> None:
    text = _text(_sheet(["Lovelace Ada"]))
    assert "example.org" not in text
    assert "1980" not in text


def test_a_discreet_programme_is_not_named() -> None:
    reader = _sheet(["Lovelace Ada"], discreet=True)
    said = _text(reader) + str(reader.metadata)
    assert "udget" not in said
    assert "Martin" not in said
    assert "Lovelace Ada" in said


def test_a_long_list_goes_on_over_pages_with_its_head_on_each() -> None:
    reader = _sheet([f"Personne {n}" for n in range(60)], capacity=60)
    assert len(reader.pages) > 2
    assert all("Signature" in page.extract_text() for page in reader.pages)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=4))
def test_no_name_keeps_the_sheet_from_being_written(names: list[str]) -> None:
    text = _text(_sheet(["Lovelace Ada", *names]))
    assert "Lovelace Ada" in text


def test_signs_that_no_font_has_are_replaced_and_the_rest_of_the_sheet_stays() -> None:
    text = _text(_sheet(["王 Wang", "😀 Joie", "Наталья"]))
    assert all(word in text for word in ("Wang", "Joie", "Наталья"))


def test_many_signs_of_a_script_that_is_lacking_leave_the_other_scripts_as_they_are() -> None:
    lacking = ["".join(chr(0x4E00 + 97 * n + m) for m in range(3)) for n in range(40)]
    lacking += ["प्रिया", "สมชาย", "김민준", "a\U00017eac"]
    text = _text(_sheet([*lacking, "Наталья", "Œuvré"], capacity=60))
    assert "Наталья" in text
    assert "Œuvré" in text


def test_what_is_left_when_all_else_fails_can_be_printed() -> None:
    plain = [chr(sign) for sign in range(0x20, 0x180) if not _NOT_PLAIN.match(chr(sign))]
    assert len(plain) > 250
    assert _compiled(_TEMPLATE, json.dumps({**_SAID, "names": [*plain, "�"]}))
