"""Forgetting by itself those who have not been in touch for long."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, select, tuple_
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from services.registrations.domain import LIVE, months_before
from services.registrations.models import Erasure, Participant, Registration, Session
from services.registrations.operations.clock import now
from services.registrations.operations.people.erase import erase, lock_records
from services.registrations.operations.people.merge import alone
from services.registrations.operations.staff import audit
from services.registrations.operations.staff.audit import Actor

# Who erases, where nobody of the staff does.
BY_ITSELF = "retention"


def list_due(
    transaction: Transaction,
    before: datetime,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row[UUID, datetime]]:
    """People whose last contact was earlier than ``before``, the longest ago first, with when it was."""
    query = (
        select(Participant.id, Participant.last_contact_at)
        .where(_is_due(before))
        .order_by(Participant.last_contact_at, Participant.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Participant.last_contact_at, Participant.id) > after)
    return transaction.execute(query).all()


def count_due(transaction: Transaction, before: datetime) -> int:
    query = select(func.count()).select_from(Participant).where(_is_due(before))
    return transaction.scalar(query) or 0


def last_day_kept(months: int) -> datetime:
    """Contacts earlier than this are forgotten when data are kept for ``months``."""
    return months_before(now(), months)


def erase_if_due(
    transaction: Transaction, participant_id: UUID, before: datetime
) -> Erasure | None:
    """Erase the person, unless they have been in touch since they were found; who did it is on record."""
    alone(transaction)
    # Whoever registers them in this moment waits, or has made a contact that is seen here.
    lock_records(transaction, participant_id)
    query = select(Participant.id).where(Participant.id == participant_id, _is_due(before))
    if transaction.scalar(query) is None:
        return None
    erasure = erase(transaction, participant_id, by=BY_ITSELF, on_request=False)
    itself = Actor(BY_ITSELF, "system", None, str(erasure.id))
    audit.record(
        transaction, itself, "erase", "participant", participant_id, participant=participant_id
    )
    return erasure


def _is_due(before: datetime) -> ColumnElement[bool]:
    merged: Any = aliased(Participant)
    in_touch_as_another = exists().where(
        merged.merged_into == Participant.id, merged.last_contact_at >= before
    )
    expected = (
        select(Registration.id)
        .join(Session, Session.id == Registration.session_id)
        .where(
            Registration.participant_id == Participant.id,
            Registration.status.in_(LIVE),
            Session.ends_at > now(),
        )
        .correlate(Participant)
        .exists()
    )
    return and_(
        Participant.last_contact_at < before,
        Participant.merged_into.is_(None),
        Participant.erased_at.is_(None),
        ~in_touch_as_another,
        ~expected,
    )
