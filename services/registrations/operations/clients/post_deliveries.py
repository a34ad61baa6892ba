"""What is due to one webhook, taken one by one: begun, posted by the caller, settled.

While a webhook is taken nobody else posts to it; a job that dies is replaced when its time is over. What
it had begun is then posted again under the same id, by which receivers know that they have had it.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session as Transaction

from services.registrations import webhooks
from services.registrations.models import Delivery, DeliveryAttempt, Webhook
from services.registrations.operations.clients.webhooks import disable, find_webhook
from services.registrations.operations.clock import now
from services.registrations.webhooks import Answer, Verdict

log = logging.getLogger(__name__)

# Longer than any posting takes.
_LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Posting:
    """One attempt that has begun: what to post where."""

    webhook_id: UUID
    delivery_id: UUID
    number: int
    url: str
    body: str
    headers: dict[str, str]


def take_webhook(transaction: Transaction, webhook_id: UUID) -> bool:
    """Have the webhook to oneself for a minute; False when someone else has it, or it is disabled."""
    taken = (
        update(Webhook)
        .where(Webhook.id == webhook_id, Webhook.busy_until <= now(), Webhook.disabled_at.is_(None))
        .values(busy_until=now() + _LEASE)
        .returning(Webhook.id)
    )
    return transaction.scalar(taken) is not None


def let_go(transaction: Transaction, webhook_id: UUID, *, pause: timedelta) -> None:
    """Let others have the webhook after a ``pause``."""
    transaction.execute(
        update(Webhook).where(Webhook.id == webhook_id).values(busy_until=now() + pause)
    )


def begin_next(transaction: Transaction, webhook_id: UUID) -> Posting | None:
    """Begin an attempt at what is due first; None if nothing is.

    Raises:
        NotFound: the webhook was removed.
    """
    webhook = find_webhook(transaction, webhook_id)
    query = select(Delivery).where(
        Delivery.webhook_id == webhook_id, Delivery.status == "waiting", Delivery.due_at <= now()
    )
    # What is queued together is due together: in the order of the log.
    query = query.order_by(Delivery.due_at, Delivery.id).limit(1)
    delivery = transaction.scalars(query.with_for_update()).first()
    if delivery is None or webhook.disabled_at is not None:
        return None
    delivery.attempts += 1
    # Should this process die, it is due again when the webhook is free again.
    delivery.due_at = webhook.busy_until = now() + _LEASE
    transaction.add(
        DeliveryAttempt(delivery_id=delivery.id, number=delivery.attempts, started_at=now())
    )
    timestamp = now()
    headers = {
        "webhook-id": str(delivery.id),
        "webhook-timestamp": str(int(timestamp.timestamp())),
        "webhook-signature": webhooks.signatures(
            str(delivery.id), timestamp, delivery.body, _signers(webhook)
        ),
    }
    return Posting(webhook.id, delivery.id, delivery.attempts, webhook.url, delivery.body, headers)


def settle(transaction: Transaction, posting: Posting, answer: Answer) -> Verdict:
    """Record how an attempt ended: delivered, due again later, or failed for good.

    A receiver that says that it is gone (410), or that took nothing for as long as one delivery was
    tried, is left alone until someone says otherwise.

    Raises:
        NotFound: the webhook was removed.
    """
    verdict = webhooks.verdict(answer.status_code)
    webhook = find_webhook(transaction, posting.webhook_id)
    delivery = transaction.get_one(Delivery, posting.delivery_id, with_for_update=True)
    attempt = transaction.get_one(DeliveryAttempt, (delivery.id, posting.number))
    attempt.finished_at = now()
    attempt.status_code, attempt.problem = answer.status_code, answer.problem
    if verdict == Verdict.DELIVERED:
        delivery.status, delivery.delivered_at = "delivered", now()
    elif verdict == Verdict.GONE:
        delivery.status = "failed"
        disable(webhook, "gone")
    elif delivery.status == "waiting":
        _try_later(transaction, delivery, webhook, answer.retry_after)
    log.info(
        "webhook_posted",
        extra={
            "delivery": str(delivery.id),
            "attempt": posting.number,
            "code": answer.status_code,
            "problem": answer.problem,
            "status": delivery.status,
        },
    )
    return verdict


def _try_later(
    transaction: Transaction, delivery: Delivery, webhook: Webhook, retry_after: int | None
) -> None:
    wait = webhooks.wait_after(delivery.attempts - delivery.attempts_before_replay, retry_after)
    if wait is not None:
        delivery.due_at = now() + wait
        return
    delivery.status = "failed"
    well_since = select(Delivery.id).where(
        Delivery.webhook_id == webhook.id, Delivery.delivered_at > delivery.created_at
    )
    if transaction.scalar(well_since.limit(1)) is None:
        disable(webhook, "failing")


def _signers(webhook: Webhook) -> list[str]:
    signers = [webhook.secret]
    if webhook.earlier_secret and (until := webhook.earlier_secret_until) and until > now():
        signers.append(webhook.earlier_secret)
    return signers
