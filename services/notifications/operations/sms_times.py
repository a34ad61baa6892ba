"""Whether, and when, a message may leave as an SMS."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.quiet import (
    Locality,
    day_began,
    locality,
    may_ring_at,
    next_morning,
)
from services.notifications.domain.sessions import next_start
from services.notifications.models import Session
from services.notifications.operations.clock import now
from services.notifications.operations.sms_budget import sent_to, spent
from services.notifications.settings import SmsSettings

# Of messages that are about no session.
_HOME = Locality(ZoneInfo("Europe/Paris"))


def may_leave_at(
    transaction: Transaction,
    participant_id: UUID | None,
    session: Session | None,
    settings: SmsSettings,
) -> datetime | None:
    """From when on a message about ``session`` may leave as an SMS; None where another channel must serve.

    That is: the month's budget is spent, or the person has had as many as they may be sent in a day and
    what it is about begins before the next. At most two statements.
    """
    if spent(transaction) + settings.price > settings.budget:
        return None
    where = _HOME if session is None else locality(session.timezone, session.place_address)
    starts_at = None if session is None else next_start(session.meetings, now())
    ringing = may_ring_at(now(), where, starts_at)
    if participant_id is None:
        return ringing
    if sent_to(transaction, participant_id, day_began(now(), where.zone)) < settings.daily_cap:
        return ringing
    morning = next_morning(now(), where)
    return None if starts_at is not None and starts_at <= morning else morning
