"""The notifications service's Celery application, its jobs by name, and how to set one off.

Entry points give the application its broker.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from shared.db import after_commit
from shared.messaging.celery import jobs_queue, make_celery, send

celery = make_celery("notifications")

SEND = "notifications.send"
SWEEP = "notifications.sweep"
ASK = "notifications.ask"
# Messages per job: they share one exchange with the broker and one connection to the mail server, and
# are few enough for several workers to take their part of a rush.
TOGETHER = 20


def hurry(ids: Sequence[UUID], *, within: timedelta | None = None) -> None:
    """Have the messages sent now; a job that no worker took ``within`` that time is dropped.

    Raises:
        kombu.exceptions.OperationalError: the broker is away; the sweeper will find the messages.
    """
    expires = within.total_seconds() if within else None
    for first in range(0, len(ids), TOGETHER):
        together = [str(one) for one in ids[first : first + TOGETHER]]
        send(celery, SEND, together, queue=jobs_queue("notifications"), expires=expires)


def ask_soon(references: Sequence[str]) -> None:
    """Have those who carry SMS asked what became of these.

    Raises:
        kombu.exceptions.OperationalError: the broker is away; they are asked after at another time.
    """
    if references:
        send(celery, ASK, list(references), queue=jobs_queue("notifications"))


def hurry_after_commit(session: Session, ids: Sequence[UUID]) -> None:
    """Have the messages sent once the transaction of ``session`` is committed."""
    if not ids:
        return
    waiting: list[UUID] | None = session.info.get(SEND)
    if waiting is None:
        waiting = session.info[SEND] = []
        after_commit(session, lambda: hurry(waiting))
    waiting.extend(ids)
