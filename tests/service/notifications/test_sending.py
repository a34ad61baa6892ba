"""A message on its way: claimed, handed over, settled; and every way in which that can go wrong."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from aiosmtpd.controller import Controller
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from services.notifications import delivery, tasks
from services.notifications.broker import SEND, TOGETHER
from services.notifications.carriers import Carriers
from services.notifications.delivery import deliver
from services.notifications.domain.states import Answer, Outcome
from services.notifications.operations.claim import Claim, claim
from services.notifications.operations.handing import hand_over
from services.notifications.operations.settle import accept, settle
from services.notifications.operations.sweep import MOMENT, resolve_lapsed, take_overdue
from services.notifications.settings import MailSettings
from shared.db import Database
from tests.servers import free_port, wait_until
from tests.service.notifications.conftest import (
    MailServer,
    Post,
    Registrations,
    mail_settings_to,
    meeting,
    soon,
)

ACCEPTED = Answer(Outcome.ACCEPTED, 250, "OK")


@pytest.fixture
def queued(registrations: Registrations, post: Post) -> Any:
    """The id of a message that is due."""
    registrations.register(registrations.session(), registrations.person())
    return post.one().id


def sweep(post: Post, *, lease: float = 60) -> int:
    with post.database.transaction() as transaction:
        return resolve_lapsed(transaction, lease=lease, most=post.settings.attempts)


def waiting_for_a_lock(post: Post) -> int:
    with post.database.transaction() as transaction:
        query = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
        return int(transaction.execute(query).scalar_one())


def test_an_accepted_message_is_sent_and_told(
    queued: Any, post: Post, mail_server: MailServer
) -> None:
    post.send()
    sent = post.one()
    assert sent.status == "sent"
    assert sent.sent_at is not None
    (attempt,) = sent.tries
    assert (attempt.number, attempt.outcome, attempt.code) == (1, "accepted", 250)
    assert attempt.started_at <= attempt.handed_over_at <= attempt.finished_at  # type: ignore[operator]
    assert post.facts() == ["notification.sent"]
    assert len(mail_server.received) == 1


def test_sending_again_what_is_sent_does_nothing(
    queued: Any, post: Post, mail_server: MailServer
) -> None:
    post.send(queued, queued)
    assert len(mail_server.received) == 1
    assert len(post.one().tries) == 1


def test_of_many_senders_one_wins(queued: Any, post: Post, mail_server: MailServer) -> None:
    together = threading.Barrier(4)

    def one_sender(_: int) -> None:
        together.wait()
        post.send(queued)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one_sender, range(4)))
    assert len(mail_server.received) == 1
    assert post.one().attempts == 1


def test_of_two_claims_at_the_same_time_the_second_gets_nothing(queued: Any, post: Post) -> None:
    def claim_alone() -> list[Claim]:
        with post.database.transaction() as transaction:
            return claim(transaction, [queued])

    with ThreadPoolExecutor(1) as pool:
        with post.database.transaction() as first:
            assert claim(first, [queued])
            second = pool.submit(claim_alone)
            wait_until(lambda: waiting_for_a_lock(post) == 1, "the second waits for its turn")
        assert second.result() == []


def test_a_message_that_is_not_due_is_let_be(
    queued: Any, post: Post, mail_server: MailServer
) -> None:
    post.change(queued, due_at=datetime.now(UTC) + timedelta(minutes=1))
    post.send()
    assert (post.one().status, mail_server.connections) == ("queued", 0)


def test_a_message_that_cannot_be_told_keeps_none_of_its_job_waiting(
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    session = registrations.session()
    for _ in range(3):
        registrations.register(session, registrations.person())
    first, odd, last = post.all()
    post.change(odd.id, kind="of-another-version")
    monkeypatch.setattr(tasks, "mail_settings", lambda: post.settings)
    tasks.send([str(one.id) for one in (first, odd, last)])
    assert [one.status for one in post.all()] == ["sent", "queued", "sent"]
    assert len(mail_server.received) == 2
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == [
        "not_delivered"
    ]


def test_messages_of_one_job_share_a_connection(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session()
    for _ in range(3):
        registrations.register(session, registrations.person())
    post.send()
    assert len(mail_server.received) == 3
    assert mail_server.connections == 1


def test_jobs_of_one_thread_share_a_connection_until_it_was_idle_for_long(
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = registrations.session()
    for _ in range(3):
        registrations.register(session, registrations.person())
    monkeypatch.setattr(tasks, "mail_settings", lambda: post.settings)
    first, second, third = (str(one.id) for one in post.all())
    tasks.send([first])
    tasks.send([second])
    assert mail_server.connections == 1
    monkeypatch.setattr("services.notifications.mail.smtp._IDLE", -1.0)
    tasks.send([third])
    assert mail_server.connections == 2
    assert len(mail_server.received) == 3


def test_messages_of_one_job_are_claimed_together_and_cost_two_statements_each(
    registrations: Registrations, post: Post
) -> None:
    session = registrations.session()
    counted: list[str] = []
    sqlalchemy_event.listen(
        post.database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: counted.append(statement),
    )

    def statements(messages: int) -> int:
        for _ in range(messages):
            registrations.register(session, registrations.person())
        ids = [one.id for one in post.all() if one.status == "queued"]
        counted.clear()
        post.send(*ids)
        return len(counted)

    assert statements(12) - statements(2) == 2 * 10


def test_a_job_takes_along_what_waits_behind_it_and_nothing_else(
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = registrations.session()
    for _ in range(4):
        registrations.register(session, registrations.person())
    asked, behind, forgotten, of_now = post.all()
    post.change(behind.id, job_sent_at=datetime.now(UTC) - timedelta(seconds=2))
    post.change(forgotten.id, job_sent_at=None)
    post.change(of_now.id, job_sent_at=datetime.now(UTC) + timedelta(minutes=1))
    monkeypatch.setattr(tasks, "mail_settings", lambda: post.settings)

    tasks.send([str(asked.id)])

    assert [one.status for one in post.all()] == ["sent", "sent", "sent", "queued"]
    assert mail_server.connections == 1


def test_a_full_job_takes_nothing_along(
    registrations: Registrations, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = registrations.session()
    for _ in range(TOGETHER + 1):
        registrations.register(session, registrations.person())
    *asked, behind = post.all()
    post.change(behind.id, job_sent_at=datetime.now(UTC) - timedelta(seconds=2))
    monkeypatch.setattr(tasks, "mail_settings", lambda: post.settings)

    tasks.send([str(one.id) for one in asked])

    assert [one.status for one in post.all()] == ["sent"] * TOGETHER + ["queued"]


def test_what_waits_its_turn_for_too_long_is_given_back_as_if_never_claimed(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session()
    for _ in range(3):
        registrations.register(session, registrations.person())
    slow = replace(post, settings=replace(post.settings, lease=0.0))
    slow.send()
    assert [one.status for one in post.all()] == ["sent", "queued", "queued"]
    assert [(one.attempts, len(one.tries)) for one in post.all()] == [(1, 1), (0, 0), (0, 0)]
    with post.database.transaction() as transaction:
        assert len(take_overdue(transaction)) == 2
    post.send()
    assert [one.status for one in post.all()] == ["sent"] * 3
    assert len(mail_server.received) == 3


def test_a_message_taken_back_while_it_waits_its_turn_is_not_given_back_nor_sent(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session()
    for _ in range(2):
        registrations.register(session, registrations.person())
    first, second = (one.id for one in post.all())
    mail_server.on_data = lambda: post.change(second, status="cancelled")
    post.send(first, second)
    assert [one.status for one in post.all()] == ["sent", "cancelled"]
    assert len(mail_server.received) == 1


def test_a_refused_recipient_does_not_spoil_the_connection(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session()
    for _ in range(2):
        registrations.register(session, registrations.person())
    first, second = (one.id for one in post.all())
    with Carriers(post.settings, post.database) as carriers:
        mail_server.answer_to_recipient = "550 5.1.1 No such user"
        deliver(post.database, carriers, post.settings, [first])
        mail_server.answer_to_recipient = ""
        deliver(post.database, carriers, post.settings, [second])
    assert [one.status for one in post.all()] == ["failed", "sent"]
    assert mail_server.connections == 1


def test_a_connection_that_the_server_closed_between_messages_is_opened_again(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    session = registrations.session()
    for _ in range(2):
        registrations.register(session, registrations.person())
    first, second = (one.id for one in post.all())
    with Carriers(post.settings, post.database) as carriers:
        deliver(post.database, carriers, post.settings, [first])
        mail_server.close_connections()
        deliver(post.database, carriers, post.settings, [second])
    assert [one.status for one in post.all()] == ["sent", "sent"]
    assert post.all()[1].attempts == 1


def test_a_server_that_takes_so_many_messages_over_one_connection_gets_another(
    registrations: Registrations, post: Post
) -> None:
    strict = MailServer(free_port())
    controller = Controller(
        strict, hostname="127.0.0.1", port=strict.port, command_call_limit={"MAIL": 1}
    )
    controller.start()
    session = registrations.session()
    for _ in range(3):
        registrations.register(session, registrations.person())
    try:
        replace(post, settings=mail_settings_to(strict.port)).send()
    finally:
        controller.stop()
    assert [(one.status, one.attempts) for one in post.all()] == [("sent", 1)] * 3


# ── refused ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("where", ["answer_to_recipient", "answer"])
def test_a_temporary_refusal_is_tried_again_later_and_then_sent(
    queued: Any, post: Post, mail_server: MailServer, where: str
) -> None:
    accepting = getattr(mail_server, where)
    setattr(mail_server, where, "451 4.7.1 Greylisted, amina@example.org, try later")
    post.send()
    waiting = post.one()
    assert waiting.status == "queued"
    assert waiting.due_at is not None
    assert 25 < (waiting.due_at - datetime.now(UTC)).total_seconds() <= 30
    assert (waiting.tries[0].outcome, waiting.tries[0].code) == ("deferred", 451)
    assert waiting.tries[0].answer == "4.7.1 Greylisted, …@… try later"

    setattr(mail_server, where, accepting)
    post.make_due(queued)
    post.send()
    assert post.one().status == "sent"
    assert [one.outcome for one in post.one().tries] == ["deferred", "accepted"]
    assert len(mail_server.received) == 1


@pytest.mark.parametrize("where", ["answer_to_recipient", "answer"])
def test_a_permanent_refusal_is_a_failure_and_told(
    queued: Any, post: Post, mail_server: MailServer, where: str
) -> None:
    setattr(mail_server, where, "550 5.7.1 No")
    post.send()
    failed = post.one()
    assert (failed.status, failed.tries[0].outcome, failed.tries[0].code) == (
        "failed",
        "refused",
        550,
    )
    assert post.facts() == ["notification.failed"]


def test_when_all_attempts_are_used_up_it_has_failed(
    queued: Any, post: Post, mail_server: MailServer
) -> None:
    mail_server.answer = "451 Not now"
    waits = []
    for _ in range(post.settings.attempts):
        post.make_due(queued)
        post.send()
        due = post.one().due_at
        assert due is not None
        waits.append(round((due - datetime.now(UTC)).total_seconds()))
    assert post.one().status == "failed"
    assert [one.outcome for one in post.one().tries] == ["deferred"] * 6
    assert waits[:5] == [30, 120, 600, 3600, 14400]
    assert post.facts() == ["notification.failed"]


def test_without_a_server_messages_wait_and_the_job_stops(
    registrations: Registrations, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = registrations.session()
    for _ in range(2):
        registrations.register(session, registrations.person())
    nowhere = mail_settings_to(free_port())
    monkeypatch.setattr(tasks, "mail_settings", lambda: nowhere)
    tasks.send([str(one.id) for one in post.all()])
    first, second = post.all()
    assert (first.status, first.tries[0].answer) == ("queued", "ConnectionRefusedError")
    assert second.attempts == 0


def test_an_address_that_cannot_be_used_fails_without_a_word_to_the_server(
    registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    person = registrations.person(email="amina@exa mple\r\nDATA")
    registrations.register(registrations.session(), person)
    post.send()
    assert (post.one().status, mail_server.connections) == ("failed", 0)
    assert "amina" not in (post.one().tries[0].answer or "")


# ── cut short ───────────────────────────────────────────────────────────────────────────────────


def test_a_connection_lost_before_handing_over_is_tried_again(
    queued: Any, post: Post, mail_server: MailServer
) -> None:
    mail_server.hang_up = "before"
    post.send()
    assert post.one().status == "queued"
    assert post.one().tries[0].handed_over_at is None
    mail_server.hang_up = None
    post.make_due(queued)
    post.send()
    assert post.one().status == "sent"
    assert len(mail_server.received) == 1


def test_a_connection_lost_after_handing_over_is_unknown_and_never_sent_again(
    queued: Any, post: Post, mail_server: MailServer
) -> None:
    mail_server.hang_up = "after"
    post.send()
    unknown = post.one()
    assert (unknown.status, unknown.tries[0].outcome) == ("unknown", "unanswered")
    mail_server.hang_up = None
    post.make_due(queued)
    sweep(post)
    with post.database.transaction() as transaction:
        assert take_overdue(transaction) == []
    post.send()
    assert post.one().status == "unknown"
    assert len(mail_server.received) == 1
    assert post.facts() == []


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours runs after it."""


