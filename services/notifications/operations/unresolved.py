"""Having people called whose message cannot wait for somebody to know whether it arrived."""

import logging

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import Kind
from services.notifications.domain.states import Status
from services.notifications.domain.unresolved import call_after
from services.notifications.models import Attempt, Contact, Notification
from services.notifications.operations.clock import now

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 100
_PATIENCE = {kind: wait for kind in Kind if (wait := call_after(kind)) is not None}


def call_about_unresolved(transaction: Transaction) -> int:
    """Put messages on the call list that nobody could resolve in time; returns how many. One statement."""
    handed_over = (
        select(Notification)
        .join(
            Attempt,
            and_(
                Attempt.notification_id == Notification.id,
                Attempt.number == Notification.attempts,
            ),
        )
        .join(Contact, Contact.participant_id == Notification.participant_id)
        .where(
            Notification.status == Status.UNKNOWN,
            Contact.reachable_phone.is_not(None),
            _waited_long_enough(),
        )
        .limit(_MOST_AT_ONCE)
        .with_for_update(of=Notification, skip_locked=True)
    )
    unresolved = transaction.scalars(handed_over).all()
    for notification in unresolved:
        notification.channel, notification.status = Channel.CALL, Status.TO_CALL
        notification.due_at = None
        log.info("unresolved_to_call", extra={"notification": str(notification.id)})
    return len(unresolved)


def _waited_long_enough() -> ColumnElement[bool]:
    return or_(
        *(
            and_(Notification.kind == kind, Attempt.handed_over_at < now() - wait)
            for kind, wait in _PATIENCE.items()
        )
    )
