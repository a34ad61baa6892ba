"""The trail of what staff do with what people are told, written in the transaction of the act itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session as Transaction

from services.notifications.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Actor:
    """The member of staff who acts, and in which request."""

    subject: str
    role: str
    request_id: str


def record(
    transaction: Transaction, actor: Actor, verb: str, notifications: Sequence[UUID]
) -> None:
    """Put on record that ``actor`` does ``verb`` to these messages: one row, no value, no name."""
    transaction.execute(
        insert(AuditEntry).values(
            subject=actor.subject,
            role=actor.role,
            verb=verb,
            notifications=list(notifications),
            request_id=actor.request_id,
        )
    )
