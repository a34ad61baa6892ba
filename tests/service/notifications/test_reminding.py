"""Reminders, and what else nobody asks for: kept until they are due, moved and taken back with their dates."""

import logging
from datetime import timedelta
from uuid import UUID

import pytest

from services.notifications.models import Notification
from services.notifications.operations.remind import queue_due
from shared.events.catalogue import SessionCancelled, SessionClosed
from tests.service.notifications.conftest import (
    MailServer,
    Post,
    Registrations,
    meeting,
    soon,
)

LEADS = [2880, 120]


def reminded(post: Post, *statuses: str) -> list[Notification]:
    return [one for one in post.all() if one.kind == "reminder" and one.status in statuses]


def due(post: Post) -> None:
    """Let the time of every reminder come, and the sweeper find them."""
    for one in reminded(post, "scheduled"):
        post.make_due(one.id)
    with post.database.transaction() as transaction:
        queue_due(transaction)


@pytest.fixture
def session(registrations: Registrations) -> UUID:
    return registrations.session(reminder_minutes=LEADS)


def test_whoever_has_a_seat_is_reminded_two_days_and_two_hours_before(
    registrations: Registrations, post: Post, session: UUID
) -> None:
    registrations.register(session, registrations.person())
    (date,) = registrations.sessions[session]["meetings"]
    scheduled = reminded(post, "scheduled")
    assert sorted(date["starts_at"] - one.due_at for one in scheduled) == [  # type: ignore[operator]
        timedelta(hours=2),
        timedelta(days=2),
    ]


@pytest.mark.parametrize("status", ["pending", "waitlisted", "offered"])
def test_who_has_no_seat_is_not_reminded(
    registrations: Registrations, post: Post, session: UUID, status: str
) -> None:
    before = {"previous": "waitlisted"} if status == "offered" else {}
    person = registrations.person()
    if before:
        registrations.register(session, person, "waitlisted")
    registrations.register(session, person, status)
    assert reminded(post, "scheduled") == []


