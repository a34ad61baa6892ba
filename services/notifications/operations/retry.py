"""A person's decision to have a message sent again."""

from uuid import UUID

from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import selectinload

from services.notifications.domain.states import RETRYABLE, Status
from services.notifications.models import Attempt, Notification
from services.notifications.operations.clock import now
from services.notifications.refusals import NotificationNotFound, NotRetryable


def retry(transaction: Transaction, notification_id: UUID) -> Notification:
    """Put a message that failed, or whose fate is unknown, back in the queue, with all its attempts anew.

    Raises:
        NotificationNotFound, NotRetryable.
    """
    notification = transaction.get(
        Notification,
        notification_id,
        with_for_update={"of": Notification},
        options=[selectinload(Notification.tries).selectinload(Attempt.sms)],
    )
    if notification is None:
        raise NotificationNotFound
    if notification.status not in RETRYABLE or notification.is_erased:
        raise NotRetryable
    notification.status = Status.QUEUED
    notification.due_at = notification.job_sent_at = now()
    notification.attempts_before_retry = notification.attempts
    # Whoever asks may have put the address right.
    notification.ruled_out = []
    return notification
