"""What a provider says of an SMS after it was handed over, and what that means for what it told."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.channels import Channel
from services.notifications.domain.receipts import State, is_news
from services.notifications.domain.states import SETTLEABLE, Answer, Outcome, Status
from services.notifications.domain.unresolved import NEXT_QUESTION, QUESTIONS_FOR
from services.notifications.models import Notification, Sms
from services.notifications.operations.clock import now
from services.notifications.operations.settle import came_after_all, settle, undelivered
from services.notifications.operations.sms_budget import note_price
from services.notifications.settings import sms_settings

log = logging.getLogger(__name__)

# Bounds one sweep; the next comes within seconds.
_MOST_AT_ONCE = 100
# What an SMS nobody could account for has become meanwhile.
_GIVEN_TO_STAFF = frozenset({Status.TO_CALL, Status.TO_PRINT})
_OUTCOMES = {
    State.SENT: Outcome.ACCEPTED,
    State.DELIVERED: Outcome.ACCEPTED,
    State.UNDELIVERED: Outcome.REFUSED,
    State.ABSENT: Outcome.DEFERRED,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask of a provider: by its own id, or by our reference."""

    reference: str
    provider: str
    provider_id: str | None
    handed_over_at: datetime


def hear_receipt(
    transaction: Transaction,
    provider: str,
    state: State | None,
    *,
    provider_id: str | None = None,
    reference: str | None = None,
    cost: Decimal | None = None,
    most: int,
) -> bool:
    """Move an SMS on, and what it told; never back, and harmless when heard twice or late.

    ``state`` is None when there is only something to ask about. Returns whether the SMS is known.
    """
    known = Sms.reference == reference if reference else Sms.provider_id == provider_id
    sms = transaction.scalar(
        select(Sms).where(Sms.provider == provider, known).limit(1).with_for_update()
    )
    if sms is None:
        return False
    if state is None:
        sms.ask_at = now()
        return True
    if is_news(State(sms.state), state):
        sms.state, sms.ask_at = state, None
        sms.provider_id = provider_id or sms.provider_id
        sms.cost = Decimal(0) if state == State.ABSENT else cost or sms.cost
    # Also what was heard before: whoever was to settle it then may have died on the way.
    _move_on(transaction, sms, most=most)
    if cost:
        note_price(transaction, budget=sms_settings().budget)
    return True


def take_questions(transaction: Transaction) -> list[str]:
    """References of SMS that it is time to ask after; each is taken for a while, and given up after some days."""
    due = (
        select(Sms.reference)
        .where(Sms.ask_at <= now())
        .order_by(Sms.ask_at)
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    taken = transaction.execute(
        update(Sms)
        .where(Sms.reference.in_(due.scalar_subquery()))
        .values(ask_at=now() + NEXT_QUESTION)
        .returning(Sms.reference, Sms.handed_over_at)
        .execution_options(synchronize_session=False)
    ).all()
    given_up = [row.reference for row in taken if row.handed_over_at < now() - QUESTIONS_FOR]
    _ask_no_more(transaction, given_up)
    return [row.reference for row in taken]


def question(transaction: Transaction, reference: str) -> Question | None:
    """What to ask about an SMS; None if it is not known."""
    sms = transaction.get(Sms, reference)
    if sms is None:
        return None
    return Question(sms.reference, sms.provider, sms.provider_id, sms.handed_over_at)


def _ask_no_more(transaction: Transaction, references: Sequence[str]) -> None:
    if references:
        transaction.execute(
            update(Sms)
            .where(Sms.reference.in_(references))
            .values(ask_at=None)
            .execution_options(synchronize_session=False)
        )


def _move_on(transaction: Transaction, sms: Sms, *, most: int) -> None:
    """What the SMS told follows it, unless another attempt has been made since."""
    state = State(sms.state)
    if state not in _OUTCOMES:
        return
    told = _told_by(transaction, sms.notification_id)
    first = next((one for one in told if one.id == sms.notification_id), None)
    if first is None or first.attempts != sms.number:
        log.info("stale_receipt", extra={"notification": str(sms.notification_id)})
        return
    for notification in told:
        if notification.status in SETTLEABLE:
            answer = Answer(_OUTCOMES[state])
            settle(transaction, notification.id, notification.attempts, answer, most=most)
        elif notification.status == Status.SENT and state == State.UNDELIVERED:
            undelivered(transaction, notification)
        elif notification.status in _GIVEN_TO_STAFF and state == State.DELIVERED:
            # It arrived after all: nobody need call or write any more.
            came_after_all(transaction, notification)
        if notification.status == Status.SENT and state == State.DELIVERED:
            notification.status = Status.DELIVERED


def _told_by(transaction: Transaction, first_id: UUID) -> Sequence[Notification]:
    return transaction.scalars(
        select(Notification)
        .where(
            Notification.told_with == first_id,
            or_(
                Notification.channel == Channel.SMS,
                Notification.status.in_(_GIVEN_TO_STAFF),
            ),
        )
        .order_by(Notification.id)
        .with_for_update()
    ).all()
