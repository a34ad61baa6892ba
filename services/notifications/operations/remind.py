"""Reminders: kept as rows that become due, moved and taken back with what they remind of."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.kinds import Kind
from services.notifications.domain.reminders import reminders
from services.notifications.domain.sessions import Meeting
from services.notifications.domain.states import Status
from services.notifications.models import Notification
from services.notifications.operations.clock import now
from services.notifications.operations.tell import Recipient, row
from shared.events.envelope import Event

log = logging.getLogger(__name__)

# Bounds one sweep; the next comes within seconds.
_MOST_AT_ONCE = 1000


def reminder_rows(
    event: Event,
    recipients: Iterable[Recipient],
    *,
    session_id: UUID,
    meetings: Sequence[Meeting],
    minutes: Sequence[int],
) -> list[dict[str, Any]]:
    """The reminders of ``meetings`` for each of ``recipients``, so many ``minutes`` before them."""
    leads = [timedelta(minutes=one) for one in minutes]
    wanted = list(reminders(meetings, leads, now()))
    return [
        {
            **row(event, Kind.REMINDER, session_id, recipient),
            "event_id": one.id_for(recipient.registration_id),
            "details": {
                "ahead": one.ahead,
                "meeting_id": str(one.meeting_id),
                "until": one.until.isoformat(),
            },
            "status": Status.SCHEDULED,
            "due_at": one.due_at,
            "job_sent_at": None,
        }
        for recipient in recipients
        if recipient.registration_id is not None
        for one in wanted
    ]


def move_reminders(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Keep ``rows``; one that was taken back, for a date that holds again after all, is due again. One statement."""
    if not rows:
        return
    statement = insert(Notification)
    moved = ("status", "due_at", "position", "details", "registration_id")
    transaction.execute(
        statement.on_conflict_do_update(
            constraint="notification_told_once",
            set_={name: statement.excluded[name] for name in moved},
            where=Notification.status == Status.CANCELLED,
        ),
        rows,
    )


def queue_due(transaction: Transaction) -> int:
    """Let the reminders go whose time has come; returns how many there are."""
    due = (
        select(Notification.id)
        .where(Notification.status == Status.SCHEDULED, Notification.due_at <= now())
        .order_by(Notification.due_at)
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    queued = transaction.scalars(
        update(Notification)
        .where(Notification.id.in_(due.scalar_subquery()))
        .values(status=Status.QUEUED)
        .returning(Notification.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(queued)
