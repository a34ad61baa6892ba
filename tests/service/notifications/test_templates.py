"""Managers change the words of messages: seen before, versioned, taken back, and never in a message's way."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from services.notifications.models import TemplateVersion
from services.notifications.settings import author, sender_address
from tests.service.notifications.conftest import MailServer, Post, Registrations
from tests.service.notifications.sms import made_providers
from tests.service.notifications.test_letters import ADDRESS, words
from tests.service.notifications.test_messages import part
from tests.service.notifications.test_sms import Clock

Bearer = Callable[..., dict[str, str]]
PATH = "/v1/templates/confirmed/fr"
WORDS = 'C\'est bon, {{ name }} !\n\n{% include "fr/what.txt" %}\n\nAnnuler : <{{ manage_url }}>'
MINE = {"subject": "C'est noté{% if title %} : {{ short_title }}{% endif %}", "words": WORDS}


@pytest.fixture
def ask(client: FlaskClient, bearer: Bearer) -> Callable[..., Any]:
    def send(method: str, path: str = PATH, status: int = 200, **options: Any) -> Any:
        headers = bearer(options.pop("role", "manager")) | options.pop("headers", {})
        answer = client.open(path, method=method, headers=headers, **options)
        assert answer.status_code == status, answer.json
        return answer.json

    return send


def test_what_is_shipped_is_there_to_begin_with(ask: Callable[..., Any]) -> None:
    shown = ask("GET", role="adviser")
    assert (shown["name"], shown["language"], shown["version"]) == ("confirmed", "fr", 0)
    assert shown["is_shipped"]
    assert "Votre place est confirmée." in shown["words"]
    assert shown["required"] == ["manage_url"]
    assert {"name", "title", "manage_url"} <= set(shown["placeholders"])
    # Whoever sends it back changes nothing of what people read.
    same = {name: shown[name] for name in ("subject", "words")}
    assert ask("PUT", json=same | {"version": 0})["words"] == shown["words"]


def test_every_message_has_a_template_in_every_language_it_is_written_in(
    ask: Callable[..., Any],
) -> None:
    listed = ask("GET", "/v1/templates")["items"]
    languages: dict[str, list[str]] = {}
    for one in listed:
        languages.setdefault(one["name"], []).append(one["language"])
    assert languages["confirmed"] == languages["reminder"] == ["fr", "en", "es", "ar"]
    assert languages["events-parked"] == ["fr", "en"]
    ask("GET", "/v1/templates/events-parked/ar", 404)
    ask("GET", "/v1/templates/layout/fr", 404)
    ask("GET", "/v1/templates/confirmed/de", 404)


def test_people_are_told_in_a_managers_words(
    ask: Callable[..., Any], registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    changed = ask("PUT", json=MINE | {"version": 0})
    assert (changed["version"], changed["is_shipped"]) == (1, False)
    assert changed["changed_by"]
    for language in ("fr", "en"):
        registrations.register(registrations.session(), registrations.person(language=language))
    registrations.register(registrations.session(discreet=True), registrations.person())
    post.send()
    french, english, discreet = mail_server.mails()
    assert french["Subject"] == "C’est noté\u202f: Repair Café"
    assert part(french, "plain").startswith("Bonjour Amina,\n\nC’est bon, Amina\u202f!\n")
    assert part(french, "plain").rstrip().endswith("Merci de ne pas y répondre.")
    assert "bon, Amina" in part(french, "html")
    assert english["Subject"] == "Your place is confirmed: Repair Café"
    assert discreet["Subject"] == "C’est noté"
    assert "Repair" not in part(discreet, "plain") + part(discreet, "html")


def test_of_two_who_change_the_same_version_the_second_is_told(ask: Callable[..., Any]) -> None:
    ask("PUT", json=MINE | {"version": 0})
    problem = ask("PUT", status=409, json=MINE | {"version": 0})
    assert problem["type"].endswith("template-changed")
    ask("POST", f"{PATH}/versions/0/restore", 409, json={"version": 0})


def test_every_version_stays_and_can_be_taken_back(ask: Callable[..., Any]) -> None:
    ask("PUT", json=MINE | {"version": 0})
    ask("PUT", json=MINE | {"version": 1, "subject": "Autrement"})
    back = ask("POST", f"{PATH}/versions/1/restore", json={"version": 2})
    assert (back["version"], back["subject"], back["restored_from"]) == (3, MINE["subject"], 1)
    shipped = ask("POST", f"{PATH}/versions/0/restore", json={"version": 3})
    assert (shipped["version"], shipped["is_shipped"]) == (4, True)
    assert "Votre place est confirmée." in shipped["words"]
    kept = ask("GET", f"{PATH}/versions")["items"]
    assert [one["version"] for one in kept] == [4, 3, 2, 1, 0]
    assert kept[2]["subject"] == "Autrement"
    ask("POST", f"{PATH}/versions/9/restore", 404, json={"version": 4})


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Ligne 2 : il n'y a pas de repère « mange_url » ici."),
        ("en", "Line 2: there is no placeholder “mange_url” here."),
    ],
)
def test_a_mistake_is_named_in_ones_language_and_nothing_changes(
    ask: Callable[..., Any], language: str, said: str
) -> None:
    wrong = MINE | {"version": 0, "words": "Oui.\n<{{ mange_url }}>"}
    problem = ask("PUT", status=422, json=wrong, headers={"Accept-Language": language})
    (words,) = problem["errors"]["words"]
    assert words.startswith(said)
    assert ask("GET")["version"] == 0


def test_a_preview_shows_every_case_and_keeps_nothing(ask: Callable[..., Any], post: Post) -> None:
    items = ask("POST", f"{PATH}/preview", json=MINE)["items"]
    assert {(one["case"]["discreet"], one["case"]["dates"]) for one in items} == {
        (discreet, dates) for discreet in (False, True) for dates in (1, 12)
    }
    for one in items:
        assert one["subject"].startswith("C’est noté")
        assert one["html"].startswith("<!doctype html>")
        assert "C’est bon, Camille" in one["text"]
    assert ask("GET")["version"] == 0
    assert post.all() == []
    ask("POST", f"{PATH}/preview", 422, json={"words": "Sans lien."})
    shipped = ask("POST", f"{PATH}/preview", json={})["items"]
    assert "Votre place est confirmée." in shipped[0]["text"]


def test_words_that_fail_give_way_to_those_that_are_shipped(
    ask: Callable[..., Any], registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    ask("PUT", json=MINE | {"version": 0})
    with post.database.transaction() as transaction:
        # As if an older version had let it through.
        transaction.execute(update(TemplateVersion).values(words="{{ never_heard_of }}"))
    registrations.register(registrations.session(), registrations.person())
    post.send()
    assert mail_server.mail()["Subject"] == "Votre place est confirmée\u202f: Repair Café"
    assert "Votre place est confirmée." in part(mail_server.mail(), "plain")
    assert post.one().status == "sent"
    assert ask("GET")["failures"] == 1


def test_a_letter_is_in_a_managers_words_too(
    client: FlaskClient,
    bearer: Bearer,
    ask: Callable[..., Any],
    registrations: Registrations,
    post: Post,
) -> None:
    ask("PUT", json=MINE | {"version": 0})
    for language, own in (("fr", True), ("es", False), ("ar", False)):
        person = registrations.person(email=None, postal_address=ADDRESS, language=language)
        registrations.register(registrations.session(), person)
        path = f"/v1/notifications/{post.all()[-1].id}/letter.pdf"
        text = words(client.get(path, headers=bearer("adviser")))
        assert ("bon, Amina" in text) == own
        assert "\ufffd" not in text, "the fonts have every sign of the words"


SHORT = "{{ place }} : c'est bon, {{ brief_title }}, {{ brief_date }}.{% if link %} Lien : {{ link }}{% endif %}"


def test_an_sms_and_a_call_are_in_a_managers_words_too(
    ask: Callable[..., Any],
    registrations: Registrations,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = ask("GET")
    assert "c'est confirmé" in shown["sms"]
    assert shown["sms_required"] == ["link"]
    assert "name" not in shown["sms_placeholders"]
    changed = ask("PUT", json=MINE | {"version": 0, "sms": SHORT})
    assert changed["sms"] == SHORT
    # Whoever changes the mail alone leaves them as they are.
    assert ask("PUT", json=MINE | {"version": 1})["sms"] == SHORT
    session = registrations.session()
    registrations.register(session, registrations.person(email=None, phone="+33467123456"))
    (call,) = ask("GET", "/v1/calls", role="adviser", headers={"Accept-Language": "en"})["items"]
    assert call["words"].startswith("Tiers-lieu des Arceaux : c'est bon, Repair Café, ")
    assert "Lien" not in call["words"]
    assert call["meaning"].startswith("Tiers-lieu des Arceaux: confirmed, Repair Café, ")
    with made_providers(monkeypatch) as providers:
        Clock(monkeypatch)
        registrations.register(session, registrations.person(email=None, phone="+33612345678"))
        post.send(post.all()[-1].id)
        (text,) = providers.texts()
    assert text.startswith("Tiers-lieu des Arceaux : c'est bon, Repair Café, ")
    assert " Lien : http://arceaux.test/" in text
    back = ask("POST", f"{PATH}/versions/0/restore", json={"version": 2})
    assert back["sms"] == shown["sms"]


def test_a_preview_says_of_answers_what_mails_say(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = replace(author(), reply_to=sender_address("accueil@arceaux.example"))
    monkeypatch.setattr("services.notifications.api.templates.author", lambda: answered)
    items = ask("POST", f"{PATH}/preview", json={})["items"]
    assert all("Vous pouvez répondre à ce message." in item["text"] for item in items)


def test_a_preview_shows_what_an_sms_takes(ask: Callable[..., Any]) -> None:
    items = ask("POST", f"{PATH}/preview", json={"sms": f"{SHORT} Ça ira ? Êtes-vous là ?"})[
        "items"
    ]
    assert {one["sms"]["alphabet"] for one in items} == {"ucs-2"}
    assert all(1 < one["sms"]["segments"] <= 5 for one in items)
    problem = ask("POST", f"{PATH}/preview", 422, json={"sms": "Bonjour {{ name }}. {{ link }}"})
    assert [*problem["errors"]] == ["sms"]
    staff = ask("POST", "/v1/templates/events-parked/fr/preview", json={})["items"]
    assert {one["sms"] for one in staff} == {None}


@pytest.mark.parametrize("role", ["adviser", "operator"])
def test_only_managers_change_words(ask: Callable[..., Any], role: str) -> None:
    ask("PUT", status=403, role=role, json=MINE | {"version": 0})
    ask("POST", f"{PATH}/preview", 403, role=role, json={})
    ask("POST", f"{PATH}/versions/0/restore", 403, role=role, json={"version": 0})
