"""The desk: what a person who comes is told there, and what nobody told in time."""

import logging
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, tuple_, update
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import selectinload

from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import Kind
from services.notifications.domain.sessions import is_too_late
from services.notifications.domain.states import Outcome, Status
from services.notifications.models import Attempt, Contact, Notification, Session
from services.notifications.operations.claim import Claim, Telling, addressee_of, messages
from services.notifications.operations.clock import now
from services.notifications.operations.listing import as_they_stand
from services.notifications.operations.settle import conclude
from services.notifications.refusals import NotAtTheDesk, NotificationNotFound

log = logging.getLogger(__name__)

# Bounds one sweep; the next comes within seconds.
_MOST_AT_ONCE = 1000
_STILL_OF_USE = timedelta(days=30)
_TRIES = selectinload(Notification.tries).selectinload(Attempt.sms)


def list_at_desk(
    transaction: Transaction, participant_id: UUID, *, after: UUID | None, limit: int
) -> list[Claim]:
    """Up to ``limit`` messages that wait for a person, the oldest first, those after ``after`` if given.

    Also those that somebody would call or write about: who is here need not be. And what could not be told by any
    channel. One statement.
    """
    query = messages(Contact.participant_id == participant_id, to_be_told_here())
    if after is not None:
        query = query.where(Notification.id > after)
    rows = transaction.execute(query.order_by(Notification.id).limit(limit)).all()
    return [
        Claim(
            Channel.DESK,
            addressee_of(row),
            (Telling(row.Notification, row.Session, 0, row.seat_remains),),
        )
        for row in rows
    ]


def hand_over_at_desk(transaction: Transaction, notification_id: UUID) -> Notification:
    """Note that a person was told at the desk. Said again, nothing changes.

    Raises:
        NotificationNotFound: there is none, or it is of somebody who was forgotten.
        NotAtTheDesk: it has left by another channel, or is not to be told any more.
    """
    notification = transaction.scalar(
        select(Notification)
        .where(Notification.id == notification_id, Notification.is_erased.is_(False))
        .with_for_update()
        .options(_TRIES)
    )
    if notification is None:
        raise NotificationNotFound
    if notification.status == Status.SENT and notification.channel == Channel.DESK:
        return notification
    if not _is_waiting(notification):
        raise NotAtTheDesk
    notification.channel = Channel.DESK
    notification.attempts += 1
    transaction.add(
        Attempt(
            notification_id=notification.id,
            number=notification.attempts,
            channel=Channel.DESK,
            started_at=now(),
            handed_over_at=now(),
            finished_at=now(),
            outcome=Outcome.ACCEPTED,
        )
    )
    conclude(transaction, notification, Outcome.ACCEPTED, most=1)
    (told,) = as_they_stand(transaction, [notification_id])
    return told


def drop_late(transaction: Transaction) -> int:
    """Let go what nobody told in time; returns how many. Two statements, however many wait."""
    waiting_for = (
        select(Notification.session_id, Notification.kind).where(_waits()).distinct().subquery()
    )
    waiting = transaction.execute(
        select(waiting_for.c.session_id, waiting_for.c.kind, Session.meetings).join(
            Session, Session.id == waiting_for.c.session_id
        )
    ).all()
    late = [
        (row.session_id, row.kind)
        for row in waiting
        if is_too_late(Kind(row.kind), row.meetings, now())
    ]
    if not late:
        return 0
    # Locked as calls are noted, the oldest first, so that neither waits for what the other has.
    of_late = (
        select(Notification.id)
        .where(_waits(), tuple_(Notification.session_id, Notification.kind).in_(late))
        .order_by(Notification.id)
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    dropped = transaction.scalars(
        update(Notification)
        .where(Notification.id.in_(of_late.scalar_subquery()))
        .values(status=Status.TOO_LATE)
        .returning(Notification.id)
        .execution_options(synchronize_session=False)
    ).all()
    log.info("too_late", extra={"messages": len(dropped)})
    return len(dropped)


def to_be_told_here() -> ColumnElement[bool]:
    """For a query on messages: that whoever is at the desk tells the person, if they come."""
    return or_(_waits(), _has_failed())


def _waits() -> ColumnElement[bool]:
    """That somebody here is to tell the person; a reminder that is not due yet is none of it."""
    return or_(
        Notification.status.in_((Status.TO_CALL, Status.TO_PRINT)),
        and_(
            Notification.status == Status.SCHEDULED,
            Notification.channel == Channel.DESK,
            Notification.due_at.is_(None),
        ),
    )


def _has_failed() -> ColumnElement[bool]:
    """That a message came to nothing, of late: what is older would be told too late to be of use."""
    return and_(
        Notification.status == Status.FAILED, Notification.created_at > now() - _STILL_OF_USE
    )


def _is_waiting(notification: Notification) -> bool:
    """The same of one message."""
    if notification.status == Status.SCHEDULED:
        return notification.channel == Channel.DESK and notification.due_at is None
    return notification.status in {Status.TO_CALL, Status.TO_PRINT, Status.FAILED}
