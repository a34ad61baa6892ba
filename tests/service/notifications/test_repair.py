"""What staff decide about a message: another channel, or none at all; each decision on record."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from services.notifications.domain.states import RESENDABLE, UNSENT, Status
from services.notifications.models import AuditEntry
from tests.service.notifications.conftest import MailServer, Post, Registrations, meeting, soon

Bearer = Callable[..., dict[str, str]]
Decide = Callable[..., Any]

ADDRESS = {"lines": ["1 rue X"], "postcode": "34070", "city": "Montpellier", "country": "FR"}
EVERY_CHANNEL = {"phone": "+33467000000", "postal_address": ADDRESS}


@pytest.fixture
def decide(client: FlaskClient, bearer: Bearer) -> Decide:
    """What is answered to staff who have something done with a message: status, and body."""

    def decide(id: Any, what: str, *, role: str = "adviser", **body: Any) -> tuple[int, Any]:
        url = f"/v1/notifications/{id}/{what}"
        answer = client.post(url, json=body or None, headers=bearer(role))
        return answer.status_code, answer.json

    return decide


@pytest.fixture
def sent(registrations: Registrations, post: Post) -> Any:
    """The id of a message that was mailed to somebody who can also be called and written to."""
    registrations.register(registrations.session(), registrations.person(**EVERY_CHANNEL))
    post.send()
    return post.one().id


# ── another channel ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("channel", "status"), [("call", "to-call"), ("letter", "to-print"), ("desk", "scheduled")]
)
def test_what_was_mailed_and_not_seen_is_told_by_the_channel_that_staff_choose(
    decide: Decide, post: Post, sent: Any, channel: str, status: str
) -> None:
    answered, body = decide(sent, "resend", channel=channel)
    assert (answered, body["channel"], body["status"]) == (200, channel, status)
    assert [one["channel"] for one in body["attempts"]] == ["email"]
    assert body["sent_at"] is None


def test_who_was_to_be_called_is_mailed_instead_and_at_once(
    decide: Decide,
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    jobs_sent: Callable[[], int],
) -> None:
    registrations.register(registrations.session(), registrations.person(**EVERY_CHANNEL))
    mail_server.answer_to_recipient = "550 5.1.1 No"
    post.send()
    assert post.one().status == "to-print"
    before = jobs_sent()
    assert decide(post.one().id, "resend", channel="email")[0] == 200
    assert jobs_sent() == before + 1
    mail_server.answer_to_recipient = ""
    post.send()
    assert [one.outcome for one in post.one().tries] == ["refused", "accepted"]
    assert len(mail_server.received) == 1


def test_by_the_channel_chosen_it_is_told_or_not_at_all(
    decide: Decide, post: Post, sent: Any, mail_server: MailServer
) -> None:
    decide(sent, "resend", channel="call")
    decide(sent, "resend", channel="email")
    mail_server.answer_to_recipient = "550 5.1.1 No"
    post.let_a_minute_pass()
    post.send()
    assert (post.one().channel, post.one().status) == ("email", "failed")


@pytest.mark.parametrize("channel", ["sms", "letter", "call"])
def test_a_channel_that_the_person_does_not_have_is_refused(
    decide: Decide, registrations: Registrations, post: Post, channel: str
) -> None:
    registrations.register(registrations.session(), registrations.person())
    post.send()
    answered, body = decide(post.one().id, "resend", channel=channel)
    assert (answered, body["type"].rpartition(":")[2]) == (409, "not-reached")
    assert (post.one().channel, post.one().status) == ("email", "sent")


def test_a_letter_that_would_come_too_late_is_refused(
    decide: Decide, registrations: Registrations, post: Post
) -> None:
    session = registrations.session(meetings=[meeting(soon(hours=30))])
    registrations.register(session, registrations.person(**EVERY_CHANNEL))
    post.send()
    assert decide(post.one().id, "resend", channel="letter")[0] == 409


def test_what_the_person_does_not_want_is_refused(
    client: FlaskClient, bearer: Bearer, decide: Decide, post: Post, sent: Any
) -> None:
    client.put(
        f"/v1/preferences/{post.one().participant_id}",
        json={"unwanted": [{"channel": "call"}]},
        headers=bearer("adviser"),
    )
    assert decide(sent, "resend", channel="call")[0] == 409


@pytest.mark.parametrize("status", sorted(set(Status) - RESENDABLE))
def test_what_is_leaving_or_not_to_be_told_is_not_sent_another_way(
    decide: Decide, post: Post, sent: Any, status: Status
) -> None:
    post.change(sent, status=status)
    answered, body = decide(sent, "resend", channel="call")
    assert (answered, body["type"].rpartition(":")[2]) == (409, "not-resendable")
    assert post.one().status == status


def test_by_the_channel_that_it_went_by_it_is_not_sent_twice(decide: Decide, sent: Any) -> None:
    assert decide(sent, "resend", channel="email")[0] == 409


@pytest.mark.parametrize("decision", [("resend", "call"), ("retry", None)])
def test_what_is_no_longer_so_is_not_told_again(
    decide: Decide,
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    decision: tuple[str, str | None],
) -> None:
    person = registrations.person(**EVERY_CHANNEL)
    session = registrations.session()
    registration = registrations.register(session, person, "waitlisted")
    mail_server.hang_up = "after"
    post.send()
    registrations.change(registration, session, person, "confirmed", previous="waitlisted")
    what, channel = decision
    body = {"channel": channel} if channel else {}
    answered, said = decide(post.all()[0].id, what, **body)
    assert (answered, said["type"].rpartition(":")[2]) == (409, "no-longer-so")
    assert post.all()[0].status == "unknown"


def test_a_channel_that_there_is_none_of_is_refused_by_name(decide: Decide, sent: Any) -> None:
    answered, body = decide(sent, "resend", channel="pigeon")
    assert (answered, list(body["errors"])) == (422, ["channel"])


# ── no channel ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", sorted(UNSENT))
def test_what_has_not_left_can_be_taken_back_and_then_never_leaves(
    decide: Decide,
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    status: Status,
) -> None:
    registrations.register(registrations.session(), registrations.person())
    post.change(post.one().id, status=status)
    for _ in range(2):
        answered, body = decide(post.one().id, "cancel")
        assert (answered, body["status"], body["due_at"]) == (200, "cancelled", None)
    post.send()
    assert mail_server.received == []


@pytest.mark.parametrize("status", sorted(set(Status) - UNSENT - {Status.CANCELLED}))
def test_what_has_left_or_is_leaving_cannot_be_taken_back(
    decide: Decide, post: Post, sent: Any, status: Status
) -> None:
    post.change(sent, status=status)
    answered, body = decide(sent, "cancel")
    assert (answered, body["type"].rpartition(":")[2]) == (409, "not-cancellable")
    assert post.one().status == status


# ── by whom ─────────────────────────────────────────────────────────────────────────────────────


def test_who_decided_what_is_on_record(
    decide: Decide, registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    registrations.register(registrations.session(), registrations.person(**EVERY_CHANNEL))
    mail_server.hang_up = "after"
    post.send()
    message = post.one().id
    decide(message, "retry", role="operator")
    decide(message, "resend", role="manager", channel="call")
    decide(message, "cancel")
    decide(message, "retry")
    with post.database.transaction() as transaction:
        entries = list(transaction.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(one.verb, one.role) for one in entries] == [
        ("retry", "operator"),
        ("resend", "manager"),
        ("cancel", "adviser"),
    ]
    assert all(one.notifications == [message] for one in entries)


@pytest.mark.parametrize(("what", "body"), [("cancel", {}), ("resend", {"channel": "call"})])
def test_nobody_decides_about_a_message_that_is_not_there(
    decide: Decide, what: str, body: dict[str, str]
) -> None:
    assert decide(uuid4(), what, **body)[0] == 404


def test_a_forgotten_persons_messages_are_let_be(decide: Decide, post: Post, sent: Any) -> None:
    post.change(sent, is_erased=True)
    assert decide(sent, "resend", channel="call")[0] == 409
    post.change(sent, status="to-call")
    assert decide(sent, "cancel")[0] == 409


def test_messages_about_a_session_are_found(
    client: FlaskClient, bearer: Bearer, registrations: Registrations
) -> None:
    wanted, other = registrations.session(), registrations.session()
    for session in (wanted, wanted, other):
        registrations.register(session, registrations.person())
    answer = client.get(f"/v1/notifications?session={wanted}", headers=bearer("adviser"))
    assert [one["session_id"] for one in answer.json["items"]] == [str(wanted)] * 2  # type: ignore[index]


def test_a_reminder_that_is_not_due_waits_for_its_time_and_can_be_taken_back(
    decide: Decide, registrations: Registrations, post: Post
) -> None:
    session = registrations.session(
        meetings=[meeting(soon() + timedelta(days=1))], reminder_minutes=[120]
    )
    registrations.register(session, registrations.person(**EVERY_CHANNEL))
    (reminder,) = (one for one in post.all() if one.kind == "reminder")
    assert decide(reminder.id, "resend", channel="desk")[0] == 409
    assert decide(reminder.id, "cancel")[0] == 200
