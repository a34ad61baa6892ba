"""Messages per second that one worker (``-c 1``) hands to a mail server, and from due to accepted under load."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from smtplib import SMTP
from uuid import UUID

import psutil
from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction
from uuid_utils.compat import uuid7

from benchmarks._server import signing_key
from local import ports, trial
from local.platform import Platform
from services.notifications.broker import celery, hurry
from services.notifications.db import database
from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import Kind
from services.notifications.domain.sessions import Meeting
from services.notifications.domain.states import Status
from services.notifications.models import Contact, Notification, Registration, Session
from shared.migrations import migrate

_MESSAGES = 2_000
_WARM_UP = 200
_SEATS = 20
# Of what the worker can do at most: a calm evening, and a busy one.
_LOADS = (0.25, 0.75)
_LOADED_SECONDS = 20


def main(messages: int = _MESSAGES) -> None:
    """Print the rates and delays as one JSON line; progress goes to standard error."""
    port = ports.free()
    with (
        tempfile.TemporaryDirectory(prefix="arceaux-bench-") as folder,
        trial.platform(Path(folder) / "data", only="servers") as servers,
        _mail_server(port),
    ):
        url = servers.urls["notifications_db"]
        migrate("notifications", url)
        database.connect(url)
        celery.conf.broker_url = servers.urls["broker"]
        limit = _bare_smtp(port, messages)
        with _worker(servers, folder, port) as worker:
            _handed_over(_queue(_WARM_UP))
            began, worked = time.perf_counter(), _cpu_seconds(worker)
            _handed_over(_queue(messages))
            rate = messages / (time.perf_counter() - began)
            worked = _cpu_seconds(worker) - worked
            print(f"{rate:.0f} messages/s of {limit:.0f} bare", file=sys.stderr, flush=True)
            under_load = {f"at_{share:.0%}": _delays(_offer(rate * share)) for share in _LOADS}
    print(
        json.dumps(
            {
                "benchmark": "sending",
                "messages": messages,
                "per_second": round(rate),
                "limit": "a bare smtplib loop over one connection, with a mail of the same size",
                "limit_per_second": round(limit),
                "share_of_limit": round(rate / limit, 3),
                # The same however busy the machine is with other things.
                "worker_cpu_ms_per_message": round(worked / messages * 1000, 2),
                "due_to_accepted_ms": under_load,
            }
        )
    )


@contextmanager
def _mail_server(port: int) -> Iterator[None]:
    """A mail server that accepts everything and keeps nothing."""
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "aiosmtpd", "--nosetuid"),
            *("--class", "aiosmtpd.handlers.Sink", "--listen", f"127.0.0.1:{port}"),
        ]
    )
    try:
        trial.until(lambda: not ports.is_free(port), "the mail server to listen")
        yield
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def _worker(servers: Platform, folder: str, port: int) -> Iterator[int]:
    """One worker of notifications that does one thing at a time; its process id."""
    ready = Path(folder, "worker.ready")
    environment = {
        **os.environ,
        "ARCEAUX_DATABASE_URL": servers.urls["notifications_db"],
        "ARCEAUX_BROKER_URL": servers.urls["broker"],
        "ARCEAUX_SIGNING_KEY_FILE": str(signing_key(folder)),
        "ARCEAUX_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "ARCEAUX_READY_FILE": str(ready),
    }
    command = [
        *(sys.executable, "-m", "celery", "-A", "services.notifications.worker", "worker"),
        *("--queues", "notifications.events,notifications.jobs"),
        *("--pool", "threads", "--concurrency", "1"),
        *("--without-gossip", "--without-mingle", "--loglevel", "warning"),
    ]
    with Path(folder, "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        trial.until(ready.exists, "the worker to be ready")
        yield worker.pid
    finally:
        worker.terminate()
        worker.wait(60)


def _cpu_seconds(pid: int) -> float:
    """What a process has worked so far, in its own code and in the kernel's for it."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def _queue(count: int) -> list[UUID]:
    """Queue messages to ``count`` new people that their seat is theirs, and have them sent."""
    messages: list[UUID] = []
    with database.transaction() as transaction:
        for start in range(0, count, _SEATS):
            messages += _to_those_of_a_session(transaction, min(_SEATS, count - start))
    hurry(messages)
    return messages


