"""Taking messages in hand, alone: claimed before the network, marked when they may leave our hands."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Exists,
    Row,
    String,
    cast,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from services.notifications.domain.channels import Channel, route
from services.notifications.domain.kinds import Kind
from services.notifications.domain.sessions import is_too_late, letter_comes_in_time
from services.notifications.domain.states import Status
from services.notifications.domain.together import WINDOW, told_at
from services.notifications.domain.wishes import (
    Unwanted,
    is_wanted,
    is_wanted_by,
    refused_channels,
)
from services.notifications.models import (
    Attempt,
    Contact,
    Notification,
    Preference,
    Registration,
    Session,
    Staff,
)
from services.notifications.operations.clock import now
from services.notifications.operations.sms_times import may_leave_at
from services.notifications.parcels import Addressee
from services.notifications.settings import sms_settings

log = logging.getLogger(__name__)

Found = Row[
    tuple[Notification, Contact | None, Session | None, Preference | None, Staff | None, bool]
]


@dataclass(frozen=True, slots=True)
class Telling:
    """One message of a claim, its attempt's number, and what its words need.

    ``seat_remains``: someone else with the same e-mail address is confirmed for the session.
    """

    notification: Notification
    session: Session | None
    number: int
    seat_remains: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What this process alone may hand over to one person at once; the first telling was asked for."""

    channel: Channel
    addressee: Addressee
    tellings: tuple[Telling, ...]

    @property
    def attempts(self) -> tuple[tuple[UUID, int], ...]:
        """Each message with the number of its attempt."""
        return tuple((one.notification.id, one.number) for one in self.tellings)


def claim(transaction: Transaction, notification_id: UUID) -> Claim | None:
    """Take a due message in hand, with whatever else waits for the person, and note the attempts.

    None when there is nothing to do: it is not due, someone else has it, it would come too late, the
    person was told about something else a moment ago (it then waits for what else there is), an SMS
    has to wait for the morning, or they are not reached by a channel that carries (it then moves to the
    one they have).
    """
    _one_at_a_time(transaction, notification_id)
    found = transaction.execute(
        _waiting(Notification.id == notification_id, Notification.due_at <= now())
    ).first()
    if found is None or _came_too_late(found) or _is_unwanted(found) or _has_left(found):
        return None
    notification = found.Notification
    later = told_at(now(), _last_told_at(transaction, notification))
    if later > now():
        notification.due_at, notification.job_sent_at = later, None
        return None
    addressee = addressee_of(found)
    channel, status = route_of(addressee, found)
    if channel == Channel.SMS:
        leaves_at = may_leave_at(
            transaction, notification.participant_id, found.Session, sms_settings()
        )
        if leaves_at is None:
            channel, status = route_of(addressee, found, without=[Channel.SMS])
        elif leaves_at > now():
            notification.channel = channel
            notification.due_at, notification.job_sent_at = leaves_at, None
            return None
    if status != Status.QUEUED:
        notification.channel, notification.status = channel, status
        # What staff do is never due by itself again.
        notification.due_at = None
        return None
    together = [found, *_others_waiting(transaction, notification)]
    tellings = tuple(_take(transaction, one, channel, notification.id) for one in together)
    return Claim(channel, addressee, tellings)


def hand_over(transaction: Transaction, attempts: Sequence[tuple[UUID, int]]) -> bool:
    """Mark that from now on the carrier may have these messages, unless a claim has lapsed.

    The first update locks the messages against the sweeper: either it sees this mark, or a claim is
    no longer ours and nothing may be handed over.
    """
    moment = now()
    ours = transaction.execute(
        update(Notification)
        .where(
            tuple_(Notification.id, Notification.attempts).in_(attempts),
            Notification.status == Status.SENDING,
        )
        .values(claimed_at=moment)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(ours, CursorResult) or ours.rowcount != len(attempts):
        return False
    transaction.execute(
        update(Attempt)
        .where(tuple_(Attempt.notification_id, Attempt.number).in_(attempts))
        .values(handed_over_at=moment)
        .execution_options(synchronize_session=False)
    )
    return True


def _one_at_a_time(transaction: Transaction, notification_id: UUID) -> None:
    """Wait until no other worker takes messages of the same person in hand: what waits goes together.

    A lock of its own and not that of a row: those who hear facts lock rows in another order.
    """
    whose = func.coalesce(Notification.participant_id, Notification.staff_id, Notification.id)
    transaction.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(cast(whose, String), 0))).where(
            Notification.id == notification_id
        )
    )


def _waiting(*conditions: ColumnElement[bool]) -> Any:
    """Queued messages of ``conditions``, locked, with whom they are for and what they are about."""
    return (
        messages(Notification.status == Status.QUEUED, *conditions)
        .order_by(Notification.position, Notification.id)
        .with_for_update(of=Notification, skip_locked=True)
    )


def messages(*conditions: ColumnElement[bool]) -> Any:
    """Messages of ``conditions``, with whom they are for, what they are about, and ``seat_remains``."""
    owned = aliased(Registration)
    return (
        select(
            *(Notification, Contact, Session, Preference, Staff),
            _seat_remains().label("seat_remains"),
        )
        .outerjoin(owned, owned.id == Notification.registration_id)
        # Whoever the registration is of now: records may have been merged since it was decided.
        .outerjoin(
            Contact,
            Contact.participant_id
            == func.coalesce(owned.participant_id, Notification.participant_id),
        )
        .outerjoin(Session, Session.id == Notification.session_id)
        .outerjoin(Preference, Preference.participant_id == Contact.participant_id)
        .outerjoin(Staff, Staff.id == Notification.staff_id)
        .where(*conditions)
    )


