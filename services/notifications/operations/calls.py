"""The call list: whom to call about what, and what came of it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import selectinload

from services.notifications.domain.calls import MOST_CALLS, OUTCOMES, CallOutcome, is_last_call
from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import Kind
from services.notifications.domain.states import Outcome, Status
from services.notifications.domain.wishes import is_wanted_by
from services.notifications.models import Attempt, Contact, Notification, Preference, Session
from services.notifications.operations.claim import (
    Claim,
    Found,
    Telling,
    addressee_of,
    messages,
    route_of,
)
from services.notifications.operations.clock import now
from services.notifications.operations.listing import as_they_stand
from services.notifications.operations.settle import conclude
from services.notifications.refusals import CallChanged, NotificationNotFound
from shared.errors import invalid

log = logging.getLogger(__name__)

# Bounds one sweep; the next comes within seconds.
_MOST_AT_ONCE = 200
_MOMENT = DateTime(timezone=True)
# Stands for no hurry at all, after whatever is urgent.
_WHENEVER = datetime(9999, 1, 1, tzinfo=UTC)
_TRIES = selectinload(Notification.tries).selectinload(Attempt.sms)

Place = tuple[datetime, UUID, str]


@dataclass(frozen=True, slots=True)
class Call:
    """One person to call, about all that waits for them; ``by`` is when that is too late.

    ``tries`` are the calls made about the first message, the last one at ``last_tried_at``.
    """

    claim: Claim
    contact: Contact
    by: datetime | None
    tries: int
    last_tried_at: datetime | None
    place: Place


def list_calls(transaction: Transaction, *, after: Place | None, limit: int) -> list[Call]:
    """Up to ``limit`` people to call, the most urgent first, those beyond ``after`` if given. Three statements."""
    by = func.min(_by())
    order = (by, Contact.participant_id, Notification.language)
    people = (
        messages(
            Notification.status == Status.TO_CALL, Contact.reachable_phone.is_not(None), _may_call()
        )
        .with_only_columns(*order, func.array_agg(Notification.id), maintain_column_froms=True)
        .group_by(Contact.participant_id, Notification.language)
        .order_by(*order)
        .limit(limit)
    )
    if after is not None:
        people = people.having(tuple_(*order) > tuple_(*(literal(value) for value in after)))
    pages = transaction.execute(people).all()
    wanted = [one for page in pages for one in page[3]]
    rows = transaction.execute(
        messages(Notification.id.in_(wanted))
        .order_by(Notification.position, Notification.id)
        .options(_TRIES)
    ).all()
    return [
        _call([row for row in rows if row.Notification.id in page[3]], (page[0], page[1], page[2]))
        for page in pages
    ]


def note_call(
    transaction: Transaction,
    notification_id: UUID,
    *,
    besides: Sequence[UUID],
    tries: int,
    outcome: CallOutcome,
) -> Sequence[Notification]:
    """Keep what came of calling a person about a message, and ``besides`` about others of theirs.

    ``tries`` is how many calls had been made about it as far as the caller knew: the same said again
    changes nothing. Returns the messages that the call was about.

    Raises:
        NotificationNotFound: there is none, or it is of somebody who was forgotten.
        CallChanged: it is not to be called about any more, or somebody has called since.
        Invalid: one of ``besides`` is not a message to the same person.
    """
    rows = transaction.execute(
        messages(
            Notification.id.in_([notification_id, *besides]), Notification.is_erased.is_(False)
        )
        .order_by(Notification.id)
        .with_for_update(of=Notification)
        .options(_TRIES)
    ).all()
    first = next((row for row in rows if row.Notification.id == notification_id), None)
    if first is None:
        raise NotificationNotFound
    _check_same_person(rows, first, besides)
    made = _calls(first.Notification)
    if len(made) == tries + 1 and made[-1].answer == outcome:
        return [row.Notification for row in rows]
    if first.Notification.status != Status.TO_CALL or len(made) != tries:
        raise CallChanged
    # Of the others, those that were taken back meanwhile are no longer so.
    about = [row for row in rows if row.Notification.status == Status.TO_CALL]
    for row in about:
        _note(transaction, row, outcome, first.Notification.id)
    return as_they_stand(transaction, [row.Notification.id for row in about])


def call_no_more(transaction: Transaction) -> int:
    """Take off the list those who have no number any more, or do not want to be called. Returns how many."""
    unwanted = type_coerce(Preference.unwanted, JSONB).contains([{"channel": Channel.CALL}])
    rows = transaction.execute(
        messages(
            Notification.status == Status.TO_CALL,
            or_(Contact.reachable_phone.is_(None), unwanted),
        )
        .order_by(Notification.id)
        .limit(_MOST_AT_ONCE)
        .with_for_update(of=Notification, skip_locked=True)
        .options(_TRIES)
    ).all()
    gone = [row for row in rows if not _is_called(row)]
    for row in gone:
        _tell_otherwise(row)
    return len(gone)


def _by() -> ColumnElement[datetime]:
    """For a query on messages and sessions: when telling is too late to be of use."""
    meeting = func.jsonb_array_elements(
        type_coerce(Session.meetings, JSONB), type_=JSONB
    ).column_valued("meeting")
    begins = cast(meeting["starts_at"].astext, _MOMENT)
    next_start = select(func.min(begins)).where(begins > now()).correlate(Session).scalar_subquery()
    offered_until = cast(Notification.details["offered_until"].astext, _MOMENT)
    return func.coalesce(func.least(offered_until, next_start), literal(_WHENEVER, _MOMENT))


def _call(rows: Sequence[Found], place: Place) -> Call:
    first = rows[0]
    contact = first.Contact
    if contact is None:
        raise LookupError("a call is to someone whose number is known")
    tellings = tuple(Telling(row.Notification, row.Session, 0, row.seat_remains) for row in rows)
    made = _calls(first.Notification)
    return Call(
        claim=Claim(Channel.CALL, addressee_of(first), tellings),
        contact=contact,
        by=None if place[0] == _WHENEVER else place[0],
        tries=len(made),
        last_tried_at=made[-1].started_at if made else None,
        place=place,
    )


def _calls(notification: Notification) -> list[Attempt]:
    """The calls made since the message came on the list, or was put back."""
    before = notification.attempts_before_retry
    return [
        one for one in notification.tries if one.channel == Channel.CALL and one.number > before
    ]


def _check_same_person(rows: Sequence[Found], first: Found, besides: Sequence[UUID]) -> None:
    whose = first.Contact and first.Contact.participant_id
    theirs = {
        row.Notification.id
        for row in rows
        if row.Contact is not None and row.Contact.participant_id == whose
    }
    if not theirs.issuperset(besides):
        raise invalid(
            "besides",
            "Not all of these are messages to the same person.",
            "Ce ne sont pas tous des messages à la même personne.",
        )


def _note(transaction: Transaction, found: Found, outcome: CallOutcome, first_id: UUID) -> None:
    notification = found.Notification
    made = len(_calls(notification)) + 1
    notification.attempts += 1
    reached = outcome == CallOutcome.REACHED
    transaction.add(
        Attempt(
            notification_id=notification.id,
            number=notification.attempts,
            channel=Channel.CALL,
            started_at=now(),
            handed_over_at=now() if reached else None,
            finished_at=now(),
            outcome=OUTCOMES[outcome],
            answer=outcome,
        )
    )
    if reached:
        notification.told_with = first_id
        conclude(transaction, notification, Outcome.ACCEPTED, most=MOST_CALLS)
    elif is_last_call(outcome, made):
        if outcome == CallOutcome.WRONG_NUMBER and found.Contact is not None:
            found.Contact.wrong_phone = found.Contact.phone
        _tell_otherwise(found)


def _tell_otherwise(found: Found) -> None:
    """Give a message that nobody can be called about to the next channel, and to none that was tried before."""
    notification = found.Notification
    tried = {one.channel for one in notification.tries} | {Channel.CALL}
    channel, status = route_of(addressee_of(found), found, without=sorted(tried))
    notification.ruled_out = sorted(tried | set(notification.ruled_out))
    notification.channel, notification.status = channel, status
    notification.due_at = notification.job_sent_at = None
    if status == Status.QUEUED:
        notification.due_at = now()
        notification.attempts_before_retry = notification.attempts
    log.info("not_called", extra={"notification": str(notification.id), "to": channel})


def _may_call() -> Any:
    """For a query on messages and wishes: that the person has not refused to be called, at all."""
    refusal = type_coerce(Preference.unwanted, JSONB).contains(
        [{"kind": None, "channel": Channel.CALL}]
    )
    return Preference.participant_id.is_(None) | ~refusal


def _is_called(found: Found) -> bool:
    wishes = () if found.Preference is None else found.Preference.unwanted
    can = found.Contact is not None and found.Contact.reachable_phone is not None
    return can and is_wanted_by(Channel.CALL, Kind(found.Notification.kind), wishes)
