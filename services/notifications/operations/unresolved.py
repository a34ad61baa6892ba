"""Having people called whose message cannot wait for somebody to know whether it arrived."""

import logging

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import UNSOLICITED, Kind
from services.notifications.domain.sessions import next_start
from services.notifications.domain.states import Status
from services.notifications.domain.unresolved import CALLED_ABOUT, SOONEST_CALL, called_at
from services.notifications.models import Attempt, Contact, Notification
from services.notifications.operations.claim import Found, messages
from services.notifications.operations.clock import now

log = logging.getLogger(__name__)

# Bounds one sweep; the next comes within seconds.
_MOST_AT_ONCE = 1000


def call_about_unresolved(transaction: Transaction) -> int:
    """Put messages on the call list that nobody could resolve in time; returns how many. One statement."""
    handed_over = (
        messages(
            Notification.status == Status.UNKNOWN,
            Notification.kind.in_(CALLED_ABOUT),
            Contact.reachable_phone.is_not(None),
            Attempt.handed_over_at < now() - SOONEST_CALL,
            ~_was_told_more(),
        )
        .join(
            Attempt,
            and_(
                Attempt.notification_id == Notification.id,
                Attempt.number == Notification.attempts,
            ),
        )
        .add_columns(Attempt.handed_over_at)
        .order_by(Attempt.handed_over_at)
        .limit(_MOST_AT_ONCE)
        .with_for_update(of=Notification, skip_locked=True)
    )
    unresolved = [one for one in transaction.execute(handed_over) if _is_time(one)]
    for found in unresolved:
        notification = found.Notification
        notification.channel, notification.status = Channel.CALL, Status.TO_CALL
        notification.due_at = None
        log.info("unresolved_to_call", extra={"notification": str(notification.id)})
    return len(unresolved)


def _was_told_more() -> ColumnElement[bool]:
    """For a query on messages: whether the person was to be told since how things stand with the registration."""
    later = aliased(Notification)
    return exists().where(
        later.registration_id == Notification.registration_id,
        later.position > Notification.position,
        later.kind.not_in(UNSOLICITED),
    )


def _is_time(found: Found) -> bool:
    notification, session = found.Notification, found.Session
    ends = (
        notification.offered_until,
        None if session is None else next_start(session.meetings, now()),
    )
    too_late = min((one for one in ends if one is not None), default=None)
    return called_at(Kind(notification.kind), found.handed_over_at, too_late) <= now()
