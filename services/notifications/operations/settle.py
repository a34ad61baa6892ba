"""Recording how an attempt ended, and what becomes of the message."""

import logging
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.channels import Channel, route
from services.notifications.domain.kinds import Kind
from services.notifications.domain.sessions import letter_comes_in_time
from services.notifications.domain.states import (
    SETTLEABLE,
    Answer,
    Outcome,
    Status,
    after_attempt,
    may_become,
    wait_before_next,
)
from services.notifications.domain.wishes import refused_channels
from services.notifications.models import Attempt, Contact, Notification, Registration, Session
from services.notifications.operations.clock import now
from services.notifications.operations.preferences import unwanted_by
from services.notifications.settings import sms_settings
from shared.events import catalogue
from shared.messaging import log as event_log

log = logging.getLogger(__name__)

# What a late, definite answer may still replace.
_OPEN_OUTCOMES = (None, Outcome.UNANSWERED)
_ABOUT = Registration.id == Notification.registration_id


def settle(
    transaction: Transaction, notification_id: UUID, number: int, answer: Answer, *, most: int
) -> bool:
    """Record how attempt ``number`` ended; ``most`` attempts in a row are made before giving up.

    The answer to an attempt that is no longer the last is kept with the attempt and changes nothing
    else. Returns whether the message's state changed.
    """
    notification = transaction.scalar(
        select(Notification)
        .where(Notification.id == notification_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if notification is None:
        return False
    attempt = transaction.get_one(Attempt, (notification_id, number), populate_existing=True)
    if attempt.outcome in _OPEN_OUTCOMES:
        attempt.outcome, attempt.code = answer.outcome, answer.code
        attempt.answer = None if notification.is_erased else answer.text
        attempt.finished_at = now()
    if notification.attempts != number or notification.status not in SETTLEABLE:
        log.info("stale_answer", extra={"notification": str(notification_id), "attempt": number})
        return False
    return conclude(transaction, notification, answer.outcome, most=most)


def conclude(
    transaction: Transaction, notification: Notification, outcome: Outcome, *, most: int
) -> bool:
    """Move a locked message on after its last attempt: to another channel, if that was the end of this one.

    Tells the others if there is no other. Returns whether its state changed.
    """
    made = notification.attempts - notification.attempts_before_retry
    status = after_attempt(outcome, attempts=made, most=most)
    if not may_become(Status(notification.status), status):
        return False
    if status == Status.FAILED and fall_back(transaction, notification):
        return True
    notification.status = status
    notification.claimed_at = None
    match status:
        case Status.QUEUED:
            # A process that died says nothing about the mail server: no need to wait.
            wait = outcome == Outcome.DEFERRED
            notification.due_at = now() + wait_before_next(made) if wait else now()
            notification.job_sent_at = None
        case Status.SENT:
            notification.sent_at = now()
            notification.address = None
            _say(transaction, catalogue.NotificationSent, notification)
        case Status.FAILED:
            _say(transaction, catalogue.NotificationFailed, notification)
    log.info(
        "attempt_ended",
        extra={
            "notification": str(notification.id),
            "kind": notification.kind,
            "attempt": notification.attempts,
            "outcome": outcome,
            "status": status,
        },
    )
    return True


def fall_back(transaction: Transaction, notification: Notification) -> bool:
    """Give a locked message that failed for good to the next channel by which the person is reached.

    Returns whether there is one; what could only be handed over at their next visit has failed, and staff see it.
    """
    contact = _contact(transaction, notification)
    if contact is None:
        return False
    kind = Kind(notification.kind)
    refused = refused_channels(kind, unwanted_by(transaction, contact.participant_id))
    without = [*notification.ruled_out, notification.channel]
    channel, status = route(
        kind,
        email=contact.email,
        phone=contact.reachable_phone,
        by_post=contact.has_address and _letter_comes_in_time(transaction, notification),
        sms=sms_settings().offered,
        without=[*without, *refused],
    )
    if channel == Channel.DESK or status == Status.SUPPRESSED:
        return False
    log.info(
        "channel_failed",
        extra={"notification": str(notification.id), "from": notification.channel, "to": channel},
    )
    notification.ruled_out = without
    notification.channel, notification.status = channel, status
    notification.due_at = now() if status == Status.QUEUED else None
    notification.claimed_at = notification.job_sent_at = None
    notification.attempts_before_retry = notification.attempts
    return True


def undelivered(transaction: Transaction, notification: Notification) -> None:
    """Move a locked message on that had been sent, and has not arrived: to the next channel, or to its end."""
    if not fall_back(transaction, notification):
        notification.status = Status.FAILED
        _say(transaction, catalogue.NotificationFailed, notification)


def came_after_all(transaction: Transaction, notification: Notification) -> None:
    """A locked message that somebody was to tell by hand had been sent by SMS, and is known to have arrived."""
    notification.channel, notification.status = Channel.SMS, Status.SENT
    notification.sent_at = now()
    _say(transaction, catalogue.NotificationSent, notification)


def _letter_comes_in_time(transaction: Transaction, notification: Notification) -> bool:
    session = notification.session_id and transaction.get(Session, notification.session_id)
    return not session or letter_comes_in_time(session.meetings, now())


def _contact(transaction: Transaction, notification: Notification) -> Contact | None:
    """How the person is reached whom a message is for, now that records may have been merged."""
    return transaction.scalar(
        select(Contact)
        .join_from(Notification, Registration, isouter=True, onclause=_ABOUT)
        .join(
            Contact,
            Contact.participant_id
            == func.coalesce(Registration.participant_id, Notification.participant_id),
        )
        .where(Notification.id == notification.id, Contact.erased_at.is_(None))
    )


def _say(
    transaction: Transaction,
    fact: type[catalogue.NotificationSent] | type[catalogue.NotificationFailed],
    notification: Notification,
) -> None:
    """Tell the others what became of a message to a participant; those to staff are nobody's figures."""
    if notification.participant_id is None:
        return
    said = fact.of(
        notification_id=notification.id,
        kind=notification.kind,
        channel=notification.channel,
        participant_id=notification.participant_id,
        registration_id=notification.registration_id,
        session_id=notification.session_id,
        attempts=notification.attempts,
    )
    event_log.append(transaction, said)
