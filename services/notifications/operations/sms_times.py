"""Whether, and when, a message may leave as an SMS."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.sessions import can_be_answered, next_start
from services.notifications.models import Notification, Session
from services.notifications.operations.clock import now
from services.notifications.operations.sms_budget import sent_to, spent
from services.notifications.settings import SmsSettings
from shared.quiet import (
    Locality,
    day_began,
    locality,
    may_ring_at,
    next_morning,
)

# Of messages that are about no session.
_HOME = Locality(ZoneInfo("Europe/Paris"))


def may_leave_at(
    transaction: Transaction,
    notification: Notification,
    session: Session | None,
    settings: SmsSettings,
) -> datetime | None:
    """From when on a message about ``session`` may leave as an SMS; None where another channel must serve.

    That is: the month's budget is spent, or the person has had as many as they may be sent in a day and
    what it is about begins before the next, or it offers a seat and would come when the offer is about to
    end. At most two statements.
    """
    if spent(transaction) + settings.price > settings.budget:
        return None
    where = _HOME if session is None else locality(session.timezone, session.place_address)
    starts_at = None if session is None else next_start(session.meetings, now())
    leaves_at = may_ring_at(now(), where, starts_at)
    if _has_had_enough(transaction, notification, where, settings):
        leaves_at = next_morning(now(), where)
        if starts_at is not None and starts_at <= leaves_at:
            return None
    return leaves_at if can_be_answered(leaves_at, now(), notification.offered_until) else None


def _has_had_enough(
    transaction: Transaction, notification: Notification, where: Locality, settings: SmsSettings
) -> bool:
    person = notification.participant_id
    if person is None:
        return False
    return sent_to(transaction, person, day_began(now(), where.zone)) >= settings.daily_cap
