"""What becomes of the people behind registrations: found to be one, taken apart again, forgotten."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.states import UNSENT, Status
from services.notifications.models import (
    Attempt,
    Contact,
    Erasure,
    Notification,
    Preference,
    Registration,
    Sms,
)
from services.notifications.operations.clock import now
from services.notifications.operations.preferences import keep_wishes_together
from services.notifications.operations.receipts import keep_receipt
from shared.events import catalogue
from shared.events.envelope import Event
from shared.messaging import log
from shared.messaging.tables import parked_event

# Of a person who is forgotten, what still names them: nothing.
_NOTHING_KNOWN = {
    "given_name": "",
    "family_name": "",
    "email": None,
    "phone": None,
    "language": "fr",
    "access_key": "",
    "postal_address": None,
    "returned_address": None,
    "wrong_phone": None,
}


def merged(transaction: Transaction, event: Event) -> None:
    """The registrations of one record are now the other's, whose contact is told about them.

    What either did not want, the person does not want. Two statements, four if that was anything.
    """
    data = event.data
    _give(transaction, data["registrations"], data["participant_id"])
    keep_wishes_together(transaction, data["merged_participant_id"], data["participant_id"])


def unmerged(transaction: Transaction, event: Event) -> None:
    """They go back to the record that had been merged. One statement."""
    _give(transaction, event.data["registrations"], event.data["merged_participant_id"])


def erased(transaction: Transaction, event: Event) -> None:
    """Forget a person: no contact, no words, no answer that names them, and no message from now on.

    Who is forgotten stays so: an older contact that is heard of later changes nothing.
    """
    people, registrations = event.data["participants"], event.data["registrations"]
    erasure_id = event.data["erasure_id"]
    if event.data["on_request"]:
        keep_receipt(transaction, event)
    theirs = or_(
        Notification.participant_id.in_(people), Notification.registration_id.in_(registrations)
    )
    removed = {
        # First, as receipts take their SMS first: neither then waits for what the other has.
        "sms": _forget_sms(transaction, theirs),
        "attempt": _forget_answers(transaction, people, theirs),
        "contact": _forget_contacts(transaction, people, event.position),
        "message": _forget_messages(transaction, theirs),
        "preference": _rows(
            transaction, delete(Preference).where(Preference.participant_id.in_(people))
        ),
        "parked event": _rows(
            transaction,
            delete(parked_event).where(
                parked_event.c.source == event.source,
                parked_event.c.subject.in_([str(one) for one in people]),
            ),
        ),
    }
    noted = insert(Erasure).values(id=erasure_id).on_conflict_do_nothing().returning(Erasure.id)
    if transaction.scalar(noted) is not None:
        told = [{"what": what, "rows": rows} for what, rows in removed.items()]
        log.append(transaction, catalogue.ContactErased.of(erasure_id=erasure_id, removed=told))


def _give(transaction: Transaction, registrations: Sequence[UUID], participant_id: UUID) -> None:
    transaction.execute(
        update(Registration)
        .where(Registration.id.in_(registrations))
        .values(participant_id=participant_id)
        .execution_options(synchronize_session=False)
    )


def _forget_answers(transaction: Transaction, people: Sequence[UUID], theirs: Any) -> int:
    """What carriers said of their messages, and of those for others whom their mailbox reaches."""
    mailboxes = select(Contact.email).where(Contact.participant_id.in_(people))
    sharing = select(Contact.participant_id).where(Contact.email.in_(mailboxes))
    return _rows(
        transaction,
        update(Attempt)
        .where(
            Attempt.answer.is_not(None),
            Attempt.notification_id == Notification.id,
            or_(theirs, Notification.participant_id.in_(sharing)),
        )
        .values(answer=None),
    )


def _forget_sms(transaction: Transaction, theirs: Any) -> int:
    """What leads from an SMS of theirs to their number, at who carried it; what it cost stays counted."""
    return _rows(
        transaction,
        update(Sms)
        .where(Sms.notification_id == Notification.id, theirs)
        .values(provider_id=None, ask_at=None),
    )


def _forget_contacts(transaction: Transaction, people: Sequence[UUID], position: int) -> int:
    """Returns how many contacts there were; whoever had none is marked as forgotten all the same."""
    if not people:
        return 0
    known = _rows(
        transaction,
        update(Contact)
        .where(Contact.participant_id.in_(people))
        .values(**_NOTHING_KNOWN, position=position, erased_at=now()),
    )
    transaction.execute(
        insert(Contact)
        .values(
            [
                {
                    **_NOTHING_KNOWN,
                    "participant_id": one,
                    "position": position,
                    "erased_at": now(),
                }
                for one in people
            ]
        )
        .on_conflict_do_nothing()
    )
    return known


def _forget_messages(transaction: Transaction, theirs: Any) -> int:
    """Empty what was to be said; what has not left yet never will. What was handed over stands as it is."""
    handed_over = exists().where(
        Attempt.notification_id == Notification.id,
        Attempt.number == Notification.attempts,
        Attempt.handed_over_at.is_not(None),
    )
    in_hand = (Notification.status == Status.SENDING) & ~handed_over
    _rows(
        transaction,
        update(Notification)
        .where(theirs, or_(Notification.status.in_(UNSENT), in_hand))
        .values(status=Status.CANCELLED, due_at=None, claimed_at=None, job_sent_at=None),
    )
    return _rows(transaction, update(Notification).where(theirs).values(details={}, is_erased=True))


def _rows(transaction: Transaction, statement: Any) -> int:
    changed = transaction.execute(statement.execution_options(synchronize_session=False))
    return int(getattr(changed, "rowcount", 0))
