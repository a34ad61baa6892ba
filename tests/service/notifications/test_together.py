"""Several facts about one person within a minute become one message."""

from dataclasses import replace
from datetime import timedelta
from threading import Event as Flag
from threading import Thread

import icalendar
import pytest

from services.notifications.models import Session
from shared.events.calendars import sequence_at
from tests.service.notifications.conftest import (
    MailServer,
    Post,
    Registrations,
    meeting,
    soon,
)


def test_what_waits_for_one_person_goes_out_in_one_message(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    person = registrations.person()
    for title in ("Repair Café", "Anglais", "Premiers pas"):
        registrations.register(registrations.session(title=title), person)
    post.send()
    mail = mail_server.mail()
    assert mail["Subject"] == (
        "3 nouvelles pour vous – Votre place est confirmée\u202f: Repair Café"
    )
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[union-attr]
    assert text.count("Bonjour Amina") == 1
    assert text.count("À bientôt") == 1
    for title in ("Repair Café", "Anglais", "Premiers pas"):
        assert f"Votre place est confirmée\u202f: {title}\n" in text
    assert text.count("/v1/registrations/") == 3
    page = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert page.count("<h2") == 3
    sent = post.all()
    assert {one.status for one in sent} == {"sent"}
    assert {one.told_with for one in sent} == {sent[0].id}
    assert [len(one.tries) for one in sent] == [1, 1, 1]
    assert post.facts() == ["notification.sent"] * 3


def test_the_calendars_of_one_message_are_one_file(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    person = registrations.person()
    for _ in range(2):
        registrations.register(registrations.session(), person)
    post.send()
    (file,) = mail_server.mail().iter_attachments()
    events = icalendar.Calendar.from_ical(file.get_content()).walk("VEVENT")
    assert len({event["UID"] for event in events}) == 2


def test_a_date_told_of_twice_in_one_message_stands_once_in_its_calendar(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session()
    registrations.register(session, registrations.person())
    (date,) = registrations.sessions[session]["meetings"]
    later = date["starts_at"] + timedelta(days=1)
    moved = date | {"starts_at": later, "ends_at": later + timedelta(hours=1)}
    registrations.reschedule(session, meetings=[moved])
    post.send()
    (file,) = mail_server.mail().iter_attachments()
    (event,) = icalendar.Calendar.from_ical(file.get_content()).walk("VEVENT")
    assert event["DTSTART"].dt == later
    assert event["SEQUENCE"] == sequence_at(post.all()[1].created_at) + 1


def test_seats_and_cancellations_are_files_of_their_own(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    person, dropped = registrations.person(), registrations.session()
    seat = registrations.register(dropped, person)
    registrations.register(registrations.session(), person)
    registrations.change(seat, dropped, person, "cancelled", previous="confirmed")
    post.send()
    methods = [one.get_param("method") for one in mail_server.mail().iter_attachments()]
    assert methods == ["PUBLISH", "CANCEL"]


def test_other_people_and_other_languages_are_told_apart(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session()
    for language in ("fr", "en"):
        person = registrations.person(language=language)
        registrations.register(session, person)
    post.send()
    assert len(mail_server.mails()) == 2


def test_whoever_was_told_of_something_else_a_moment_ago_hears_the_rest_after_a_minute(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    person = registrations.person()
    registrations.register(registrations.session(), person)
    post.send()
    for _ in range(2):
        registrations.register(registrations.session(), person)
    post.send()
    assert len(mail_server.mails()) == 1
    first, second, third = post.all()
    assert first.sent_at is not None
    assert (second.status, second.due_at) == ("queued", first.sent_at + timedelta(minutes=1))
    post.let_a_minute_pass()
    post.send(second.id)
    assert len(mail_server.mails()) == 2
    assert [one.told_with for one in post.all()] == [first.id, second.id, second.id]
    assert post.all()[2].id == third.id


def test_the_next_step_of_one_registration_is_told_at_once(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    person, session = registrations.person(), registrations.session()
    registration = registrations.register(session, person, "waitlisted")
    post.send()
    registrations.change(registration, session, person, "confirmed", previous="waitlisted")
    post.send()
    assert post.states() == [("waitlisted", "sent"), ("promoted", "sent")]


def test_a_session_that_moves_again_and_again_is_told_of_once_more(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    """The first move at once; of those within the minute after it only the last."""
    session = registrations.session()
    registrations.register(session, registrations.person())
    post.send()
    for days in (8, 9, 10):
        registrations.reschedule(session, meetings=[meeting(soon(days=days))])
        post.send()
    assert post.states() == [
        ("confirmed", "sent"),
        ("session-moved", "sent"),
        ("session-moved", "cancelled"),
        ("session-moved", "queued"),
    ]


@pytest.mark.parametrize("answer", ["451 4.3.0 Later", "550 5.1.1 No"])
def test_what_was_refused_together_stands_alike(
    registrations: Registrations, post: Post, mail_server: MailServer, answer: str
) -> None:
    person = registrations.person()
    for _ in range(2):
        registrations.register(registrations.session(), person)
    mail_server.answer = answer
    post.send(post.all()[0].id)
    assert len({one.status for one in post.all()}) == 1
    assert [[one.code for one in message.tries] for message in post.all()] == [
        [int(answer[:3])]
    ] * 2


def test_two_workers_send_one_person_one_message(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    person = registrations.person()
    for _ in range(2):
        registrations.register(registrations.session(), person)
    first, second = (one.id for one in post.all())
    arrived, go_on = Flag(), Flag()

    def hold() -> None:
        arrived.set()
        go_on.wait(5)

    mail_server.on_data = hold
    sender = Thread(target=post.send, args=(first,))
    sender.start()
    assert arrived.wait(5)
    post.send(second)
    go_on.set()
    sender.join()
    assert len(mail_server.mails()) == 1
    assert {one.status for one in post.all()} == {"sent"}


def test_what_comes_too_late_is_left_out_of_the_message(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    person = registrations.person()
    registrations.register(registrations.session(title="Anglais"), person)
    begun = registrations.session(title="Couture", meetings=[meeting(soon(seconds=2))])
    registrations.register(begun, person)
    first, late = post.all()
    with post.database.transaction() as transaction:
        row = transaction.get_one(Session, begun)
        row.meetings = tuple(
            replace(one, starts_at=one.starts_at - timedelta(hours=1)) for one in row.meetings
        )
    post.send(first.id)
    assert mail_server.mail()["Subject"] == "Votre place est confirmée\u202f: Anglais"
    assert [one.status for one in post.all()] == ["sent", "too-late"]
    assert post.all()[1].id == late.id