def die(*_: object, **__: object) -> None:
    raise Killed


def test_killed_before_handing_over_it_is_sent_once_after_the_lease(
    queued: Any, post: Post, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "hand_over", die)
        with pytest.raises(Killed):
            post.send()
    assert mail_server.received == []
    assert post.one().status == "sending"
    assert sweep(post) == 0

    post.let_lease_pass(queued)
    assert sweep(post) == 1
    assert (post.one().status, post.one().tries[0].outcome) == ("queued", "lapsed")
    with post.database.transaction() as transaction:
        assert take_overdue(transaction) == [queued]
    post.send()
    assert post.one().status == "sent"
    assert len(mail_server.received) == 1


def test_killed_after_handing_over_it_is_unknown(
    queued: Any, post: Post, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "accept", die)
        with pytest.raises(Killed):
            post.send()
    post.let_lease_pass(queued)
    sweep(post)
    post.send()
    assert (post.one().status, post.one().tries[0].outcome) == ("unknown", "unanswered")
    assert len(mail_server.received) == 1


def test_the_mark_is_there_before_the_server_has_the_whole_message(
    queued: Any, post: Post, mail_server: MailServer
) -> None:
    marks = []
    mail_server.on_data = lambda: marks.append(post.one().tries[0].handed_over_at)
    post.send()
    assert marks[0] is not None


