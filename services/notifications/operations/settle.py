"""Recording how an attempt ended, and what becomes of the message."""

import json
import logging
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text
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
from shared.events.catalogue import Fact
from shared.messaging import log as event_log

log = logging.getLogger(__name__)

_Fact = catalogue.NotificationSent | catalogue.NotificationFailed
# What a late, definite answer may still replace.
_OPEN_OUTCOMES = (None, Outcome.UNANSWERED)
_ABOUT = Registration.id == Notification.registration_id


_ACCEPT = text("""
    WITH handed AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[])) AS one (id, number)
    ), ours AS (
        UPDATE notification SET status = 'sent', claimed_at = NULL, sent_at = :moment, address = NULL
        FROM handed
        WHERE notification.id = handed.id AND notification.attempts = handed.number
            AND notification.status = 'sending'
        RETURNING notification.id, handed.number, notification.is_erased
    ), noted AS (
        UPDATE attempt SET outcome = 'accepted', code = :code, finished_at = :moment,
            answer = CASE WHEN ours.is_erased THEN NULL ELSE :answer END
        FROM ours
        WHERE attempt.notification_id = ours.id AND attempt.number = ours.number
            AND attempt.outcome IS NULL
    ), said AS (
        INSERT INTO event_log (event_id, type, version, subject, traceparent, data)
        SELECT fact.event_id, fact.type, fact.version, fact.subject, fact.traceparent, fact.data
        FROM jsonb_to_recordset(CAST(:facts AS jsonb)) AS fact (
            notification_id uuid, event_id uuid, type text, version smallint, subject text,
            traceparent text, data jsonb)
        JOIN ours ON ours.id = fact.notification_id
    )
    SELECT count(*) FROM ours
""")


def accept(
    transaction: Transaction, told: Sequence[tuple[Notification, int]], answer: Answer
) -> bool:
    """Record in one statement that a carrier has accepted messages, each with the number of its attempt.

    Returns False if something else has become of one of them meanwhile: then :func:`settle` says what holds.
    """
    facts = [
        {"notification_id": notification.id, **event_log.row_of(fact)}
        for notification, _ in told
        if (fact := _said_of(catalogue.NotificationSent, notification)) is not None
    ]
    settled = transaction.scalar(
        _ACCEPT,
        {
            "ids": [notification.id for notification, _ in told],
            "numbers": [number for _, number in told],
            "moment": now(),
            "code": answer.code,
            "answer": answer.text,
            "facts": json.dumps(facts, default=str),
        },
    )
    if settled and facts:
        event_log.appended(transaction)
    if settled != len(told):
        return False
    for notification, number in told:
        _log_end(notification, number, answer.outcome, Status.SENT)
    return True


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
    _log_end(notification, notification.attempts, outcome, status)
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
    meetings = session.meetings if session else ()
    return letter_comes_in_time(meetings, now(), notification.offered_until)


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


def _log_end(notification: Notification, number: int, outcome: Outcome, status: Status) -> None:
    log.info(
        "attempt_ended",
        extra={
            "notification": str(notification.id),
            "kind": notification.kind,
            "attempt": number,
            "outcome": outcome,
            "status": status,
        },
    )


def _say(transaction: Transaction, fact: type[_Fact], notification: Notification) -> None:
    """Tell the others what became of a message."""
    said = _said_of(fact, notification)
    if said is not None:
        event_log.append(transaction, said)


def _said_of(fact: type[_Fact], notification: Notification) -> Fact | None:
    """What the others are told of a message to a participant; those to staff are nobody's figures."""
    if notification.participant_id is None:
        return None
    return fact.of(
        notification_id=notification.id,
        kind=notification.kind,
        channel=notification.channel,
        participant_id=notification.participant_id,
        registration_id=notification.registration_id,
        session_id=notification.session_id,
        attempts=notification.attempts,
    )
