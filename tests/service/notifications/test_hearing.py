"""What each fact makes of the rows: who is told what, once, by which channel."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select

from services.notifications import broker
from services.notifications.handlers import HANDLERS
from services.notifications.models import Base, Contact, Registration, Session
from services.notifications.operations.hear import NotHeardOf
from shared.db import Database
from shared.events import catalogue
from shared.events.subscriptions import SUBSCRIPTIONS
from shared.messaging.celery import make_celery
from shared.migrations import check
from tests.servers import free_port
from tests.service.notifications.conftest import (
    MailServer,
    Post,
    Registrations,
    meeting,
    soon,
)


def test_every_type_that_is_subscribed_to_has_a_handler() -> None:
    types = SUBSCRIPTIONS["notifications"].values()
    assert HANDLERS.keys() == frozenset().union(*types)


def test_the_migration_makes_the_tables_that_the_models_declare(
    database_urls: dict[str, str],
) -> None:
    check("notifications", database_urls["notifications"], Base.metadata)


@pytest.mark.parametrize(
    ("status", "data", "kind"),
    [
        ("pending", {}, "registration-received"),
        ("confirmed", {}, "confirmed"),
        ("waitlisted", {"waitlist_position": 4}, "waitlisted"),
    ],
)
def test_a_new_registration_is_told_once_although_heard_twice(
    registrations: Registrations, post: Post, status: str, data: dict[str, int], kind: str
) -> None:
    session, person = registrations.session(), registrations.person()
    registration = registrations.register(session, person, status, **data)
    registrations.hear(*registrations.told)

    told = post.one()
    assert (told.kind, told.channel, told.status) == (kind, "email", "queued")
    assert (told.participant_id, told.registration_id) == (person, registration)
    assert told.session_id == session
    assert told.due_at is not None


@pytest.mark.parametrize(
    ("change", "by", "kind"),
    [
        (("waitlisted", "confirmed"), "system", "promoted"),
        (("pending", "confirmed"), "staff", "confirmed"),
        (("pending", "waitlisted"), "staff", "waitlisted"),
        (("pending", "declined"), "staff", "declined"),
        (("confirmed", "cancelled"), "participant", "cancelled"),
        (("waitlisted", "cancelled"), "staff", "cancelled"),
        (("confirmed", "cancelled"), "system", "session-cancelled"),
    ],
)
def test_a_change_supersedes_what_has_not_left(
    registrations: Registrations, post: Post, change: tuple[str, str], by: str, kind: str
) -> None:
    before, after = change
    session, person = registrations.session(), registrations.person()
    registration = registrations.register(session, person, before)
    registrations.change(registration, session, person, after, previous=before, by=by)
    registrations.hear(*registrations.told)

    first, second = post.all()
    assert first.status == "cancelled"
    assert (second.kind, second.status) == (kind, "queued")
    assert second.sequence == first.sequence + 1


def test_what_has_left_stays_sent_when_things_change(
    registrations: Registrations, post: Post
) -> None:
    session, person = registrations.session(), registrations.person()
    registration = registrations.register(session, person)
    post.send()
    registrations.change(registration, session, person, "cancelled", previous="confirmed")
    assert post.states() == [("confirmed", "sent"), ("cancelled", "queued")]


def test_a_superseded_message_is_never_sent(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session, person = registrations.session(), registrations.person()
    registration = registrations.register(session, person)
    registrations.change(registration, session, person, "cancelled", previous="confirmed")
    post.send()
    assert [mail["Subject"] for mail in mail_server.mails()] == [
        "Votre inscription est annulée\u202f: Repair Café"
    ]


@pytest.mark.parametrize(
    ("contact", "channel", "status"),
    [
        ({"email": "a@example.org", "phone": "+33600000000"}, "email", "queued"),
        ({"email": None, "phone": "+33600000000"}, "call", "to-call"),
        ({"email": None, "phone": None}, "desk", "scheduled"),
    ],
)
def test_everyone_is_told_by_the_best_channel_they_have(
    registrations: Registrations, post: Post, contact: dict[str, str], channel: str, status: str
) -> None:
    registrations.register(registrations.session(), registrations.person(**contact))
    assert (post.one().channel, post.one().status) == (channel, status)


def test_a_fact_heard_again_after_the_contact_changed_is_not_told_by_another_channel(
    registrations: Registrations, post: Post
) -> None:
    session, person = registrations.session(), registrations.person()
    registrations.register(session, person)
    confirmed = registrations.told[-1]
    registrations.person(participant_id=person, email=None, phone="+33600000000")
    registrations.hear(confirmed)
    assert post.one().channel == "email"


@pytest.mark.parametrize(
    ("wanted", "written"),
    [("fr", "fr"), ("en-GB", "en"), ("es-MX", "es"), ("ar", "ar"), ("de", "fr")],
)
def test_messages_are_in_the_language_of_the_person_or_in_french(
    registrations: Registrations, post: Post, wanted: str, written: str
) -> None:
    registrations.register(registrations.session(), registrations.person(language=wanted))
    assert post.one().language == written


def test_an_older_fact_heard_late_changes_nothing(
    registrations: Registrations, post: Post, notifications_database: Database
) -> None:
    session, person = registrations.session(), registrations.person()
    registration = registrations.register(session, person, "waitlisted")
    waitlisted = registrations.told.pop()
    # The promotion overtakes it, and the row of the first is gone, as if it had never been heard.
    registrations.told.append(waitlisted)
    registrations.change(registration, session, person, "confirmed", previous="waitlisted")
    with notifications_database.transaction() as transaction:
        transaction.delete(post.all()[0])
    registrations.hear(waitlisted)

    assert post.states() == [("promoted", "queued")]
    with notifications_database.transaction() as transaction:
        assert transaction.get_one(Registration, registration).status == "confirmed"


def test_a_fact_about_someone_unknown_is_refused_and_leaves_nothing(
    registrations: Registrations, notifications_database: Database, post: Post
) -> None:
    session = registrations.session()
    registrations.person()
    stranger = registrations.told[0].id
    with pytest.raises(NotHeardOf):
        registrations.register(session, stranger)
    with notifications_database.transaction() as transaction:
        assert transaction.scalar(select(func.count()).select_from(Registration)) == 0
    assert post.all() == []


def test_a_new_contact_replaces_the_old_and_an_old_one_does_not(
    registrations: Registrations, notifications_database: Database
) -> None:
    person = registrations.person(email="old@example.org")
    registrations.person(participant_id=person, email="new@example.org")
    registrations.hear(registrations.told[0])
    with notifications_database.transaction() as transaction:
        assert transaction.get_one(Contact, person).email == "new@example.org"


def test_a_cancelled_session_is_remembered_as_such(
    registrations: Registrations, notifications_database: Database
) -> None:
    from shared.events.catalogue import SessionCancelled

    session = registrations.session()
    registrations.tell(SessionCancelled.of(session_id=session))
    registrations.hear(registrations.told[0])
    with notifications_database.transaction() as transaction:
        assert transaction.get_one(Session, session).cancelled


def test_a_formed_session_is_told_once_to_those_who_have_a_seat(
    registrations: Registrations, post: Post
) -> None:
    session = registrations.session(minimum=2)
    people = [registrations.person() for _ in range(4)]
    states = ("confirmed", "waitlisted", "pending", "confirmed")
    for person, state in zip(people, states, strict=True):
        registrations.register(session, person, state)
    registrations.tell(catalogue.SessionFormed.of(session_id=session, minimum=2, confirmed=2))
    registrations.hear(registrations.told[-1])

    formed = [one for one in post.all() if one.kind == "session-formed"]
    assert {one.participant_id for one in formed} == {people[0], people[3]}
    assert len(formed) == 2


def test_a_moved_session_is_told_once_to_those_with_a_live_registration(
    registrations: Registrations, post: Post
) -> None:
    session = registrations.session()
    people = [registrations.person() for _ in range(4)]
    states = ("confirmed", "waitlisted", "pending", "confirmed")
    held = [registrations.register(session, *pair) for pair in zip(people, states, strict=True)]
    registrations.change(held[3], session, people[3], "cancelled", previous="confirmed")
    post.send()
    registrations.reschedule(session, meetings=[meeting(soon(days=9))])
    registrations.hear(registrations.told[-1])

    moved = [one for one in post.all() if one.kind == "session-moved"]
    assert {one.participant_id for one in moved} == set(people[:3])
    assert {one.details["registration"] for one in moved} == {"confirmed", "waitlisted", "pending"}
    assert {(one.status, one.details["moved"]) for one in moved} == {("queued", "times")}


def test_a_second_move_supersedes_the_first_that_has_not_left(
    registrations: Registrations, post: Post
) -> None:
    session, person = registrations.session(), registrations.person()
    registrations.register(session, person)
    post.send()
    for days in (8, 9):
        registrations.reschedule(session, meetings=[meeting(soon(days=days))])
    assert post.states() == [
        ("confirmed", "sent"),
        ("session-moved", "cancelled"),
        ("session-moved", "queued"),
    ]


@pytest.mark.parametrize(
    "change", [{"capacity": 99}, {"title": "Repair Café 2"}, {"minimum": 3}], ids=str
)
def test_a_change_that_moves_nothing_is_told_to_nobody(
    registrations: Registrations, post: Post, change: dict[str, object]
) -> None:
    session, person = registrations.session(), registrations.person()
    registrations.register(session, person)
    registrations.reschedule(session, **change)
    assert post.states() == [("confirmed", "queued")]


def test_nothing_is_told_of_a_session_that_has_begun(
    registrations: Registrations, post: Post
) -> None:
    session = registrations.session(meetings=[meeting(soon(minutes=-5))])
    registrations.register(session, registrations.person())
    assert post.one().status == "too-late"
    assert post.one().due_at is None


def test_a_course_can_still_be_joined_and_told_after_its_first_meeting(
    registrations: Registrations, post: Post
) -> None:
    begun = soon(days=-1)
    session = registrations.session(meetings=[meeting(begun), meeting(begun + timedelta(weeks=1))])
    registrations.register(session, registrations.person())
    assert post.one().status == "queued"


def test_telling_hurries_one_job_for_many_messages(
    registrations: Registrations, post: Post, jobs_sent: Callable[[], int]
) -> None:
    session = registrations.session()
    for _ in range(3):
        registrations.register(session, registrations.person())
    assert jobs_sent() == 3
    registrations.reschedule(session, meetings=[meeting(soon(days=8))])
    assert jobs_sent() == 4


def test_without_a_broker_the_rows_stay(
    registrations: Registrations, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = make_celery("notifications", f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setattr(broker, "celery", away)
    registrations.register(registrations.session(), registrations.person())
    assert post.one().status == "queued"


def test_a_registration_costs_two_statements_and_a_change_three(
    registrations: Registrations, notifications_database: Database
) -> None:
    session, person = registrations.session(), registrations.person()
    statements: list[str] = []
    sqlalchemy_event.listen(
        notifications_database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: statements.append(statement),
    )
    registration = registrations.register(session, person)
    assert len(statements) == 2
    statements.clear()
    registrations.change(registration, session, person, "cancelled", previous="confirmed")
    assert len(statements) == 3