def test_a_claim_that_lapsed_may_not_be_handed_over(
    queued: Any, post: Post, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(transaction: Any, attempts: Any) -> bool:
        post.let_lease_pass(queued)
        sweep(post)
        return hand_over(transaction, attempts)

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "hand_over", late)
        post.send()
    assert mail_server.received == []
    assert post.one().status == "queued"
    post.send()
    assert len(mail_server.received) == 1
    assert [one.outcome for one in post.one().tries] == ["lapsed", "accepted"]


def test_of_two_attempts_only_the_last_may_hand_over(queued: Any, post: Post) -> None:
    for _ in range(2):
        with post.database.transaction() as transaction:
            assert claim(transaction, [queued])
        if post.one().attempts == 1:
            post.let_lease_pass(queued)
            sweep(post)
    with post.database.transaction() as transaction:
        assert not hand_over(transaction, [(queued, 1)])
        assert hand_over(transaction, [(queued, 2)])


def test_the_sweeper_does_not_overtake_a_mark_being_made(queued: Any, post: Post) -> None:
    with post.database.transaction() as transaction:
        claimed = claim(transaction, [queued])
    assert len(claimed) == 1
    post.let_lease_pass(queued)
    with post.database.transaction() as transaction:
        assert hand_over(transaction, [(queued, 1)])
        assert sweep(post) == 0
    post.let_lease_pass(queued)
    sweep(post)
    assert post.one().status == "unknown"


