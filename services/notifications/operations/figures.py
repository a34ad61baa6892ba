"""How sending goes, in figures for operators: bounded, however many messages there have been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, func, select
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.states import Outcome, Status
from services.notifications.models import Attempt, Notification, SmsProvider, TemplateVersion
from services.notifications.operations.clock import now
from services.notifications.operations.sms_budget import spent

# Messages are told apart by time in the order of their ids: seven days of them are one stretch of the index.
_COUNTED = timedelta(days=7)
_MEASURED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """``delays`` are from when a message was due until its carrier accepted it, in seconds.

    ``overdue``: how many messages are due and have not left, and since how many seconds the first has been.
    """

    messages: Sequence[tuple[Any, ...]]
    attempts: Sequence[tuple[Any, ...]]
    delays: Sequence[tuple[Any, ...]]
    overdue: Sequence[tuple[Any, ...]]
    resting: dict[str, bool]
    own_words_failed: Sequence[tuple[Any, ...]]
    sms_spent: Decimal


def read_figures(transaction: Transaction) -> Figures:
    """The messages of seven days, the attempts and delays of an hour, and how those who carry SMS do."""
    counted = (Notification.kind, Notification.channel, Notification.status)
    delay = func.extract("epoch", Attempt.finished_at - Notification.due_at)
    return Figures(
        messages=_rows(
            transaction,
            select(*counted, func.count())
            .where(Notification.id >= _first_id_of(now() - _COUNTED))
            .group_by(*counted),
        ),
        attempts=_rows(
            transaction,
            select(Notification.kind, Attempt.channel, Attempt.outcome, func.count())
            .join(Notification, Notification.id == Attempt.notification_id)
            .where(Attempt.finished_at > now() - _MEASURED, Attempt.outcome.is_not(None))
            .group_by(Notification.kind, Attempt.channel, Attempt.outcome),
        ),
        delays=_rows(
            transaction,
            select(
                Notification.kind,
                Attempt.channel,
                func.percentile_cont(0.5).within_group(delay),
                func.percentile_cont(0.95).within_group(delay),
            )
            .join(Notification, Notification.id == Attempt.notification_id)
            .where(
                Attempt.finished_at > now() - _MEASURED,
                Attempt.outcome == Outcome.ACCEPTED,
                Notification.due_at.is_not(None),
            )
            .group_by(Notification.kind, Attempt.channel),
        ),
        overdue=_rows(
            transaction,
            select(
                Notification.channel,
                func.count(),
                func.extract("epoch", now() - func.min(Notification.due_at)),
            )
            .where(Notification.status == Status.QUEUED, Notification.due_at <= now())
            .group_by(Notification.channel),
        ),
        resting={
            row.name: row.rests_until is not None and row.rests_until > now()
            for row in transaction.execute(select(SmsProvider.name, SmsProvider.rests_until))
        },
        own_words_failed=_rows(
            transaction,
            select(
                TemplateVersion.kind, TemplateVersion.language, func.sum(TemplateVersion.failures)
            )
            .where(TemplateVersion.failures > 0)
            .group_by(TemplateVersion.kind, TemplateVersion.language),
        ),
        sms_spent=spent(transaction),
    )


def _rows(transaction: Transaction, query: Executable) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in transaction.execute(query)]


def _first_id_of(moment: datetime) -> UUID:
    """The least id that can have been given since ``moment`` (RFC 9562, 5.7)."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