def _to_those_of_a_session(transaction: Transaction, people: int) -> list[UUID]:
    """A session in a month, so many people who have a seat, and a message to each that is due now."""
    begin = datetime.now(UTC) + timedelta(days=30)
    session = Session(
        id=uuid7(),
        title="Repair Café",
        discreet=False,
        place_code="bench",
        place_name="Les Arceaux",
        place_address="1 rue des Arceaux, 34000 Montpellier",
        timezone="Europe/Paris",
        meetings=(Meeting(uuid7(), begin, begin + timedelta(hours=2), "Atelier"),),
        position=1,
    )
    contacts = [
        Contact(
            participant_id=uuid7(),
            given_name="Amina",
            family_name="Bench",
            email=f"{uuid7()}@example.org",
            language="fr",
            access_key=str(uuid7()),
            position=1,
        )
        for _ in range(people)
    ]
    registrations = [
        Registration(
            id=uuid7(),
            session_id=session.id,
            participant_id=contact.participant_id,
            status="confirmed",
            position=1,
        )
        for contact in contacts
    ]
    moment = datetime.now(UTC)
    messages = [
        Notification(
            event_id=uuid7(),
            position=1,
            kind=Kind.CONFIRMED,
            channel=Channel.EMAIL,
            participant_id=registration.participant_id,
            registration_id=registration.id,
            session_id=session.id,
            language="fr",
            details={"by": "participant"},
            sequence=0,
            status=Status.QUEUED,
            due_at=moment,
            job_sent_at=moment,
        )
        for registration in registrations
    ]
    transaction.add_all([session, *contacts, *registrations, *messages])
    transaction.flush()
    return [message.id for message in messages]


def _offer(per_second: float) -> list[UUID]:
    """Messages one by one at an even pace, whatever becomes of those before; waits for the last to be sent."""
    messages: list[UUID] = []
    began = time.perf_counter()
    for number in range(round(per_second * _LOADED_SECONDS)):
        time.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        messages += _queue(1)
    _handed_over(messages)
    return messages


def _handed_over(messages: list[UUID]) -> None:
    """Wait until the mail server has accepted all of ``messages``."""
    sent = (
        select(func.count())
        .select_from(Notification)
        .where(Notification.id.in_(messages), Notification.status == Status.SENT)
    )

    def all_sent() -> bool:
        with database.transaction() as transaction:
            return transaction.scalar(sent) == len(messages)

    trial.until(all_sent, f"{len(messages)} messages to be sent", seconds=20 + len(messages) / 5)


def _delays(messages: list[UUID]) -> dict[str, float]:
    """Milliseconds from due to accepted: median, p95 and the longest."""
    waits = select(func.extract("epoch", Notification.sent_at - Notification.due_at) * 1000)
    with database.transaction() as transaction:
        of_these = waits.where(Notification.id.in_(messages))
        delays = sorted(float(wait) for wait in transaction.scalars(of_these))
    return {
        "messages": len(delays),
        "p50": round(delays[len(delays) // 2], 1),
        "p95": round(delays[int(0.95 * len(delays))], 1),
        "max": round(delays[-1], 1),
    }


def _bare_smtp(port: int, messages: int) -> float:
    """Messages per second of the plainest sender: a ready mail, one connection, no database."""
    mail = b"Subject: Bench\r\n\r\n" + (b"x" * 70 + b"\r\n") * 180
    with SMTP("127.0.0.1", port) as smtp:
        began = time.perf_counter()
        for _ in range(messages):
            smtp.sendmail("bench@example.org", "person@example.org", mail)
        return messages / (time.perf_counter() - began)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _MESSAGES)
