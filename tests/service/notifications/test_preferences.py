"""What people do not want is not sent to them: said with one click, by link or at the desk, and honoured at once."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from services.notifications.domain.kinds import Kind
from services.notifications.domain.unsubscribing import unsubscribe_token
from services.notifications.models import Preference
from services.notifications.operations.held import holding
from shared.events.catalogue import ParticipantErased, ParticipantMerged, SessionClosed
from shared.events.links import manage_token
from tests.service.notifications.conftest import MailServer, Post, Registrations, meeting, soon
from tests.service.notifications.test_messages import part

Bearer = Callable[..., dict[str, str]]
REMINDED: dict[str, Any] = {"reminder_minutes": [2880, 120]}
NO_REMINDERS = {"kind": "reminder", "channel": None}


@pytest.fixture
def seated(registrations: Registrations) -> tuple[UUID, UUID, UUID]:
    """A person with a seat in a session: session, person and registration. Two reminders wait."""
    session, person = registrations.session(**REMINDED), registrations.person()
    return session, person, registrations.register(session, person)


def reminders(post: Post) -> list[str]:
    return [one.status for one in post.all() if one.kind == "reminder"]


def remind(post: Post) -> None:
    """Let the reminders be due, and send what is."""
    for one in post.all():
        if one.status == "scheduled":
            post.change(one.id, status="queued", due_at=soon(minutes=-1))
    post.send()


def link_in(mail: Any) -> str:
    (path,) = re.findall(r"<http://told\.arceaux\.test(/v1/unsubscribe/\S+)>", part(mail, "plain"))
    return str(path)


@pytest.fixture
def path(seated: Any, post: Post, mail_server: MailServer, registrations: Registrations) -> str:
    """The link that a reminder came with; another reminder still waits."""
    first, *_ = [one for one in post.all() if one.kind == "reminder"]
    post.change(first.id, status="queued", due_at=soon(minutes=-1))
    post.send(first.id)
    return link_in(mail_server.mails()[-1])


def test_a_reminder_can_be_left_with_one_click_and_an_answer_cannot(
    seated: Any, post: Post, mail_server: MailServer
) -> None:
    confirmation = next(one for one in post.all() if one.kind == "confirmed")
    post.send(confirmation.id)
    post.let_a_minute_pass()
    remind(post)
    answer, reminder = mail_server.mails()
    assert answer["List-Unsubscribe"] is None
    assert "unsubscribe" not in part(answer, "plain")
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (
        str(reminder["List-Unsubscribe"]).strip()
        == f"<http://told.arceaux.test{link_in(reminder)}>"
    )
    assert link_in(reminder) in part(reminder, "html")


def test_an_answer_that_takes_a_reminder_along_is_no_list(
    seated: Any, post: Post, mail_server: MailServer
) -> None:
    remind(post)
    assert mail_server.mail()["List-Unsubscribe"] is None
    # Yet who reads on finds how to leave.
    assert "/v1/unsubscribe/" in part(mail_server.mail(), "plain")


def test_one_click_takes_back_what_waits_and_keeps_the_rest_coming(
    client: FlaskClient, registrations: Registrations, seated: Any, post: Post, path: str
) -> None:
    assert reminders(post) == ["sent", "scheduled"]
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert reminders(post) == ["sent", "suppressed"]
    session, person, registration = seated
    registrations.change(registration, session, person, "cancelled", previous="confirmed")
    post.let_a_minute_pass()
    post.send()
    assert post.all()[-1].status == "sent"
    # Nor does a new seat bring new reminders.
    registrations.register(registrations.session(**REMINDED), person)
    remind(post)
    assert sorted(reminders(post)) == ["sent", *["suppressed"] * 3]


def test_a_message_already_due_is_not_sent_either(
    client: FlaskClient, post: Post, mail_server: MailServer, path: str
) -> None:
    rest = next(one for one in post.all() if one.status == "scheduled")
    post.change(rest.id, status="queued", due_at=soon(minutes=-1))
    client.post(path)
    before = len(mail_server.mails())
    post.send()
    assert reminders(post) == ["sent", "suppressed"]
    assert all("Rappel" not in str(mail["Subject"]) for mail in mail_server.mails()[before:])


def test_looking_at_the_page_changes_nothing(client: FlaskClient, post: Post, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.content_type.startswith("text/html")
    assert '<form method="post">' in page.text
    assert reminders(post) == ["sent", "scheduled"]


@pytest.mark.parametrize(
    ("language", "kind", "words"),
    [
        ("fr", Kind.REMINDER, ("ne plus recevoir", "rappels")),
        ("fr", Kind.FEEDBACK_INVITATION, ("ne plus recevoir", "avis")),
        ("en", Kind.REMINDER, ("stop receiving", "reminders")),
        ("en", Kind.FEEDBACK_INVITATION, ("stop receiving", "view")),
        ("es", Kind.REMINDER, ("dejar de recibir", "recordatorios")),
        ("es", Kind.FEEDBACK_INVITATION, ("dejar de recibir", "opinión")),
        ("ar", Kind.REMINDER, ("التوقف", "تذكيرات")),
        ("ar", Kind.FEEDBACK_INVITATION, ("التوقف", "رأي")),
    ],
)
def test_the_page_asks_in_the_persons_language_what_to_leave_and_reveals_nothing(
    client: FlaskClient,
    registrations: Registrations,
    language: str,
    kind: Kind,
    words: tuple[str, str],
) -> None:
    asks, what = words
    direction = "rtl" if language == "ar" else "ltr"
    person = registrations.person(language=language)
    path = f"/v1/unsubscribe/{unsubscribe_token('a-secret', person, kind)}"
    for page in (client.get(path), client.post(path)):
        assert what in page.text
        assert f'<html lang="{language}" dir="{direction}">' in page.text
        assert not re.search(r"amina|benali|@|repair", page.text, re.IGNORECASE)
        assert page.headers["Cache-Control"] == "no-store"
    assert asks in client.get(path).text


def test_a_link_that_is_not_ours_is_unknown_whatever_is_wrong_with_it(
    client: FlaskClient, registrations: Registrations, post: Post
) -> None:
    person = registrations.person()
    good = unsubscribe_token("a-secret", person, Kind.REMINDER)
    wrong = [
        unsubscribe_token("another", person, Kind.REMINDER),
        unsubscribe_token("a-secret", uuid4(), Kind.REMINDER),
        unsubscribe_token("a-secret", person, Kind.CONFIRMED),
        good[:-1],
        good + "A",
        "x",
        "é" * 46,
    ]
    answers = [
        client.open(f"/v1/unsubscribe/{one}", method=m) for one in wrong for m in ("GET", "POST")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json["detail"] for answer in answers}) == 1
    assert client.post(f"/v1/unsubscribe/{good}").status_code == 200


def test_clicking_twice_is_as_clicking_once(client: FlaskClient, post: Post, path: str) -> None:
    assert [client.post(path).status_code for _ in range(2)] == [200, 200]
    with post.database.transaction() as transaction:
        (kept,) = transaction.query(Preference).all()
        assert len(kept.unwanted) == 1
        assert kept.changed_by == "participant"


def test_staff_say_for_a_person_what_they_do_not_want(
    client: FlaskClient, bearer: Bearer, seated: Any, post: Post
) -> None:
    _, person, _ = seated
    path, headers = f"/v1/preferences/{person}", bearer("adviser")
    shown = client.get(path, headers=headers).json
    assert (shown["unwanted"], shown["contact_consent"]) == ([], True)
    changed = client.put(path, headers=headers, json={"unwanted": [NO_REMINDERS]}).json
    assert changed["unwanted"] == [NO_REMINDERS]
    assert changed["changed_by"] not in (None, "participant")
    assert reminders(post) == ["suppressed", "suppressed"]
    assert client.put(path, headers=headers, json={"unwanted": []}).json["unwanted"] == []


def test_a_person_says_it_with_the_link_of_their_registration(
    client: FlaskClient, registrations: Registrations, seated: Any
) -> None:
    _, person, registration = seated
    path = f"/v1/preferences/{person}"
    mine = {"registration": str(registration), "token": manage_token("a-secret", registration)}
    changed = client.put(path, query_string=mine, json={"unwanted": [NO_REMINDERS]})
    assert changed.json["changed_by"] == "participant"
    assert client.get(path, query_string=mine).json["unwanted"] == [NO_REMINDERS]
    for wrong in ({}, mine | {"token": "x"}, mine | {"registration": str(uuid4())}):
        assert client.get(path, query_string=wrong).status_code == 404
    other = registrations.person(access_key="other")
    assert client.get(f"/v1/preferences/{other}", query_string=mine).status_code == 404


@pytest.mark.parametrize(
    "unwanted",
    [
        {},
        {"kind": None, "channel": None},
        {"kind": "confirmed"},
        {"channel": "desk"},
        {"kind": "nothing"},
    ],
)
def test_what_cannot_be_done_without_cannot_be_refused(
    client: FlaskClient, bearer: Bearer, seated: Any, unwanted: dict[str, Any]
) -> None:
    path = f"/v1/preferences/{seated[1]}"
    answer = client.put(path, headers=bearer("manager"), json={"unwanted": [unwanted]})
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_who_wants_no_mail_is_told_in_another_way(
    client: FlaskClient, bearer: Bearer, registrations: Registrations, post: Post
) -> None:
    person = registrations.person(phone="+33467000000")
    no_mail = {"unwanted": [{"kind": None, "channel": "email"}]}
    client.put(f"/v1/preferences/{person}", headers=bearer("adviser"), json=no_mail)
    registrations.register(registrations.session(**REMINDED), person)
    post.send()
    told = next(one for one in post.all() if one.kind == "confirmed")
    assert (told.channel, told.status) == ("call", "to-call")


@pytest.mark.parametrize(
    "case", [(["letter"], "call"), (["call"], "letter"), (["letter", "call"], "desk")]
)
def test_who_has_no_mailbox_is_not_told_by_what_they_refuse(
    client: FlaskClient,
    bearer: Bearer,
    registrations: Registrations,
    post: Post,
    case: tuple[list[str], str],
) -> None:
    channels, told_by = case
    address = {"lines": ["1 rue X"], "postcode": "34000", "city": "Montpellier", "country": "FR"}
    person = registrations.person(email=None, phone="+33467000000", postal_address=address)
    wishes = {"unwanted": [{"kind": None, "channel": channel} for channel in channels]}
    client.put(f"/v1/preferences/{person}", headers=bearer("adviser"), json=wishes)
    registrations.register(registrations.session(meetings=[meeting(soon(days=30))]), person)
    assert post.one().channel == told_by


def test_a_failed_mail_is_not_called_about_where_no_call_is_wanted(
    client: FlaskClient, bearer: Bearer, registrations: Registrations, post: Post, mail_server: Any
) -> None:
    person = registrations.person(phone="+33467000000")
    wishes = {"unwanted": [{"kind": None, "channel": "call"}]}
    client.put(f"/v1/preferences/{person}", headers=bearer("adviser"), json=wishes)
    registrations.register(registrations.session(), person)
    mail_server.answer_to_recipient = "550 5.1.1 No such user"
    post.send()
    assert post.one().status == "failed"


def test_without_consent_people_are_told_what_they_asked_for_and_no_more(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    person = registrations.person(contact_consent=False)
    session = registrations.session(**REMINDED)
    registration = registrations.register(session, person)
    remind(post)
    registrations.tell(SessionClosed.of(session_id=session, to_ask=[registration]))
    post.let_a_minute_pass()
    post.send()
    assert {(one.kind, one.status) for one in post.all()} == {
        ("confirmed", "sent"),
        ("reminder", "sent"),
        ("feedback-invitation", "suppressed"),
    }


def test_consent_that_is_taken_back_takes_back_what_waits(
    registrations: Registrations, seated: Any, post: Post
) -> None:
    session, person, registration = seated
    registrations.tell(SessionClosed.of(session_id=session, to_ask=[registration]))
    registrations.person(participant_id=person, contact_consent=False)
    waiting = {one.kind: one.status for one in post.all()}
    assert waiting["feedback-invitation"] == "suppressed"
    assert (waiting["confirmed"], waiting["reminder"]) == ("queued", "scheduled")


def test_records_that_are_one_person_share_what_they_do_not_want(
    client: FlaskClient, bearer: Bearer, registrations: Registrations, seated: Any, post: Post
) -> None:
    _, person, _ = seated
    left = registrations.person()
    unwanted = {"unwanted": [NO_REMINDERS]}
    client.put(f"/v1/preferences/{left}", headers=bearer("adviser"), json=unwanted)
    merge = {"merge_id": uuid4(), "participant_id": person, "merged_participant_id": left}
    registrations.tell(ParticipantMerged.of(**merge, registrations=[]))
    remind(post)
    assert set(reminders(post)) == {"suppressed"}


def test_who_is_forgotten_leaves_no_preference_and_a_link_that_is_unknown(
    client: FlaskClient, registrations: Registrations, seated: Any, post: Post, path: str
) -> None:
    client.post(path)
    _, person, registration = seated
    with post.database.transaction() as transaction:
        held = holding(transaction, [person], [registration])
    assert held["preferences"][0]["unwanted"] == [NO_REMINDERS]
    erasure = {"erasure_id": uuid4(), "participants": [person], "registrations": [registration]}
    registrations.tell(ParticipantErased.of(**erasure))
    assert client.post(path).status_code == 404
    with post.database.transaction() as transaction:
        assert transaction.query(Preference).count() == 0
