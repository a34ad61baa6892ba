"""The jobs of notifications: a message's id in, its state moved on."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.notifications.broker import ASK, SEND, SWEEP, TOGETHER, ask_soon, celery, hurry
from services.notifications.carriers import Carriers
from services.notifications.db import database, transaction
from services.notifications.delivery import deliver
from services.notifications.operations.alarms import tell_failures_rising, tell_own_parked
from services.notifications.operations.calls import call_no_more
from services.notifications.operations.desk import drop_late
from services.notifications.operations.letters import give_up_late
from services.notifications.operations.receipts import forget_addresses
from services.notifications.operations.remind import queue_due
from services.notifications.operations.sms_receipts import take_questions
from services.notifications.operations.sweep import MOMENT, resolve_lapsed, take_overdue
from services.notifications.operations.unresolved import call_about_unresolved
from services.notifications.settings import MailSettings, mail_settings, sms_settings
from services.notifications.sms.inquiry import ask_after

_kept = threading.local()
# A message whose job has not come after so long waits behind others.
_BEHIND = timedelta(milliseconds=250)


@celery.task(name=SEND)  # type: ignore[untyped-decorator]
def send(ids: Sequence[str]) -> None:
    """Send these messages; those that are not due, or in other hands, are let be.

    While jobs come faster than they are done, each takes others along that wait behind it: to claim many at once
    costs hardly more than to claim one.
    """
    settings, asked = mail_settings(), [UUID(one) for one in ids]
    with database.autocommit() as session:
        behind = take_overdue(session, waited=_BEHIND, most=max(0, TOGETHER - len(asked)))
    together = list(dict.fromkeys([*asked, *behind]))
    deliver(database, _carriers(settings), settings, together)


def _carriers(settings: MailSettings) -> Carriers:
    """This thread's own, kept from job to job with their connections."""
    kept: Carriers | None = getattr(_kept, "carriers", None)
    if kept is None or kept.settings is not settings:
        kept = _kept.carriers = Carriers(settings, database)
    return kept


@celery.task(name=SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Put right what dead workers and lost jobs left behind. Harmless when run twice."""
    settings = mail_settings()
    with transaction() as session:
        resolve_lapsed(session, lease=settings.lease, most=settings.attempts)
    with transaction() as session:
        queue_due(session)
        give_up_late(session)
        drop_late(session)
        call_no_more(session)
        forget_addresses(session)
        overdue = take_overdue(session)
        questions = take_questions(session)
        call_about_unresolved(session)
        alarms = [*tell_failures_rising(session), *tell_own_parked(session)]
    # Another is set off for what is still waiting then: jobs of no use must not pile up before the others.
    hurry([*overdue, *alarms], within=MOMENT)
    ask_soon(questions)


@celery.task(name=ASK)  # type: ignore[untyped-decorator]
def ask(references: Sequence[str]) -> None:
    """Ask those who carry SMS what became of these."""
    for reference in references:
        ask_after(database, sms_settings(), reference)
