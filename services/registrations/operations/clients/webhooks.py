"""Webhooks: the addresses of web clients that facts are posted to, and the log of what was posted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import selectinload
from uuid_utils.compat import uuid7

from services.registrations import webhooks
from services.registrations.models import Delivery, Webhook
from services.registrations.operations.clients.holders import find_client
from services.registrations.operations.clock import now
from services.registrations.refusals import WebhookDisabled
from shared.errors import NotFound, invalid

# Time to put a new secret in place before the old one no longer signs.
SECRETS_OVERLAP = timedelta(hours=24)
_KEPT = timedelta(days=30)
_FORGOTTEN_AT_ONCE = 10_000


def add_webhook(
    transaction: Transaction, *, client_id: UUID, url: str, events: Sequence[str]
) -> Webhook:
    """Have facts of these types posted to ``url`` from now on.

    Raises:
        Invalid: there is no such client.
    """
    try:
        client = find_client(transaction, client_id)
    except NotFound:
        raise invalid(
            "client_id", "There is no such web client.", "Ce client web n'existe pas."
        ) from None
    webhook = Webhook(
        id=uuid7(),
        client=client,
        url=url,
        events=list(events),
        secret=webhooks.new_secret(),
    )
    transaction.add(webhook)
    transaction.flush()
    transaction.refresh(webhook)
    return webhook


def change_webhook(transaction: Transaction, webhook_id: UUID, changes: dict[str, Any]) -> Webhook:
    """Change address or types, stop (``disabled``) or go on; what waited is then posted.

    Raises:
        NotFound: there is no such webhook.
    """
    webhook = find_webhook(transaction, webhook_id)
    disabled = changes.pop("disabled", webhook.disabled_at is not None)
    for name, value in changes.items():
        setattr(webhook, name, value)
    if not disabled:
        webhook.disabled_at = webhook.disabled_because = None
    elif webhook.disabled_at is None:
        disable(webhook, "asked")
    return webhook


def disable(webhook: Webhook, because: str) -> None:
    """Post nothing to it until someone says otherwise."""
    webhook.disabled_at, webhook.disabled_because = now(), because


def renew_secret(transaction: Transaction, webhook_id: UUID) -> Webhook:
    """Give the webhook a new secret; the one before signs too for another day.

    Raises:
        NotFound: there is no such webhook.
    """
    webhook = find_webhook(transaction, webhook_id)
    webhook.earlier_secret, webhook.secret = webhook.secret, webhooks.new_secret()
    webhook.earlier_secret_until = now() + SECRETS_OVERLAP
    return webhook


def remove_webhook(transaction: Transaction, webhook_id: UUID) -> None:
    """Forget the webhook and what was posted to it.

    Raises:
        NotFound: there is no such webhook.
    """
    transaction.delete(find_webhook(transaction, webhook_id))


def find_webhook(transaction: Transaction, webhook_id: UUID) -> Webhook:
    """The webhook, locked.

    Raises:
        NotFound: there is none.
    """
    query = select(Webhook).where(Webhook.id == webhook_id).with_for_update(of=Webhook)
    webhook = transaction.scalars(query).first()
    if webhook is None:
        raise NotFound
    return webhook


def list_webhooks(
    transaction: Transaction, *, client_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[Webhook]:
    """Webhooks, of one client if given, in the order of their making."""
    query = select(Webhook).order_by(Webhook.id).limit(limit)
    if client_id is not None:
        query = query.where(Webhook.client_id == client_id)
    if after is not None:
        query = query.where(Webhook.id > after)
    return transaction.scalars(query).all()


def ping(transaction: Transaction, webhook_id: UUID) -> Delivery:
    """Post something harmless, to see whether the address works.

    Raises:
        NotFound: there is no such webhook.
        WebhookDisabled: nothing is posted to it.
    """
    webhook = find_webhook(transaction, webhook_id)
    if webhook.disabled_at is not None:
        raise WebhookDisabled
    delivery = Delivery(
        webhook_id=webhook.id,
        event_id=uuid7(),
        type=webhooks.PING,
        body=webhooks.body(webhooks.PING, now(), {}),
    )
    transaction.add(delivery)
    transaction.flush()
    transaction.refresh(delivery, ["tries"])
    return delivery


def list_deliveries(
    transaction: Transaction,
    webhook_id: UUID,
    *,
    status: str | None,
    before: UUID | None,
    limit: int,
) -> Sequence[Delivery]:
    """What was posted to a webhook or is going to be, newest first, with every attempt.

    Raises:
        NotFound: there is no such webhook.
    """
    if transaction.get(Webhook, webhook_id) is None:
        raise NotFound
    query = (
        select(Delivery)
        .where(Delivery.webhook_id == webhook_id)
        .options(selectinload(Delivery.tries))
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    if status is not None:
        query = query.where(Delivery.status == status)
    if before is not None:
        query = query.where(Delivery.id < before)
    return transaction.scalars(query).all()


def replay(transaction: Transaction, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Post one delivery again, under its old id, whatever became of it.

    Raises:
        NotFound: this webhook has no such delivery.
    """
    query = (
        select(Delivery)
        .where(Delivery.webhook_id == webhook_id, Delivery.id == delivery_id)
        .options(selectinload(Delivery.tries))
        .with_for_update()
    )
    delivery = transaction.scalars(query).first()
    if delivery is None:
        raise NotFound
    delivery.status = "waiting"
    delivery.attempts_before_replay = delivery.attempts
    delivery.due_at = now()
    return delivery


def replay_failed(transaction: Transaction, webhook_id: UUID, since: datetime) -> int:
    """Post again all that failed for good, of what was to be told from ``since`` on; returns how many.

    Raises:
        NotFound: there is no such webhook.
    """
    find_webhook(transaction, webhook_id)
    again = (
        update(Delivery)
        .where(
            Delivery.webhook_id == webhook_id,
            Delivery.status == "failed",
            Delivery.created_at >= since,
        )
        .values(status="waiting", attempts_before_replay=Delivery.attempts, due_at=now())
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(transaction.scalars(again).all())


def forget_deliveries(transaction: Transaction) -> None:
    """Drop what is over a month old from the log of deliveries; what still waits is kept."""
    old = (
        select(Delivery.id)
        .where(Delivery.created_at < now() - _KEPT, Delivery.status != "waiting")
        .order_by(Delivery.created_at)
        .limit(_FORGOTTEN_AT_ONCE)
    )
    transaction.execute(delete(Delivery).where(Delivery.id.in_(old.scalar_subquery())))
