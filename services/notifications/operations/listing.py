"""Looking messages up, for staff."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import selectinload

from services.notifications.models import Attempt, Notification, Registration, Session
from services.notifications.operations.scope import Scope
from services.notifications.refusals import NotificationNotFound


def list_notifications(
    transaction: Transaction,
    scope: Scope,
    *,
    filters: dict[str, Any],
    since: datetime | None,
    before: UUID | None,
    limit: int,
) -> Sequence[Notification]:
    """Up to ``limit`` messages within ``scope`` with all attempts, the newest first, those older than ``before``.

    ``filters`` are column names with the values wanted; None does not limit. What a participant was told
    includes what a record was told that is theirs since.
    """
    query = within(scope).options(selectinload(Notification.tries).selectinload(Attempt.sms))
    for column, value in filters.items():
        if value is not None:
            query = query.where(_is(column, value))
    if since is not None:
        query = query.where(Notification.created_at >= since)
    if before is not None:
        query = query.where(Notification.id < before)
    return transaction.scalars(query.order_by(Notification.id.desc()).limit(limit)).all()


def _is(column: str, value: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = getattr(Notification, column) == value
    if column == "participant_id":
        theirs = select(Registration.id).where(Registration.participant_id == value)
        condition |= Notification.registration_id.in_(theirs)
    return condition


def within(scope: Scope) -> Select[Notification]:
    """The messages of ``scope``."""
    return (
        select(Notification)
        .outerjoin(Session, Session.id == Notification.session_id)
        .where(scope.condition())
    )


def find(transaction: Transaction, notification_id: UUID, scope: Scope) -> Notification:
    """One message with all its attempts.

    Raises:
        NotificationNotFound: there is none, or none that ``scope`` lets one see.
    """
    found = transaction.scalar(
        within(scope)
        .where(Notification.id == notification_id)
        .options(selectinload(Notification.tries).selectinload(Attempt.sms))
    )
    if found is None:
        raise NotificationNotFound
    return found


def as_they_stand(transaction: Transaction, ids: Sequence[UUID]) -> Sequence[Notification]:
    """Messages with all attempts, those made in this transaction among them. Three statements."""
    return transaction.scalars(
        select(Notification)
        .where(Notification.id.in_(ids))
        .order_by(Notification.id)
        .options(selectinload(Notification.tries).selectinload(Attempt.sms))
        .execution_options(populate_existing=True)
    ).all()


def summarise(transaction: Transaction, *, since: datetime | None) -> list[dict[str, Any]]:
    """How many messages there are of each kind, by channel and state."""
    keys = (Notification.kind, Notification.channel, Notification.status)
    query = select(*keys, func.count().label("count")).group_by(*keys).order_by(*keys)
    if since is not None:
        query = query.where(Notification.created_at >= since)
    return [dict(row) for row in transaction.execute(query).mappings()]
