"""The row through which everything that changes a session's seats must pass."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from services.registrations.models import Session


def lock_session(transaction: Transaction, session_id: UUID) -> Session | None:
    """The session, this transaction's alone until it ends; always before its registrations."""
    query = select(Session).where(Session.id == session_id)
    return transaction.scalars(
        query.with_for_update(of=Session).execution_options(populate_existing=True)
    ).first()
