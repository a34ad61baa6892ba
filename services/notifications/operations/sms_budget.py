"""What SMS cost: reserved before one is handed over, so that no worker spends what another has spent."""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.kinds import Kind
from services.notifications.domain.receipts import State
from services.notifications.domain.staff import Matter
from services.notifications.domain.unresolved import FIRST_QUESTION
from services.notifications.models import BudgetWarning, Notification, Sms
from services.notifications.operations.clock import now
from services.notifications.operations.staff import tell_concerned
from shared.events import catalogue
from shared.messaging import log as event_log

log = logging.getLogger(__name__)

# Staff are told while there is still something left.
_LOW = Decimal("0.8")
_LOCK = 0x534D53


@dataclass(frozen=True, slots=True)
class Handing:
    """An SMS about to be handed over: ``cost`` in cents of a euro, as we expect it."""

    reference: str
    notification_id: UUID
    number: int
    provider: str
    segments: int
    cost: Decimal


def reserve(transaction: Transaction, handing: Handing, *, budget: Decimal) -> bool:
    """Note that an SMS is about to be handed over, if the month's ``budget`` allows.

    One at a time: the budget is never exceeded.
    """
    _one_at_a_time(transaction)
    before = spent(transaction)
    after = before + handing.cost
    if after > budget:
        log.warning("sms_budget_spent", extra={"spent": str(before), "budget": str(budget)})
        return False
    transaction.execute(
        insert(Sms).values(
            reference=handing.reference,
            notification_id=handing.notification_id,
            number=handing.number,
            provider=handing.provider,
            segments=handing.segments,
            cost=handing.cost,
            state=State.HANDED_OVER,
            handed_over_at=now(),
            ask_at=now() + FIRST_QUESTION,
        )
    )
    _warn_when_low(transaction, after, budget=budget)
    return True


def release(transaction: Transaction, reference: str) -> None:
    """Take back a reservation: nothing was handed over."""
    transaction.execute(delete(Sms).where(Sms.reference == reference))


def note_reply(
    transaction: Transaction,
    reference: str,
    state: State,
    *,
    provider_id: str | None,
    cost: Decimal | None,
    budget: Decimal,
) -> None:
    """Keep what the provider answered at the hand-over; nothing is left to ask unless it did not answer.

    What it costs may be more than was reserved, and leave little of the month's ``budget``.
    """
    values = {"state": state, "provider_id": provider_id, "ask_at": None, "cost": cost}
    if state == State.ABSENT:
        values["cost"] = Decimal(0)
    elif cost is None:
        del values["cost"]
    transaction.execute(
        update(Sms)
        # A receipt may have been quicker than the answer.
        .where(Sms.reference == reference, Sms.state == State.HANDED_OVER)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if values.get("cost"):
        note_price(transaction, budget=budget)


def note_price(transaction: Transaction, *, budget: Decimal) -> None:
    """Say that most of the month's ``budget`` is spent, if a price that a provider has told makes it so."""
    # After the SMS itself is locked, never before: whoever reserves waits for no SMS.
    _one_at_a_time(transaction)
    _warn_when_low(transaction, spent(transaction), budget=budget)


def spent(transaction: Transaction) -> Decimal:
    """Cents of a euro spent or reserved since the month began (UTC)."""
    query = select(func.coalesce(func.sum(Sms.cost), 0)).where(Sms.handed_over_at >= _month_began())
    return Decimal(transaction.scalars(query).one())


def sent_to(transaction: Transaction, participant_id: UUID, since: datetime) -> int:
    """How many SMS were handed over to a person since a moment."""
    query = (
        select(func.count())
        .select_from(Sms)
        .join(Notification, Notification.id == Sms.notification_id)
        .where(
            Notification.participant_id == participant_id,
            Sms.handed_over_at >= since,
            Sms.state != State.ABSENT,
        )
    )
    return transaction.scalars(query).one()


def _one_at_a_time(transaction: Transaction) -> None:
    transaction.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _warn_when_low(transaction: Transaction, so_far: Decimal, *, budget: Decimal) -> None:
    """Tell once a month and budget that most of it is spent, whatever took it there."""
    if so_far < budget * _LOW:
        return
    month = _month_began().date()
    warning = (
        insert(BudgetWarning).values(month=month, budget=budget).on_conflict_do_nothing()
    ).returning(BudgetWarning.month)
    if transaction.execute(warning).scalar() is None:
        return
    log.warning("sms_budget_low", extra={"spent": str(so_far), "budget": str(budget)})
    said = catalogue.NotificationBudgetLow.of(
        month=month, spent=round(so_far), budget=round(budget)
    )
    event_log.append(transaction, said)
    tell_concerned(
        transaction,
        Matter(Kind.SMS_BUDGET_LOW),
        event_id=uuid5(NAMESPACE_OID, f"sms-budget-low {month} {budget}"),
        details={"spent_cents": round(so_far), "budget_cents": round(budget)},
    )


def _month_began() -> datetime:
    return now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
