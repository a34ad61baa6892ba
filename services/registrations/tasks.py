"""The regular jobs of registrations, and posting to webhooks."""

import time
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, text

from services.registrations.broker import (
    EXPIRE_OFFERS,
    FORGET,
    NOTE_BELOW_MINIMUM,
    POST_TO_WEBHOOK,
    SWEEP,
    TELL_STAFF,
    TELL_WEBHOOKS,
    celery,
    post_to,
)
from services.registrations.db import transaction
from services.registrations.models import IdempotencyKey
from services.registrations.operations.clients.post_deliveries import (
    begin_next,
    let_go,
    settle,
    take_webhook,
)
from services.registrations.operations.clients.queue_deliveries import (
    queue_deliveries,
    waiting_webhooks,
)
from services.registrations.operations.clients.webhooks import forget_deliveries
from services.registrations.operations.held.kiosks import forget_old_kiosks
from services.registrations.operations.offer.form import note_below_minimum
from services.registrations.operations.offer.meetings import ask_for_attendance
from services.registrations.operations.people.retention import erase_if_due, last_day_kept, list_due
from services.registrations.operations.seats.accept import (
    claim_session_with_offers_over,
    expire_offers,
)
from services.registrations.operations.seats.promote import promote
from services.registrations.operations.staff.sign_in import forget_old
from services.registrations.posting import post
from services.registrations.settings import retention_months, webhooks_may_be_private
from services.registrations.webhooks import Verdict
from shared.errors import NotFound
from shared.events.catalogue import RegistrationsEventsParked
from shared.messaging import log
from shared.messaging.parking import PARKED_TOLD_EVERY, take_untold

_FORGOTTEN_AT_ONCE = 500
# Others wait for their turn meanwhile.
_LONGEST_TURN = 20.0
_PAUSE_AFTER_FAILURE = timedelta(seconds=5)


@celery.task(name=SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Forget what nobody needs any more: idempotency keys, sign-ins, tablets, old deliveries."""
    with transaction() as session:
        session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.created_at < func.now() - text("interval '1 day'")
            )
        )
        forget_old(session)
        forget_deliveries(session)
        forget_old_kiosks(session)


@celery.task(name=EXPIRE_OFFERS)  # type: ignore[untyped-decorator]
def expire_all_offers() -> None:
    """Give seats that were offered and not taken in time to the next in line, a session at a time."""
    while _expire_offers_of_one_session():
        pass


@celery.task(name=FORGET)  # type: ignore[untyped-decorator]
def forget() -> None:
    """Erase those who have not been in touch for as long as people are kept, each in a transaction of their own."""
    before = last_day_kept(retention_months())
    with transaction() as session:
        due = list_due(session, before, after=None, limit=_FORGOTTEN_AT_ONCE)
    for person in due:
        with transaction() as session:
            erase_if_due(session, person.id, before)


def _expire_offers_of_one_session() -> bool:
    with transaction() as session:
        claimed = claim_session_with_offers_over(session)
        if claimed is None:
            return False
        expire_offers(session, claimed)
        promote(session, claimed)
        return True


@celery.task(name=NOTE_BELOW_MINIMUM)  # type: ignore[untyped-decorator]
def note_sessions_below_minimum() -> None:
    """Tell of sessions whose day of decision has come with too few people."""
    with transaction() as session:
        note_below_minimum(session)


@celery.task(name=TELL_STAFF)  # type: ignore[untyped-decorator]
def tell_staff() -> None:
    """Tell of meetings that lack attendance, and of events that could not be handled."""
    with transaction() as session:
        ask_for_attendance(session)
        if count := take_untold(session, every=PARKED_TOLD_EVERY):
            parked = RegistrationsEventsParked.of(service="registrations", count=count)
            log.append(session, parked)


@celery.task(name=TELL_WEBHOOKS)  # type: ignore[untyped-decorator]
def tell_webhooks() -> None:
    """Queue what is new in the log for those who may know of it, and have what is due posted."""
    more = True
    while more:
        with transaction() as session:
            more = queue_deliveries(session)
    with transaction() as session:
        waiting = waiting_webhooks(session)
    for webhook_id in waiting:
        post_to(webhook_id)


@celery.task(name=POST_TO_WEBHOOK)  # type: ignore[untyped-decorator]
def post_to_webhook(webhook_id: str) -> None:
    """Post what is due to one webhook, in order; after a failure, and after a while, others have their turn."""
    turn_ends = time.monotonic() + _LONGEST_TURN
    private = webhooks_may_be_private()
    with transaction() as session:
        if not take_webhook(session, UUID(webhook_id)):
            return
    pause = timedelta()
    try:
        while not pause and time.monotonic() < turn_ends:
            # No transaction is open while the network is used.
            with transaction() as session:
                posting = begin_next(session, UUID(webhook_id))
            if posting is None:
                break
            answer = post(posting.url, posting.body, posting.headers, private=private)
            with transaction() as session:
                if settle(session, posting, answer) != Verdict.DELIVERED:
                    pause = _PAUSE_AFTER_FAILURE
    except NotFound:
        # It was removed meanwhile.
        return
    with transaction() as session:
        let_go(session, UUID(webhook_id), pause=pause)