def _others_waiting(transaction: Transaction, first: Notification) -> list[Found]:
    """What else waits for the person and can be said in the same message, due or not."""
    is_theirs = _is_to_the_same(first)
    if is_theirs is None:
        return []
    rows = transaction.execute(
        _waiting(
            is_theirs,
            Notification.id != first.id,
            Notification.channel == first.channel,
            Notification.language == first.language,
        )
    )
    return [
        found
        for found in rows
        if not _came_too_late(found)
        and not _is_unwanted(found)
        and _is_reached_by(Channel(first.channel), found)
    ]


def _last_told_at(transaction: Transaction, notification: Notification) -> datetime | None:
    """When the person was last told what this message could have joined, if that was a moment ago.

    The next step of one registration has nothing to wait for: it answers the person, or changes what they
    were just told.
    """
    is_theirs = _is_to_the_same(notification)
    if is_theirs is None:
        return None
    return transaction.scalar(
        select(func.max(Notification.sent_at)).where(
            is_theirs,
            Notification.sent_at > now() - WINDOW,
            or_(
                Notification.registration_id.is_distinct_from(notification.registration_id),
                Notification.kind == notification.kind,
            ),
        )
    )


def _is_to_the_same(notification: Notification) -> ColumnElement[bool] | None:
    """For a query on messages: those to the same person; None when nobody is known any more."""
    if notification.staff_id is not None:
        return Notification.staff_id == notification.staff_id
    if notification.participant_id is not None:
        return Notification.participant_id == notification.participant_id
    return None


def _came_too_late(found: Found) -> bool:
    notification, session = found.Notification, found.Session
    until = notification.details.get("until")
    is_over = until is not None and datetime.fromisoformat(until) <= now()
    if not is_over and (
        session is None or not is_too_late(Kind(notification.kind), session.meetings, now())
    ):
        return False
    notification.status = Status.TOO_LATE
    log.info("too_late", extra={"notification": str(notification.id)})
    return True


def _is_unwanted(found: Found) -> bool:
    """Whether the person does not want this message, which then is not told; asked at the last moment."""
    notification, contact = found.Notification, found.Contact
    if contact is None:
        return False
    kind, consents = Kind(notification.kind), contact.contact_consent
    if is_wanted(kind, _unwanted(found), consents=consents):
        return False
    notification.status = Status.SUPPRESSED
    log.info("suppressed", extra={"notification": str(notification.id)})
    return True


def _has_left(found: Found) -> bool:
    """Whether the message is to staff who do not work here any more."""
    if found.Notification.staff_id is None or (found.Staff and found.Staff.email):
        return False
    found.Notification.status = Status.CANCELLED
    return True


def _is_reached_by(channel: Channel, found: Found) -> bool:
    return is_wanted_by(channel, Kind(found.Notification.kind), _unwanted(found))


def _unwanted(found: Found) -> tuple[Unwanted, ...]:
    return () if found.Preference is None else found.Preference.unwanted


def _by_post(found: Found) -> bool:
    contact, session = found.Contact, found.Session
    in_time = session is None or letter_comes_in_time(session.meetings, now())
    return contact is not None and contact.has_address and in_time


def addressee_of(found: Found) -> Addressee:
    """To whom a message goes, by the row that :func:`messages` found."""
    contact = found.Contact
    staff = found.Staff
    if staff is not None:
        return Addressee(given_name=staff.name or "", email=staff.email, phone=None)
    if contact is None:
        return Addressee(given_name="", email=found.Notification.address, phone=None)
    return Addressee(
        given_name=contact.given_name,
        email=contact.email,
        phone=contact.reachable_phone,
        access_key=contact.access_key,
        participant_id=contact.participant_id,
    )


def route_of(
    addressee: Addressee,
    found: Found,
    without: Sequence[str] = (),
    *,
    anew: Sequence[str] | None = None,
) -> tuple[Channel, Status]:
    """By which channel the person is reached now that a message is about; never by those ``without``.

    ``anew`` stands in place of the channels that were ruled out before.
    """
    notification = found.Notification
    ruled_out = notification.ruled_out if anew is None else anew
    kind = Kind(notification.kind)
    refused = refused_channels(kind, _unwanted(found))
    return route(
        kind,
        email=addressee.email,
        phone=addressee.phone,
        by_post=_by_post(found),
        sms=sms_settings().offered,
        without=[*ruled_out, *without, *refused],
    )


def _take(transaction: Transaction, found: Found, channel: Channel, first_id: UUID) -> Telling:
    notification = found.Notification
    notification.status = Status.SENDING
    notification.channel = channel
    notification.told_with = first_id
    notification.claimed_at = now()
    notification.attempts += 1
    number = notification.attempts
    transaction.add(
        Attempt(
            notification_id=notification.id,
            number=number,
            channel=channel,
            started_at=notification.claimed_at,
        )
    )
    return Telling(notification, found.Session, number, found.seat_remains)


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