def test_a_late_answer_resolves_what_was_unknown(queued: Any, post: Post) -> None:
    with post.database.transaction() as transaction:
        claim(transaction, [queued])
    with post.database.transaction() as transaction:
        hand_over(transaction, [(queued, 1)])
    post.let_lease_pass(queued)
    sweep(post)
    with post.database.transaction() as transaction:
        assert settle(transaction, queued, 1, ACCEPTED, most=6)
    assert (post.one().status, post.one().tries[0].outcome) == ("sent", "accepted")


def test_the_late_answer_to_an_older_attempt_changes_nothing(queued: Any, post: Post) -> None:
    for _ in range(2):
        with post.database.transaction() as transaction:
            assert claim(transaction, [queued])
        post.let_lease_pass(queued)
        sweep(post)
    with post.database.transaction() as transaction:
        claim(transaction, [queued])
    with post.database.transaction() as transaction:
        assert not settle(transaction, queued, 1, ACCEPTED, most=6)
        assert not settle(transaction, queued, 2, Answer(Outcome.REFUSED, 550, "No"), most=6)
    assert (post.one().status, post.one().attempts) == ("sending", 3)
    assert post.facts() == []


def test_lapsed_attempts_are_used_up_too(queued: Any, post: Post) -> None:
    for _ in range(post.settings.attempts):
        with post.database.transaction() as transaction:
            assert claim(transaction, [queued])
        post.let_lease_pass(queued)
        sweep(post)
    assert post.one().status == "failed"
    assert post.facts() == ["notification.failed"]


