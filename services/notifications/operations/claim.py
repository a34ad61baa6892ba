"""Taking messages in hand, alone, before the network is used."""

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Exists,
    Row,
    String,
    cast,
    exists,
    func,
    select,
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

# Whom messages are for: participants, or those who work here.
_OWNERS = (Notification.participant_id, Notification.staff_id)

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


def claim(transaction: Transaction, ids: Collection[UUID]) -> list[Claim]:
    """Take due messages in hand, each with whatever else waits for its person, and note the attempts.

    A claim is all that one person is told at once. There is none for a message that is not due, that someone
    else has, that would come too late, whose person was told about something else a moment ago (it then
    waits for what else there is), that as an SMS has to wait for the morning, or whose person is not reached
    by a channel that carries (it then moves to the one they have). However many they are, a few statements;
    two more for each that may go by SMS.
    """
    _one_at_a_time(transaction, ids)
    due = transaction.execute(
        _waiting(Notification.id.in_(ids), Notification.due_at <= now())
    ).all()
    told_lately = _told_lately(transaction, due)
    first: dict[UUID, tuple[Found, Channel]] = {}
    for found in due:
        whose = _whose(found.Notification)
        if whose in first:
            # It goes along, or a job comes for it when this one is done.
            found.Notification.job_sent_at = None
        elif (channel := _channel_now(transaction, found, told_lately)) is not None:
            first[whose] = found, channel
    waiting = _others_waiting(transaction, [found.Notification for found, _ in first.values()])
    return [
        _take(transaction, found, channel, waiting.get(whose, ()))
        for whose, (found, channel) in first.items()
    ]


def _channel_now(
    transaction: Transaction, found: Found, told_lately: Sequence[Row[Any]]
) -> Channel | None:
    """The channel that is to carry a message now; None if none is, and the message says what becomes of it."""
    if _came_too_late(found) or _is_unwanted(found) or _has_left(found):
        return None
    notification = found.Notification
    later = told_at(now(), _last_told_at(told_lately, notification))
    if later > now():
        notification.due_at, notification.job_sent_at = later, None
        return None
    addressee = addressee_of(found)
    channel, status = route_of(addressee, found)
    if channel == Channel.SMS:
        leaves_at = may_leave_at(transaction, notification, found.Session, sms_settings())
        if leaves_at is None:
            channel, status = route_of(addressee, found, without=[Channel.SMS])
        elif leaves_at > now():
            notification.channel = channel
            notification.due_at, notification.job_sent_at = leaves_at, None
            return None
    if status == Status.QUEUED:
        return channel
    notification.channel, notification.status = channel, status
    # What staff do is never due by itself again.
    notification.due_at = None
    return None


def _one_at_a_time(transaction: Transaction, ids: Collection[UUID]) -> None:
    """Wait until no other worker takes messages of the same people in hand: what waits goes together.

    A lock of its own and not that of a row: those who hear facts lock rows in another order. Workers that
    take several people in hand take them in one order.
    """
    whose = func.coalesce(Notification.participant_id, Notification.staff_id, Notification.id)
    key = func.hashtextextended(cast(whose, String), 0).label("key")
    keys = (
        select(key)
        .where(Notification.id.in_(ids))
        .distinct()
        .order_by(key)
        .cte("keys")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    transaction.execute(select(func.pg_advisory_xact_lock(keys.c.key)))


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


def _others_waiting(
    transaction: Transaction, first: Sequence[Notification]
) -> dict[UUID, list[Found]]:
    """What else waits for those whom ``first`` are for, due or not, by whom it is for."""
    waiting: dict[UUID, list[Found]] = defaultdict(list)
    known = [one.id for one in first]
    for column in _OWNERS:
        theirs = {getattr(one, column.key) for one in first} - {None}
        if theirs:
            for found in transaction.execute(
                _waiting(column.in_(theirs), Notification.id.not_in(known))
            ):
                waiting[_whose(found.Notification)].append(found)
    return waiting


def _goes_along(found: Found, first: Notification) -> bool:
    """Whether what waits can be said in the same message as ``first``."""
    notification = found.Notification
    return (
        notification.channel == first.channel
        and notification.language == first.language
        and not _came_too_late(found)
        and not _is_unwanted(found)
        and _is_reached_by(Channel(first.channel), found)
    )


def _told_lately(transaction: Transaction, due: Sequence[Found]) -> list[Row[Any]]:
    """What the people whom messages are for were told in the last minute: to whom, about what, when."""
    told: list[Row[Any]] = []
    for column in _OWNERS:
        theirs = {getattr(found.Notification, column.key) for found in due} - {None}
        if theirs:
            told += transaction.execute(
                select(
                    column.label("whose"),
                    Notification.registration_id,
                    Notification.kind,
                    Notification.sent_at,
                ).where(column.in_(theirs), Notification.sent_at > now() - WINDOW)
            )
    return told


def _last_told_at(told_lately: Sequence[Row[Any]], notification: Notification) -> datetime | None:
    """When the person was last told what this message could have joined, if that was a moment ago.

    The next step of one registration has nothing to wait for: it answers the person, or changes what they
    were just told.
    """
    return max(
        (
            told.sent_at
            for told in told_lately
            if told.whose == _whose(notification)
            and (
                told.registration_id != notification.registration_id
                or told.kind == notification.kind
            )
        ),
        default=None,
    )


def _whose(notification: Notification) -> UUID:
    """Whom a message is for; a message to somebody of whom nothing is known any more stands alone."""
    return notification.staff_id or notification.participant_id or notification.id


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
    meetings = () if session is None else session.meetings
    in_time = letter_comes_in_time(meetings, now(), found.Notification.offered_until)
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


def _take(
    transaction: Transaction, first: Found, channel: Channel, waiting: Sequence[Found]
) -> Claim:
    along = [found for found in waiting if _goes_along(found, first.Notification)]
    first_id = first.Notification.id
    tellings = tuple(_tell(transaction, one, channel, first_id) for one in (first, *along))
    return Claim(channel, addressee_of(first), tellings)


def _tell(transaction: Transaction, found: Found, channel: Channel, first_id: UUID) -> Telling:
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
