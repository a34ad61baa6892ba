"""What people typed, made fit for a header, a line and a greeting."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.notifications.domain.kinds import Kind
from services.notifications.domain.sessions import Meeting
from services.notifications.mail.compose import UnusableAddress, compose
from services.notifications.parcels import Addressee, Parcel
from services.notifications.rendering.about import About, DescribedSession
from services.notifications.rendering.dates import when
from services.notifications.rendering.text import (
    curled,
    french_spaces,
    name_to_greet,
    one_line,
    shortened,
)
from services.notifications.settings import sender_address

PARIS = ZoneInfo("Europe/Paris")
SENDER = sender_address("Tiers-lieu <ne-pas-repondre@arceaux.example>")


def about(title: str, given_name: str = "Amina") -> About:
    begins = datetime(2031, 8, 1, 10, tzinfo=UTC)
    return About(
        kind=Kind.CONFIRMED,
        language="fr",
        given_name=given_name,
        session=DescribedSession(
            title=title,
            place_name="Arceaux",
            place_address=None,
            timezone=PARIS,
            meetings=(Meeting(uuid4(), begins, begins + timedelta(hours=1), None),),
        ),
        details={"previous": None, "by": "participant"},
        sequence=0,
        manage_url="http://arceaux.test/x",
        short_code="4T8QK-0ZM2R",
        now=datetime(2031, 7, 1, tzinfo=UTC),
    )


def parcel(about: About, email: str = "a@example.org") -> Parcel:
    return Parcel(uuid4(), Addressee(about.given_name, email, None), about.language, (about,))


@given(st.text())
def test_a_line_has_no_end_and_no_controls(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in line)


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=300), st.text(st.characters(codec="utf-8")))
def test_no_title_or_name_can_add_a_header_or_break_one(title: str, name: str) -> None:
    assume(one_line(title))
    mail = compose(parcel(about(title, name)), SENDER)
    message = message_from_bytes(mail.content, policy=policy.default)
    assert [header.lower() for header in message.keys()] == [  # noqa: SIM118 - with repetitions
        "content-type",
        "mime-version",
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "content-language",
    ]
    expected = french_spaces(
        curled(f"Votre place est confirmée : {shortened(one_line(title), 80)}")
    )
    assert str(message["Subject"]) == expected
    assert max(map(len, mail.content.split(b"\r\n"))) <= 998
    assert mail.content.isascii()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(categories=["L", "Nd"]), min_size=1), min_size=1))
def test_the_words_of_a_title_arrive_apart(words: list[str]) -> None:
    title = " ".join(words)
    mail = compose(parcel(about(title)), SENDER)
    message = message_from_bytes(mail.content, policy=policy.default)
    assert str(message["Subject"]) == f"Votre place est confirmée\u202f: {shortened(title, 80)}"


@pytest.mark.parametrize(
    ("typed", "greeted"),
    [
        ("Amina", "Amina"),
        ("Jean-François", "Jean-François"),
        ("N'Golo", "N'Golo"),
        ("محمد", "محمد"),
        (" Marie\tÈve ", "Marie Ève"),
        ("http://evil.example", None),
        ("evil.example", None),
        ("Call 0600000000", None),
        ("A" * 41, None),
        ("", None),
    ],
)
def test_only_what_looks_like_a_name_is_greeted(typed: str, greeted: str | None) -> None:
    assert name_to_greet(typed) == greeted


def test_french_punctuation_stays_with_its_word() -> None:
    assert french_spaces("« Oui » : non ; si ! quoi ?") == (
        "«\u202fOui\u202f»\u202f: non\u202f; si\u202f! quoi\u202f?"
    )
    assert french_spaces("http://a.example") == "http://a.example"


def test_apostrophes_are_those_of_print_and_addresses_stay_as_they_are() -> None:
    assert curled("Qu'est-ce que l'atelier '2031'?") == "Qu’est-ce que l’atelier '2031'?"
    assert curled("L'avis d'Ada : <http://a.example/l'avis>") == (
        "L’avis d’Ada : <http://a.example/l'avis>"
    )


@pytest.mark.parametrize("address", ["", "a", "@example.org", "a@", "a b@example.org", "a@b\r\nc"])
def test_an_unusable_address_is_said_to_be(address: str) -> None:
    with pytest.raises(UnusableAddress):
        compose(parcel(about("x"), address), SENDER)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        (
            "fr",
            "du samedi 31 octobre 2026 à\u00a022\u202fh au dimanche 1er novembre 2026 à\u00a01\u202fh\u202f05",
        ),
        ("en", "from Saturday 31 October 2026 at 22:00 to Sunday 1 November 2026 at 01:05"),
    ],
)
def test_a_meeting_over_midnight_says_both_dates(language: str, written: str) -> None:
    begins = datetime(2026, 10, 31, 21, tzinfo=UTC)
    late = Meeting(uuid4(), begins, begins + timedelta(hours=3, minutes=5), None)
    assert when(late, language, PARIS) == written