def test_an_answer_is_recorded_through_a_restart_of_the_database(
    queued: Any, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def flaky(*arguments: Any, **options: Any) -> bool:
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("", {}, Exception("the server is restarting"))
        return accept(*arguments, **options)

    monkeypatch.setattr(delivery, "accept", flaky)
    monkeypatch.setattr(delivery, "_PAUSE", 0.0)
    post.send()
    assert (post.one().status, len(calls)) == ("sent", 3)


def test_a_server_that_does_not_answer_in_time_leaves_it_unknown(
    queued: Any, post: Post, mail_server: MailServer
) -> None:
    release = threading.Event()
    mail_server.on_data = lambda: release.wait(5) and None
    impatient = mail_settings_to(mail_server.port, answer_timeout=0.1)
    try:
        with Carriers(impatient, post.database) as carriers:
            deliver(post.database, carriers, impatient, [queued])
    finally:
        release.set()
    assert post.one().status == "unknown"


# ── too late, elsewhere ─────────────────────────────────────────────────────────────────────────


def test_a_message_that_would_come_too_late_is_dropped(
    registrations: Registrations, queued: Any, post: Post, mail_server: MailServer
) -> None:
    (session,) = registrations.sessions
    # Moved so that it has begun, and nobody was told for nothing lies ahead.
    registrations.reschedule(session, meetings=[meeting(soon(minutes=-1))])
    post.send(queued)
    assert {one.status for one in post.all()} == {"too-late"}
    assert mail_server.received == []


def test_without_an_address_any_more_the_person_is_called(
    registrations: Registrations, queued: Any, post: Post, mail_server: MailServer
) -> None:
    person = post.one().participant_id
    registrations.person(participant_id=person, email=None, phone="+33467000000")
    post.send()
    assert (post.one().channel, post.one().status) == ("call", "to-call")
    assert mail_server.received == []


# ── the sweeper's jobs ──────────────────────────────────────────────────────────────────────────


def test_the_sweep_sets_off_jobs_only_for_what_no_job_is_coming_for(
    queued: Any,
    post: Post,
    jobs_sent: Any,
    settings: MailSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "mail_settings", lambda: settings)
    before = jobs_sent()
    tasks.sweep()
    assert jobs_sent() == before
    post.change(queued, job_sent_at=datetime.now(UTC) - timedelta(minutes=1))
    tasks.sweep()
    tasks.sweep()
    assert jobs_sent() == before + 1


@pytest.mark.usefixtures("jobs_sent")
def test_a_job_of_the_sweep_that_no_worker_takes_in_time_is_dropped(
    queued: Any,
    post: Post,
    settings: MailSettings,
    monkeypatch: pytest.MonkeyPatch,
    broker_url: str,
) -> None:
    monkeypatch.setattr(tasks, "mail_settings", lambda: settings)
    post.change(queued, job_sent_at=None)
    tasks.sweep()
    with redis.Redis.from_url(broker_url) as broker:
        [job] = (json.loads(one) for one in broker.lrange("notifications.jobs", 0, 0))
    assert job["headers"]["task"] == SEND
    dropped_at = datetime.fromisoformat(job["headers"]["expires"])
    assert dropped_at - datetime.now(UTC) <= MOMENT


def test_the_sweep_lets_be_what_is_due_later(queued: Any, post: Post, jobs_sent: Any) -> None:
    post.change(queued, job_sent_at=None, due_at=datetime.now(UTC) + timedelta(hours=1))
    with post.database.transaction() as transaction:
        assert take_overdue(transaction) == []


def test_two_sweeps_at_once_take_a_message_once(
    queued: Any, post: Post, notifications_database: Database
) -> None:
    post.change(queued, job_sent_at=None)
    with (
        notifications_database.transaction() as first,
        notifications_database.transaction() as second,
    ):
        assert take_overdue(first) == [queued]
        assert take_overdue(second) == []


def test_no_transaction_is_open_while_the_server_thinks(
    queued: Any, post: Post, mail_server: MailServer, database_urls: dict[str, str]
) -> None:
    import psycopg

    open_transactions = []

    def look() -> None:
        with psycopg.connect(database_urls["notifications"]) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
            ).fetchone()
            open_transactions.append(row[0] if row else None)

    mail_server.on_data = look
    post.send()
    wait_until(lambda: open_transactions, "the server got the message")
    assert open_transactions == [0]
