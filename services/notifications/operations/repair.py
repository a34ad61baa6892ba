"""What people decide about a message: that it is sent again, goes another way, or not at all.

For whoever may not see a message there is none.
"""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import selectinload

from services.notifications.domain.channels import Channel
from services.notifications.domain.states import RESENDABLE, RETRYABLE, UNSENT, Status
from services.notifications.models import Attempt, LetterBatch, Notification, Registration
from services.notifications.operations.claim import Found, addressee_of, messages, route_of
from services.notifications.operations.clock import now
from services.notifications.operations.listing import within
from services.notifications.operations.scope import Scope
from services.notifications.refusals import (
    NoLongerSo,
    NotCancellable,
    NotificationNotFound,
    NotReached,
    NotResendable,
    NotRetryable,
)

log = logging.getLogger(__name__)

_TRIES = selectinload(Notification.tries).selectinload(Attempt.sms)


def retry(transaction: Transaction, notification_id: UUID, scope: Scope) -> Notification:
    """Put a message that failed, or whose fate is unknown, back in the queue, with all its attempts anew.

    Raises:
        NotificationNotFound, NotRetryable.
        NoLongerSo: the registration has gone on since.
    """
    notification = _locked(transaction, notification_id, scope)
    if notification.status not in RETRYABLE or notification.is_erased:
        raise NotRetryable
    _check_still_so(transaction, notification)
    notification.status = Status.QUEUED
    notification.due_at = notification.job_sent_at = now()
    notification.attempts_before_retry = notification.attempts
    # Whoever asks may have put the address right.
    notification.ruled_out = []
    return notification


def cancel(transaction: Transaction, notification_id: UUID, scope: Scope) -> Notification:
    """Have a message that has not left never leave. Said again, nothing changes.

    Raises:
        NotificationNotFound.
        NotCancellable: it is leaving, has left, or will not leave anyway.
    """
    notification = _locked(transaction, notification_id, scope)
    if notification.status == Status.CANCELLED:
        return notification
    if notification.status not in UNSENT or notification.is_erased:
        raise NotCancellable
    notification.status = Status.CANCELLED
    notification.due_at = None
    return notification


def resend(
    transaction: Transaction, notification_id: UUID, channel: Channel, scope: Scope
) -> Notification:
    """Tell what a message tells by ``channel`` and no other, whatever became of it by the one before.

    Raises:
        NotificationNotFound.
        NotResendable: it is leaving, is not due yet or not to be told, or that is how it went.
        NoLongerSo: the registration has gone on since.
        NotReached: the person is not reached by ``channel``, or does not want to be.
    """
    found = transaction.execute(
        messages(Notification.id == notification_id, scope.condition())
        .with_for_update(of=Notification)
        .options(_TRIES)
    ).first()
    if found is None:
        raise NotificationNotFound
    notification: Notification = found.Notification
    if not _is_resendable(notification, channel):
        raise NotResendable
    _check_still_so(transaction, notification)
    others = sorted(one for one in Channel if one not in {channel, Channel.DESK})
    status = _state_by(channel, found, others)
    log.info(
        "resent",
        extra={"notification": str(notification.id), "from": notification.channel, "to": channel},
    )
    notification.ruled_out = [str(one) for one in others]
    notification.channel, notification.status = channel, status
    notification.due_at = notification.job_sent_at = now() if status == Status.QUEUED else None
    notification.attempts_before_retry = notification.attempts
    notification.sent_at = None
    # What was printed of it is not what is posted any more.
    transaction.execute(delete(LetterBatch).where(LetterBatch.notification_id == notification.id))
    return notification


def _locked(transaction: Transaction, notification_id: UUID, scope: Scope) -> Notification:
    notification = transaction.scalar(
        within(scope)
        .where(Notification.id == notification_id)
        .with_for_update(of=Notification)
        .options(_TRIES)
    )
    if notification is None:
        raise NotificationNotFound
    return notification


def _is_resendable(notification: Notification, channel: Channel) -> bool:
    """A reminder that is not due yet is let be; by the channel that it went by, one tries again instead."""
    waits_for_its_time = notification.status == Status.SCHEDULED and notification.due_at is not None
    return (
        notification.status in RESENDABLE
        and not waits_for_its_time
        and not notification.is_erased
        and notification.channel != channel
    )


def _state_by(channel: Channel, found: Found, others: Sequence[str]) -> Status:
    """The state in which a message begins on ``channel``, of all those that are not ``others``.

    Raises:
        NotReached.
    """
    reached_by, status = route_of(addressee_of(found), found, anew=others)
    if reached_by != channel or status == Status.SUPPRESSED:
        raise NotReached
    return status


def _check_still_so(transaction: Transaction, notification: Notification) -> None:
    """That the registration still stands as it did when this was to be told.

    Raises:
        NoLongerSo.
    """
    gone_on: Any = select(Registration.id).where(
        Registration.id == notification.registration_id,
        Registration.position > notification.position,
    )
    if transaction.scalar(gone_on) is not None:
        raise NoLongerSo