def test_a_reminder_names_the_date_it_is_about_and_goes_when_it_is_due(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    dates = [meeting(soon(days=days)) for days in (7, 14)]
    registrations.register(
        registrations.session(meetings=dates, reminder_minutes=[120]), registrations.person()
    )
    first, second = reminded(post, "scheduled")
    assert first.details["meeting_id"] == str(dates[0]["meeting_id"])
    post.send()
    assert len(mail_server.mails()) == 1
    post.let_a_minute_pass()
    post.make_due(second.id)
    with post.database.transaction() as transaction:
        assert queue_due(transaction) == 1
    post.send(second.id)
    text = mail_server.mails()[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    day = f"{dates[1]['starts_at']:%Y}"
    assert text.count(day) == 1
    assert reminded(post, "scheduled")[0].id == first.id


def test_a_session_that_moves_takes_its_reminders_along(
    registrations: Registrations, post: Post, session: UUID
) -> None:
    registrations.register(session, registrations.person())
    (date,) = registrations.sessions[session]["meetings"]
    first = {one.due_at for one in reminded(post, "scheduled")}
    for days in (1, 2, 3):
        moved = date | {
            name: date[name] + timedelta(days=days) for name in ("starts_at", "ends_at")
        }
        registrations.reschedule(session, meetings=[moved])
        assert {one.due_at for one in reminded(post, "scheduled")} == {
            at + timedelta(days=days)
            for at in first  # type: ignore[operator]
        }
    assert len(reminded(post, "cancelled")) == 6
    # Back to where it was: the same reminders hold again.
    registrations.reschedule(session, meetings=[date])
    assert {one.due_at for one in reminded(post, "scheduled")} == first
    assert len(reminded(post, "scheduled", "cancelled")) == 8


def test_moved_three_times_then_cancelled_nobody_is_reminded_and_the_end_is_told(
    registrations: Registrations, post: Post, session: UUID, mail_server: MailServer
) -> None:
    person = registrations.person()
    registration = registrations.register(session, person)
    (date,) = registrations.sessions[session]["meetings"]
    for days in (1, 2, 3):
        moved = date | {
            name: date[name] + timedelta(days=days) for name in ("starts_at", "ends_at")
        }
        registrations.reschedule(session, meetings=[moved])
    registrations.tell(SessionCancelled.of(session_id=session))
    registrations.change(
        registration, session, person, "cancelled", previous="confirmed", by="system"
    )
    post.send()
    assert reminded(post, "scheduled", "queued", "sent") == []
    assert mail_server.mail()["Subject"] == "Annulé\u202f: Repair Café"


def test_who_gives_up_their_seat_is_not_reminded(
    registrations: Registrations, post: Post, session: UUID
) -> None:
    person = registrations.person()
    registration = registrations.register(session, person)
    registrations.change(registration, session, person, "cancelled", previous="confirmed")
    assert len(reminded(post, "cancelled")) == 2
    registrations.register(session, person)
    assert len(reminded(post, "scheduled")) == 2


def test_heard_again_nobody_is_reminded_twice(
    registrations: Registrations, post: Post, session: UUID
) -> None:
    registrations.register(session, registrations.person())
    registrations.hear(*registrations.told)
    assert len(reminded(post, "scheduled", "cancelled")) == 2


def test_other_leads_of_the_programme_replace_those_that_have_not_left(
    registrations: Registrations, post: Post, session: UUID
) -> None:
    registrations.register(session, registrations.person())
    registrations.reschedule(session, reminder_minutes=[60])
    assert [one.details["ahead"] for one in reminded(post, "scheduled")] == ["hours"]
    assert [one.kind for one in post.all() if one.status == "queued"] == ["confirmed"]


def test_other_leads_do_not_silence_a_move_that_has_not_left(
    registrations: Registrations, post: Post, session: UUID
) -> None:
    registrations.register(session, registrations.person())
    (date,) = registrations.sessions[session]["meetings"]
    moved = date | {name: date[name] + timedelta(days=1) for name in ("starts_at", "ends_at")}
    registrations.reschedule(session, meetings=[moved])
    registrations.reschedule(session, reminder_minutes=[60])
    assert [one.status for one in post.all() if one.kind == "session-moved"] == ["queued"]
    assert [one.details["ahead"] for one in reminded(post, "scheduled")] == ["hours"]


def test_a_reminder_that_the_next_has_overtaken_is_dropped_and_says_so(
    registrations: Registrations,
    post: Post,
    session: UUID,
    mail_server: MailServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    registrations.register(session, registrations.person())
    late = max(reminded(post, "scheduled"), key=lambda one: one.details["ahead"] == "days")
    post.change(late.id, details={**late.details, "until": soon(minutes=-1).isoformat()})
    due(post)
    with caplog.at_level(logging.INFO):
        post.send(late.id)
    assert reminded(post, "too-late")[0].id == late.id
    assert "too_late" in caplog.text


def test_nobody_is_called_to_be_reminded(
    registrations: Registrations, post: Post, session: UUID
) -> None:
    registrations.register(session, registrations.person(email=None, phone="+33467000000"))
    due(post)
    post.send()
    assert {one.status for one in reminded(post, "suppressed")} == {"suppressed"}
    assert len(reminded(post, "suppressed")) == 2


# ── after the session ───────────────────────────────────────────────────────────────────────────


def test_those_who_came_are_asked_what_they_think(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session()
    came, stayed_away = (
        registrations.register(session, registrations.person(email=f"{name}@example.org"))
        for name in ("came", "away")
    )
    registrations.tell(SessionClosed.of(session_id=session, to_ask=[came]))
    asked = [one for one in post.all() if one.kind == "feedback-invitation"]
    assert [one.registration_id for one in asked] == [came]
    registrations.hear(registrations.told[-1])
    assert len([one for one in post.all() if one.kind == "feedback-invitation"]) == 1
    assert stayed_away not in {one.registration_id for one in asked}


def test_nobody_is_asked_about_what_is_long_over(registrations: Registrations, post: Post) -> None:
    session = registrations.session(meetings=[meeting(soon(days=-40))])
    registration = registrations.register(session, registrations.person())
    registrations.tell(SessionClosed.of(session_id=session, to_ask=[registration]))
    assert post.states()[-1] == ("feedback-invitation", "too-late")


def test_news_of_a_referral_is_told_without_saying_of_what(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    registrations.refer(registrations.person())
    post.send()
    mail = mail_server.mail()
    words = str(mail["Subject"]) + mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "budget" not in words.lower()
    assert "microcr" not in words.lower()
    assert "creasol" not in words.lower()
    assert post.states() == [("referral-news", "sent")]
