"""The trail of what staff do with people's data, written in the transaction of the act itself.

An act that cannot be put on record does not happen, reading included. A row says who did what to which
thing, when and in which request: no value, no name. One request leaves one row, however many it lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session as Transaction

from services.registrations.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Actor:
    """The member of staff who acts, and in which request."""

    subject: str
    role: str
    organisation: str | None
    request_id: str


def record(
    transaction: Transaction,
    actor: Actor | None,
    verb: str,
    resource: str,
    resource_id: object = None,
    *,
    participant: UUID | None = None,
) -> None:
    """Put on record that ``actor`` does ``verb`` to a thing; nothing for None, which is the public.

    ``participant`` is the person concerned, where it is one. A list has no ``resource_id``.
    """
    if actor is None:
        return
    transaction.execute(
        insert(AuditEntry).values(
            subject=actor.subject,
            role=actor.role,
            organisation=actor.organisation,
            verb=verb,
            resource=resource,
            resource_id=None if resource_id is None else str(resource_id),
            participant_id=participant,
            request_id=actor.request_id,
        )
    )


def list_entries(
    transaction: Transaction,
    *,
    participant: UUID | None,
    subject: str | None,
    verb: str | None,
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    limit: int,
) -> Sequence[AuditEntry]:
    """What is on record, newest first: from ``since`` on, earlier than ``until``."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if participant is not None:
        query = query.where(AuditEntry.participant_id == participant)
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    if verb is not None:
        query = query.where(AuditEntry.verb == verb)
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    if until is not None:
        query = query.where(AuditEntry.at < until)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return transaction.scalars(query).all()
