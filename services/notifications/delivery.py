"""Sending one message: claim, write, hand over, settle. No transaction is open while the network is used."""

import logging
import time
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.domain import Answer, Kind, Meeting, Outcome
from services.notifications.models import Session
from services.notifications.operations.claim import Claim, claim, hand_over
from services.notifications.operations.clock import now
from services.notifications.operations.settle import settle
from services.notifications.rendering.about import About, Other
from services.notifications.rendering.mail import UnusableAddress, compose
from services.notifications.settings import MailSettings
from services.notifications.smtp import Carrier
from shared import tracing
from shared.db import Database
from shared.events.calendars import sequence_at
from shared.events.links import manage_url, session_url
from shared.messaging.receiver import TRANSIENT

log = logging.getLogger(__name__)

_PAUSE = 0.5


def deliver(
    database: Database, carrier: Carrier, settings: MailSettings, notification_id: UUID
) -> None:
    """Send one message if it is due and nobody else has it.

    Whatever ends this process on the way, the sweeper finds the message and knows what may be done.
    """
    with database.transaction() as transaction:
        claimed = claim(transaction, notification_id)
    if claimed is None:
        return
    with tracing.within(tracing.child_of(claimed.notification.traceparent)):
        answer = _send(database, carrier, settings, claimed)
        if answer is not None:
            _settle(database, settings, claimed, answer)


def _send(
    database: Database, carrier: Carrier, settings: MailSettings, claimed: Claim
) -> Answer | None:
    notification = claimed.notification

    def allowed() -> bool:
        with database.transaction() as transaction:
            return hand_over(transaction, notification.id, claimed.number)

    try:
        mail = compose(
            notification.id,
            _about(claimed, settings.public_url),
            claimed.contact.email or "",
            settings.sender,
        )
    except UnusableAddress:
        return Answer(Outcome.REFUSED, text="the address cannot be used")
    return carrier.carry(mail, allowed)


def _settle(database: Database, settings: MailSettings, claimed: Claim, answer: Answer) -> None:
    """Record the answer, through a restart of the database: unrecorded, it would be lost for good."""
    deadline = time.monotonic() + settings.lease
    while True:
        try:
            with database.transaction() as transaction:
                settle(
                    transaction,
                    claimed.notification.id,
                    claimed.number,
                    answer,
                    most=settings.attempts,
                )
        except TRANSIENT as error:
            if time.monotonic() > deadline:
                raise
            log.warning("settle_waits", extra={"reason": type(error).__name__})
            time.sleep(_PAUSE)
        else:
            return


def _about(claimed: Claim, public_url: str) -> About:
    notification, contact, session = claimed.notification, claimed.contact, claimed.session
    return About(
        kind=Kind(notification.kind),
        language=notification.language,
        given_name=contact.given_name,
        title=None if session.discreet else session.title,
        place_name=session.place_name,
        place_address=session.place_address,
        timezone=ZoneInfo(session.timezone),
        meetings=_shown(session.meetings, discreet=session.discreet),
        dropped_meetings=_shown(session.dropped_meetings, discreet=session.discreet),
        registration_id=notification.registration_id,
        details=notification.details,
        # What was decided at one moment, the first message before the second.
        sequence=sequence_at(notification.created_at) + notification.sequence,
        manage_url=manage_url(public_url, notification.registration_id, contact.access_key),
        now=now(),
        seat_remains=claimed.seat_remains,
        others=_others(session, public_url),
    )


def _others(session: Session, public_url: str) -> tuple[Other, ...]:
    """What else there is and has not begun since that was told."""
    return tuple(
        Other(
            title=None if session.discreet else one.title,
            starts_at=one.starts_at,
            place_name=one.place_name,
            timezone=ZoneInfo(one.timezone),
            url=session_url(public_url, one.session_id),
        )
        for one in session.alternatives
        if one.starts_at > now()
    )


def _shown(meetings: tuple[Meeting, ...], *, discreet: bool) -> tuple[Meeting, ...]:
    # The name of a room can say what goes on in it.
    return tuple(replace(one, room=None) for one in meetings) if discreet else meetings
