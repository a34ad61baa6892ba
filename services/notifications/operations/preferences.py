"""What people want to be told, and how: kept for them, and honoured at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.kinds import UNSOLICITED, WITH_CONSENT, Kind
from services.notifications.domain.states import UNSENT, Status
from services.notifications.domain.unsubscribing import kind_of_token, whose
from services.notifications.domain.wishes import Unwanted, is_wanted
from services.notifications.models import Contact, Notification, Preference, Registration
from services.notifications.operations.clock import now
from services.notifications.refusals import LinkUnknown, PersonNotFound
from shared.events.links import is_manage_token

_ONESELF = "participant"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person does not want, and whether they consent to be contacted at all."""

    participant_id: UUID
    contact_consent: bool
    unwanted: tuple[Unwanted, ...]
    changed_by: str | None
    changed_at: datetime | None


def find_wishes(transaction: Transaction, participant_id: UUID) -> Wishes:
    """What a person wants. Two statements.

    Raises:
        PersonNotFound: nobody of that id is known, or any more.
    """
    contact = transaction.get(Contact, participant_id)
    if contact is None or contact.erased_at is not None:
        raise PersonNotFound
    kept = transaction.get(Preference, participant_id)
    return Wishes(
        participant_id=participant_id,
        contact_consent=contact.contact_consent,
        unwanted=() if kept is None else kept.unwanted,
        changed_by=None if kept is None else kept.changed_by,
        changed_at=None if kept is None else kept.changed_at,
    )


def unwanted_by(transaction: Transaction, participant_id: UUID) -> tuple[Unwanted, ...]:
    """What a person does not want; nothing when they never said."""
    kept = transaction.get(Preference, participant_id)
    return () if kept is None else kept.unwanted


def check_link(
    transaction: Transaction, participant_id: UUID, registration_id: UUID | None, token: str | None
) -> None:
    """That whoever asks holds the manage link of a registration of this person.

    Raises:
        PersonNotFound: they do not; there may be nobody, too.
    """
    contact = transaction.get(Contact, participant_id)
    registration = registration_id and transaction.get(Registration, registration_id)
    if (
        contact is None
        or not registration
        or registration.participant_id != participant_id
        or not contact.access_key
        or not is_manage_token(token or "", contact.access_key, registration.id)
    ):
        raise PersonNotFound


def change_wishes(
    transaction: Transaction,
    participant_id: UUID,
    unwanted: Sequence[Unwanted],
    *,
    by: str = _ONESELF,
) -> Wishes:
    """Keep what a person does not want from now on; what waits for them and is unwanted is not told.

    Raises:
        PersonNotFound: nobody of that id is known, or any more.
    """
    find_wishes(transaction, participant_id)
    distinct = tuple(dict.fromkeys(unwanted))
    values = {"unwanted": distinct, "changed_by": by, "changed_at": now()}
    transaction.execute(
        insert(Preference)
        .values(participant_id=participant_id, **values)
        .on_conflict_do_update(index_elements=["participant_id"], set_=values)
    )
    transaction.expire_all()
    suppress_unwanted(transaction, participant_id)
    return find_wishes(transaction, participant_id)


def suppress_unwanted(transaction: Transaction, participant_id: UUID) -> None:
    """Take back what waits for a person and is not wanted (any more). Three statements at most."""
    wishes = find_wishes(transaction, participant_id)
    kinds = [
        kind
        for kind in UNSOLICITED
        if not is_wanted(kind, wishes.unwanted, consents=wishes.contact_consent)
    ]
    if kinds:
        _suppress(transaction, participant_id, kinds)


def suppress_without_consent(transaction: Transaction, participant_id: UUID) -> None:
    """Take back what waits for a person who does not consent to be contacted. One statement."""
    refusing = exists().where(Contact.participant_id == participant_id, ~Contact.contact_consent)
    _suppress(transaction, participant_id, WITH_CONSENT, refusing)


def _suppress(
    transaction: Transaction,
    participant_id: UUID,
    kinds: Collection[Kind],
    *conditions: ColumnElement[bool],
) -> None:
    theirs = select(Registration.id).where(Registration.participant_id == participant_id)
    transaction.execute(
        update(Notification)
        .where(
            or_(
                Notification.participant_id == participant_id,
                Notification.registration_id.in_(theirs),
            ),
            Notification.status.in_(UNSENT),
            Notification.kind.in_(kinds),
            *conditions,
        )
        .values(status=Status.SUPPRESSED)
        .execution_options(synchronize_session=False)
    )


def what_link_leaves(transaction: Transaction, token: str) -> tuple[Kind, str]:
    """The kind of message that an unsubscribing link leaves, and in which language to ask about it.

    Raises:
        LinkUnknown: it is none, or of nobody who is known.
    """
    contact, kind = _by_link(transaction, token)
    return kind, contact.language


def unsubscribe(transaction: Transaction, token: str) -> tuple[Kind, str]:
    """Tell a person nothing more of the kind that ``token`` is for; returns that, and their language.

    Raises:
        LinkUnknown: it is no such link, or of nobody who is known.
    """
    contact, kind = _by_link(transaction, token)
    wishes = find_wishes(transaction, contact.participant_id)
    language = contact.language
    if Unwanted(kind, None) not in wishes.unwanted:
        change_wishes(transaction, contact.participant_id, [*wishes.unwanted, Unwanted(kind, None)])
    return kind, language


def keep_wishes_together(transaction: Transaction, merged_id: UUID, participant_id: UUID) -> None:
    """What either of two records of one person did not want, they do not want. Three statements at most."""
    merged = transaction.get(Preference, merged_id)
    if merged is None:
        return
    kept = transaction.get(Preference, participant_id, with_for_update=True)
    if kept is None:
        transaction.add(
            Preference(
                participant_id=participant_id,
                unwanted=merged.unwanted,
                changed_by=merged.changed_by,
            )
        )
    else:
        kept.unwanted = tuple(dict.fromkeys([*kept.unwanted, *merged.unwanted]))


def _by_link(transaction: Transaction, token: str) -> tuple[Contact, Kind]:
    participant_id = whose(token)
    contact = participant_id and transaction.get(Contact, participant_id)
    if not contact:
        raise LinkUnknown
    kind = kind_of_token(token, contact.access_key, contact.participant_id)
    if kind is None:
        raise LinkUnknown
    return contact, kind
