"""Taking a message in hand, alone: claimed before the network, marked when it may leave our hands."""

import logging
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import CursorResult, Exists, exists, select, update
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from services.notifications.domain import Channel, Kind, Status, is_too_late, route
from services.notifications.models import Attempt, Contact, Notification, Registration, Session
from services.notifications.operations.clock import now

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this process alone may hand over, with what its words need.

    ``seat_remains``: someone else with the same e-mail address is confirmed for the session.
    """

    notification: Notification
    contact: Contact
    session: Session
    number: int
    seat_remains: bool


def claim(transaction: Transaction, notification_id: UUID) -> Claim | None:
    """Take a due message in hand and note the attempt; None when there is nothing to do.

    That is: it is not due, someone else has it, it would come too late, or the person no longer has
    an e-mail address (it then moves to the channel they have).
    """
    owned = aliased(Registration)
    found = transaction.execute(
        select(Notification, Contact, Session, _seat_remains().label("seat_remains"))
        # Whoever the registration is of now: records may have been merged since it was decided.
        .join(owned, owned.id == Notification.registration_id)
        .join(Contact, Contact.participant_id == owned.participant_id)
        .join(Session, Session.id == Notification.session_id)
        .where(
            Notification.id == notification_id,
            Notification.status == Status.QUEUED,
            Notification.due_at <= now(),
        )
        .with_for_update(of=Notification, skip_locked=True)
    ).first()
    if found is None:
        return None
    notification, contact, session, seat_remains = found
    if is_too_late(Kind(notification.kind), session.meetings, now()):
        notification.status = Status.TOO_LATE
        log.info("too_late", extra={"notification": str(notification.id)})
        return None
    channel, status = route(email=contact.email, phone=contact.phone)
    if channel != Channel.EMAIL:
        notification.channel, notification.status = channel, status
        return None
    notification.status = Status.SENDING
    notification.claimed_at = now()
    notification.attempts += 1
    number = notification.attempts
    transaction.add(
        Attempt(notification_id=notification.id, number=number, started_at=notification.claimed_at)
    )
    return Claim(notification, contact, session, number, seat_remains)


def _seat_remains() -> Exists:
    """For a query on messages and contacts: is another seat of the session in the same mailbox?"""
    other = aliased(Contact)
    return exists().where(
        Registration.session_id == Notification.session_id,
        Registration.id != Notification.registration_id,
        Registration.status == "confirmed",
        other.participant_id == Registration.participant_id,
        other.email == Contact.email,
    )


def hand_over(transaction: Transaction, notification_id: UUID, number: int) -> bool:
    """Mark that from now on the carrier may have the message, unless the claim has lapsed.

    The first update locks the message against the sweeper: either it sees this mark, or the claim is
    no longer ours and nothing may be handed over.
    """
    moment = now()
    ours = transaction.execute(
        update(Notification)
        .where(
            Notification.id == notification_id,
            Notification.status == Status.SENDING,
            Notification.attempts == number,
        )
        .values(claimed_at=moment)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(ours, CursorResult) or ours.rowcount != 1:
        return False
    transaction.execute(
        update(Attempt)
        .where(Attempt.notification_id == notification_id, Attempt.number == number)
        .values(handed_over_at=moment)
        .execution_options(synchronize_session=False)
    )
    return True
