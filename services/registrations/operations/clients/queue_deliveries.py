"""From the log to the webhooks: each new fact becomes one delivery per webhook that may know of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction
from uuid_utils.compat import uuid7

from services.registrations import webhooks
from services.registrations.models import (
    Activity,
    Delivery,
    Programme,
    Registration,
    Session,
    WebClient,
    Webhook,
    WebhookMark,
)
from services.registrations.operations.clock import now
from shared.messaging import log

_AT_ONCE = 500


def queue_deliveries(transaction: Transaction) -> bool:
    """Read some of the log and queue what webhooks are to be told; returns whether there may be more.

    The mark moves in the same transaction: a fact is neither passed over nor queued twice.
    """
    head = log.head(transaction)
    mark = _locked_mark(transaction, head)
    listening = _listening(transaction)
    wanted = {event_type for webhook in listening for event_type in webhook.events}
    events = log.read_after(transaction, mark.position, limit=_AT_ONCE, types=wanted)
    full = len(events) == _AT_ONCE
    # A short page has seen everything up to the head.
    mark.position = events[-1].position if full else max(head, mark.position)
    rows = list(
        _deliveries(listening, events, _clients(transaction, events), _open(transaction, events))
    )
    if rows:
        transaction.execute(insert(Delivery).on_conflict_do_nothing(), rows)
    return full


def waiting_webhooks(transaction: Transaction) -> Sequence[UUID]:
    """Webhooks to which something is due and nobody is posting."""
    due = select(Delivery.webhook_id).where(
        Delivery.webhook_id == Webhook.id, Delivery.status == "waiting", Delivery.due_at <= now()
    )
    query = select(Webhook.id).where(
        Webhook.disabled_at.is_(None), Webhook.busy_until <= now(), due.exists()
    )
    return transaction.scalars(query).all()


def _locked_mark(transaction: Transaction, head: int) -> WebhookMark:
    """The mark; where there is none yet, what was told before there were webhooks is not told again."""
    transaction.execute(insert(WebhookMark).values(position=head).on_conflict_do_nothing())
    return transaction.scalars(select(WebhookMark).with_for_update()).one()


def _listening(transaction: Transaction) -> Sequence[Webhook]:
    query = select(Webhook).where(
        Webhook.disabled_at.is_(None), Webhook.client.has(WebClient.disabled_at.is_(None))
    )
    return transaction.scalars(query).all()


def _deliveries(
    listening: Sequence[Webhook],
    events: Sequence[Row[Any]],
    clients: Mapping[str, UUID],
    open_sessions: Collection[str],
) -> Iterator[dict[str, Any]]:
    for event in events:
        posted = webhooks.body(event.type, event.time, event.data)
        for webhook in listening:
            if event.type not in webhook.events:
                continue
            own = clients.get(event.subject) == webhook.client_id
            if own or event.subject in open_sessions:
                yield {
                    "id": uuid7(),
                    "webhook_id": webhook.id,
                    "event_id": event.event_id,
                    "type": event.type,
                    "body": posted,
                }


def _clients(transaction: Transaction, events: Sequence[Row[Any]]) -> Mapping[str, UUID]:
    """Whose key each registration was posted with, of those that ``events`` are about."""
    ids = [UUID(one.subject) for one in events if one.type in webhooks.REGISTRATION_EVENTS]
    query = select(Registration.id, Registration.client_id).where(
        Registration.id.in_(ids), Registration.client_id.is_not(None)
    )
    return {str(row.id): row.client_id for row in transaction.execute(query)} if ids else {}


def _open(transaction: Transaction, events: Sequence[Row[Any]]) -> Collection[str]:
    """Of the sessions that ``events`` are about, those that are of no discreet programme."""
    ids = [UUID(one.subject) for one in events if one.type in webhooks.SESSION_EVENTS]
    query = (
        select(Session.id)
        .join(Activity, Activity.id == Session.activity_id)
        .join(Programme, Programme.code == Activity.programme_code)
        .where(Session.id.in_(ids), Programme.discreet.is_(False))
    )
    return {str(session_id) for session_id in transaction.scalars(query)} if ids else set()
