"""What else there is, in the messages to those whose session was cancelled or moved."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.catalogue import SessionCancelled
from tests.service.notifications.conftest import (
    MailServer,
    Post,
    Registrations,
    meeting,
    soon,
)

NOON = datetime(2031, 8, 1, 10, tzinfo=UTC)
_ALTERNATIVES = [
    {
        "session_id": uuid4(),
        "title": title,
        "starts_at": starts_at,
        "place_name": "Maison Gambetta",
        "timezone": "Europe/Paris",
    }
    for title, starts_at in (
        ("Couture & <retouches>", NOON),
        ("Vélo", NOON + timedelta(days=1)),
        ("Déjà commencé", datetime(2020, 1, 1, tzinfo=UTC)),
    )
]


def part(mail: EmailMessage, kind: str) -> str:
    """The words of a message, as ``plain`` text or as an ``html`` page."""
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def _cancel(
    registrations: Registrations, session: UUID, person: UUID, alternatives: list[Any]
) -> None:
    registration = registrations.register(session, person)
    registrations.tell(SessionCancelled.of(session_id=session, alternatives=alternatives))
    registrations.change(
        registration, session, person, "cancelled", previous="confirmed", by="system"
    )


def _move(
    registrations: Registrations, session: UUID, person: UUID, alternatives: list[Any]
) -> None:
    registrations.register(session, person)
    registrations.reschedule(session, meetings=[meeting(soon(days=9))], alternatives=alternatives)


_SAYS = {
    "fr": (
        "D’autres activités ont encore des places",
        "Couture & retouches, vendredi 1er août 2031 à\u00a012\u202fh, Maison Gambetta",
    ),
    "en": (
        "Other activities still have places:",
        "Couture & retouches, Friday 1 August 2031 at 12:00, Maison Gambetta",
    ),
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("happens", [_cancel, _move])
def test_each_is_named_with_its_link_in_text_and_page_unless_it_has_begun(
    registrations: Registrations, post: Post, mail_server: MailServer, happens: Any, language: str
) -> None:
    session, person = registrations.session(), registrations.person(language=language)
    happens(registrations, session, person, _ALTERNATIVES)
    post.send()
    mail = mail_server.mails()[-1]
    text, page = part(mail, "plain"), part(mail, "html")
    for said in _SAYS[language]:
        assert said in text
        assert said.replace("&", "&amp;").replace("'", "&#39;") in page
    for one in _ALTERNATIVES[:2]:
        assert f"/v1/sessions/{one['session_id']}>" in text
        assert f'/v1/sessions/{one["session_id"]}"' in page
    assert "commencé" not in text + page


@pytest.mark.parametrize("happens", [_cancel, _move])
def test_nothing_is_said_when_there_is_nothing_else(
    registrations: Registrations, post: Post, mail_server: MailServer, happens: Any
) -> None:
    happens(registrations, registrations.session(), registrations.person(), [])
    post.send()
    text = part(mail_server.mails()[-1], "plain")
    assert "/v1/sessions/" not in text
    assert "encore des places" not in text


@pytest.mark.parametrize("happens", [_cancel, _move])
def test_of_a_discreet_session_only_date_and_place_are_said(
    registrations: Registrations, post: Post, mail_server: MailServer, happens: Any
) -> None:
    session = registrations.session(title="Dettes", discreet=True)
    happens(registrations, session, registrations.person(), _ALTERNATIVES[:1])
    post.send()
    mail = mail_server.mails()[-1]
    text = part(mail, "plain")
    assert "Un autre rendez-vous est possible" in text
    assert "vendredi 1er août 2031 à\u00a012\u202fh, Maison Gambetta" in text.replace(
        "Vendredi", "vendredi"
    )
    assert "Couture" not in text + part(mail, "html")
    assert "Dettes" not in text + part(mail, "html")


_ANOTHER_DATE = {
    "fr": ("Il reste des places à une autre date :", "Il reste des places à d’autres dates :"),
    "en": ("There are still places on another date:", "There are still places on other dates:"),
    "es": ("Quedan plazas en otra fecha:", "Quedan plazas en otras fechas:"),
    "ar": ("لا تزال هناك أماكن في موعد آخر:", "لا تزال هناك أماكن في مواعيد أخرى:"),
}


@pytest.mark.parametrize("language", sorted(_ANOTHER_DATE))
@pytest.mark.parametrize("many", [False, True])
def test_the_same_activity_on_another_day_is_not_called_another_one(
    registrations: Registrations, post: Post, mail_server: MailServer, language: str, many: bool
) -> None:
    same = [
        {**_ALTERNATIVES[0], "title": "Repair Café", "starts_at": NOON + timedelta(days=days)}
        for days in range(1 + many)
    ]
    session = registrations.session(title="Repair Café")
    person = registrations.person(language=language)
    _cancel(registrations, session, person, [*same, _ALTERNATIVES[1]])
    post.send()

    text = part(mail_server.mail(), "plain").replace("\u202f", " ").replace("\u00a0", " ")
    said, other = _ANOTHER_DATE[language][many], text.index("Vélo")
    assert text.index(said) < text.index("Repair Café", text.index(said)) < other
    assert not many or _ANOTHER_DATE[language][False] not in text
    if language == "fr":
        assert text.index("Une autre activité a encore des places :") < other


def test_a_change_that_moves_nothing_leaves_what_was_said_of_the_last_move(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session, person = registrations.session(), registrations.person()
    _move(registrations, session, person, _ALTERNATIVES)
    registrations.reschedule(session, capacity=20, alternatives=[])
    post.send()
    assert "Couture" in part(mail_server.mails()[-1], "plain")
