"""Deciding that a person is to be told something: a row, by the channel they have, in its first state."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction
from uuid_utils.compat import uuid7

from services.notifications.domain.channels import route
from services.notifications.domain.kinds import Kind
from services.notifications.domain.languages import language_of
from services.notifications.domain.sessions import Meeting, is_too_late, letter_comes_in_time
from services.notifications.domain.states import UNSENT, Status
from services.notifications.domain.wishes import Unwanted, refused_channels
from services.notifications.models import Notification, Registration
from services.notifications.operations.clock import now
from services.notifications.settings import sms_settings
from shared import tracing
from shared.events.envelope import Event

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to tell, about which registration if any; ``sequence`` counts what was told about it before.

    ``unwanted`` is what they do not want, or not by which channel.
    """

    participant_id: UUID
    registration_id: UUID | None
    email: str | None
    phone: str | None
    has_address: bool
    language: str
    sequence: int
    details: Mapping[str, Any]
    unwanted: tuple[Unwanted, ...] = ()


def tell(
    transaction: Transaction,
    event: Event,
    kind: Kind,
    recipients: Sequence[Recipient],
    *,
    session_id: UUID | None,
    meetings: Sequence[Meeting],
    besides: Sequence[dict[str, Any]] = (),
) -> list[UUID]:
    """Tell ``recipients`` of ``event``, once each however often it is heard; one statement.

    ``besides`` are further rows to keep. Returns the messages that can be sent at once.
    """
    if not recipients:
        return []
    too_late = is_too_late(kind, meetings, now())
    by_post = letter_comes_in_time(meetings, now())
    rows = [
        row(event, kind, session_id, recipient, too_late=too_late, by_post=by_post)
        for recipient in recipients
    ]
    told = transaction.execute(
        insert(Notification)
        .on_conflict_do_nothing()
        .returning(Notification.id, Notification.status),
        [*rows, *besides],
    ).all()
    if too_late and told:
        log.info("too_late", extra={"kind": kind, "event": str(event.id), "messages": len(told)})
    return [row.id for row in told if row.status == Status.QUEUED]


def supersede(
    transaction: Transaction,
    event: Event,
    *,
    registration_id: UUID | None = None,
    session_id: UUID | None = None,
    kinds: Collection[Kind] = (),
) -> None:
    """Take back what was to be said about a registration, or of these ``kinds`` about a session, before ``event``.

    What has not left yet and is no longer so would only mislead; ``event`` is told instead.
    """
    stale = update(Notification).where(
        Notification.status.in_(UNSENT), Notification.position < event.position
    )
    if registration_id is not None:
        stale = stale.where(Notification.registration_id == registration_id)
    else:
        stale = stale.where(
            Notification.session_id == session_id,
            Notification.kind.in_(kinds),
        )
    transaction.execute(
        stale.values(status=Status.CANCELLED).execution_options(synchronize_session=False)
    )


def told_before() -> ScalarSelect[int]:
    """For a query on registrations: how many messages there are about each."""
    return (
        select(func.count())
        .select_from(Notification)
        .where(Notification.registration_id == Registration.id)
        .correlate(Registration)
        .scalar_subquery()
    )


def row(
    event: Event,
    kind: Kind,
    session_id: UUID | None,
    recipient: Recipient,
    *,
    too_late: bool = False,
    by_post: bool = False,
) -> dict[str, Any]:
    """The row that tells ``recipient`` of ``event``, due at once; ``by_post``: a letter would come in time."""
    channel, status = route(
        kind,
        email=recipient.email,
        phone=recipient.phone,
        by_post=by_post and recipient.has_address,
        sms=sms_settings().offered,
        without=refused_channels(kind, recipient.unwanted),
    )
    if too_late:
        status = Status.TOO_LATE
    due = now() if status == Status.QUEUED else None
    return {
        "id": uuid7(),
        "event_id": event.id,
        "position": event.position,
        "traceparent": tracing.current(),
        "kind": kind,
        "channel": channel,
        "participant_id": recipient.participant_id,
        "registration_id": recipient.registration_id,
        "session_id": session_id,
        "language": language_of(recipient.language),
        "details": recipient.details,
        "sequence": recipient.sequence,
        "status": status,
        "due_at": due,
        # Whoever tells also hurries: the sweeper need not for a moment.
        "job_sent_at": due,
    }
