"""Letters: which are to be printed, that they were, that they came back, and those that would come too late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import selectinload
from uuid_utils.compat import uuid7

from services.notifications.domain.channels import Channel, by_hand
from services.notifications.domain.sessions import letter_comes_in_time
from services.notifications.domain.states import Outcome, Status
from services.notifications.models import Attempt, Contact, LetterBatch, Notification, Session
from services.notifications.operations.claim import Claim, Found, Telling, addressee_of, messages
from services.notifications.operations.clock import now
from services.notifications.operations.desk import to_be_told_here
from services.notifications.operations.scope import Scope
from services.notifications.refusals import LettersUnknown, NothingToPrint, NotificationNotFound
from shared.errors import Text

# A stack that one prints, folds and posts at once.
MOST_LETTERS = 200
_NO_BATCH = Text(
    "No letter is of this batch, or not any more: they all go another way.",
    "Aucun courrier n'est de ce lot, ou n'en est plus : tous passent autrement.",
)
_TRIES = selectinload(Notification.tries)


@dataclass(frozen=True, slots=True)
class ToWrite:
    """What one person is told on paper."""

    claim: Claim
    contact: Contact | None


def write_one(transaction: Transaction, notification_id: UUID, scope: Scope) -> ToWrite:
    """One message as a letter, whatever its channel.

    What waits to be told here can be handed over by whoever is here: of what is discreet it says that there
    is an appointment, and no more.

    Raises:
        NotificationNotFound: there is none, it is of somebody who was forgotten, or it does not wait to be told
            here and is beyond ``scope``.
    """
    found = transaction.execute(
        messages(
            Notification.id == notification_id,
            Notification.is_erased.is_(False),
            or_(scope.condition(), to_be_told_here()),
        )
    ).first()
    if found is None:
        raise NotificationNotFound
    return _to_write([found])


def write_batch(transaction: Transaction) -> tuple[UUID, list[ToWrite]]:
    """The letters to print, the oldest first, of up to ``MOST_LETTERS`` messages; those to one person are one letter.

    They are noted as one batch, by whose id they are later said to be printed.

    Raises:
        NothingToPrint.
    """
    rows = transaction.execute(
        messages(Notification.status == Status.TO_PRINT)
        .order_by(Notification.id)
        .limit(MOST_LETTERS)
        .with_for_update(of=Notification)
    ).all()
    if not rows:
        raise NothingToPrint
    batch = uuid7()
    transaction.execute(
        insert(LetterBatch),
        [{"batch": batch, "notification_id": row.Notification.id} for row in rows],
    )
    return batch, [_to_write(together) for together in _by_person(rows)]


def note_printed(
    transaction: Transaction, *, batch: UUID | None, ids: Sequence[UUID]
) -> list[UUID]:
    """Say that the letters of ``batch``, and those of ``ids``, were printed and posted.

    Returns those of which that is news.

    Raises:
        LettersUnknown: no letter is of that batch (any more), or some of ``ids`` are not there; nothing is noted.
    """
    _check_known(transaction, ids)
    of_batch = transaction.scalars(
        select(LetterBatch.notification_id).where(LetterBatch.batch == batch)
    ).all()
    if batch is not None and not of_batch:
        raise LettersUnknown(errors={"batch": [_NO_BATCH]})
    which = Notification.id.in_([*of_batch, *ids])
    printed = transaction.execute(
        update(Notification)
        .where(which, Notification.status == Status.TO_PRINT)
        .values(status=Status.PRINTED, sent_at=now(), attempts=Notification.attempts + 1)
        .returning(Notification.id, Notification.attempts)
        .execution_options(synchronize_session=False)
    ).all()
    if printed:
        _note_posted(transaction, printed)
    return sorted(row.id for row in printed)


def note_returned(transaction: Transaction, ids: Sequence[UUID]) -> list[UUID]:
    """Say that letters came back: that address is not used again, and the next channel takes over.

    Returns those of which that is news.

    Raises:
        LettersUnknown: some are not there; nothing is noted.
    """
    _check_known(transaction, ids)
    rows = transaction.execute(
        messages(Notification.id.in_(ids), Notification.status == Status.PRINTED)
        .order_by(Notification.id)
        .with_for_update(of=Notification)
        .options(_TRIES)
    ).all()
    for row in rows:
        if row.Contact is not None:
            row.Contact.returned_address = row.Contact.postal_address
        _note_refused(row.Notification)
        _tell_otherwise(row)
    return [row.Notification.id for row in rows]


def give_up_late(transaction: Transaction) -> int:
    """Letters that nobody printed in time: their people are told by the next channel. Returns how many."""
    waiting = select(Notification.session_id).where(Notification.status == Status.TO_PRINT)
    sessions = transaction.scalars(select(Session).where(Session.id.in_(waiting)))
    too_near = [one.id for one in sessions if not letter_comes_in_time(one.meetings, now())]
    if not too_near:
        return 0
    # Asked by session: however many letters wait, none that is late hides behind those that are not.
    late = transaction.execute(
        messages(Notification.status == Status.TO_PRINT, Notification.session_id.in_(too_near))
        .order_by(Notification.id)
        .limit(MOST_LETTERS)
        .with_for_update(of=Notification, skip_locked=True)
    ).all()
    for row in late:
        _tell_otherwise(row)
    return len(late)


def _check_known(transaction: Transaction, ids: Sequence[UUID]) -> None:
    """That every message is there, whatever has become of it since: said again, nothing changes.

    Raises:
        LettersUnknown.
    """
    if not ids:
        return
    known = set(transaction.scalars(select(Notification.id).where(Notification.id.in_(ids))))
    unknown = ", ".join(str(one) for one in ids if one not in known)
    if unknown:
        said = Text(f"Not known: {unknown}.", f"Inconnus : {unknown}.")
        raise LettersUnknown(errors={"ids": [said]})


def _note_posted(transaction: Transaction, printed: Sequence[Row[UUID, int]]) -> None:
    """Keep the attempt by which each letter left: the post takes what it is given."""
    posted = {
        "channel": Channel.LETTER,
        "started_at": now(),
        "handed_over_at": now(),
        "finished_at": now(),
        "outcome": Outcome.ACCEPTED,
    }
    attempts = [{"notification_id": row.id, "number": row.attempts, **posted} for row in printed]
    transaction.execute(insert(Attempt), attempts)


def _note_refused(notification: Notification) -> None:
    """The attempt by which a letter left came to nothing; one posted before attempts of letters were kept has none."""
    posted = next((one for one in notification.tries if one.number == notification.attempts), None)
    if posted is not None and posted.channel == Channel.LETTER:
        posted.outcome, posted.finished_at = Outcome.REFUSED, now()
        posted.answer = None if notification.is_erased else "it came back"


def _tell_otherwise(found: Found) -> None:
    notification = found.Notification
    phone = addressee_of(found).phone
    notification.channel, notification.status = by_hand(phone=phone, by_post=False)
    notification.sent_at = None


def _by_person(rows: Iterable[Found]) -> list[list[Found]]:
    """Rows of one person and language together, in the order of each person's first."""
    together: dict[tuple[UUID, str], list[Found]] = {}
    for row in rows:
        contact, notification = row.Contact, row.Notification
        whose = contact.participant_id if contact else notification.id
        together.setdefault((whose, notification.language), []).append(row)
    return list(together.values())


def _to_write(rows: Sequence[Found]) -> ToWrite:
    tellings = tuple(Telling(row.Notification, row.Session, 0, row.seat_remains) for row in rows)
    return ToWrite(Claim(Channel.LETTER, addressee_of(rows[0]), tellings), rows[0].Contact)
