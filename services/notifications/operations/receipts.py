"""The receipt of an erasure: the last message to a person, for which alone their address is kept a little longer."""

from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import Kind
from services.notifications.domain.languages import language_of
from services.notifications.domain.states import Status
from services.notifications.models import Contact, Notification
from services.notifications.operations.clock import now
from shared.events.envelope import Event

# A service that has not answered by then needs somebody to look; the address need not wait for that.
_PATIENCE = timedelta(days=30)


def keep_receipt(transaction: Transaction, event: Event) -> None:
    """Have a receipt wait for all services to answer, if there is an address to send it to. Two statements."""
    contact = transaction.scalars(
        select(Contact)
        .where(
            Contact.participant_id.in_(event.data["participants"]),
            Contact.email.is_not(None),
        )
        .order_by(Contact.position.desc())
        .limit(1)
    ).first()
    if contact is None:
        return
    transaction.execute(
        insert(Notification)
        .values(
            id=_id(event.data["erasure_id"]),
            event_id=event.id,
            position=event.position,
            kind=Kind.ERASURE_RECEIPT,
            channel=Channel.EMAIL,
            address=contact.email,
            language=language_of(contact.language),
            details={"removed": []},
            sequence=0,
            status=Status.SCHEDULED,
            # What the mail server says of the address is not kept, either.
            is_erased=True,
        )
        .on_conflict_do_nothing()
    )


def complete_receipt(transaction: Transaction, event: Event) -> list[UUID]:
    """All services have answered: the receipt says what they removed, and goes. One statement."""
    removed = [{"what": one["what"], "rows": one["rows"]} for one in event.data["removed"]]
    return list(
        transaction.scalars(
            update(Notification)
            .where(
                Notification.id == _id(event.data["erasure_id"]),
                Notification.status == Status.SCHEDULED,
            )
            .values(
                details={"removed": removed},
                status=Status.QUEUED,
                due_at=now(),
                job_sent_at=now(),
            )
            .returning(Notification.id)
            .execution_options(synchronize_session=False)
        )
    )


def forget_addresses(transaction: Transaction) -> None:
    """Of receipts that came to nothing keep no address; one that waited too long comes to nothing. One statement."""
    waited = (Notification.status == Status.SCHEDULED) & (
        Notification.created_at < now() - _PATIENCE
    )
    ended = Notification.status.in_((Status.FAILED, Status.CANCELLED, Status.TOO_LATE))
    transaction.execute(
        update(Notification)
        .where(
            Notification.kind == Kind.ERASURE_RECEIPT,
            Notification.address.is_not(None),
            waited | ended,
        )
        .values(address=None, status=Status.CANCELLED)
        .execution_options(synchronize_session=False)
    )


def _id(erasure_id: UUID) -> UUID:
    """One receipt for one erasure, however often it is heard of."""
    return uuid5(erasure_id, Kind.ERASURE_RECEIPT)
