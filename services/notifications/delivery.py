"""Telling people: claim, write, hand over, settle. No transaction is open while the network is used."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.carriers import Carriers
from services.notifications.domain.kinds import TO_STAFF, UNSOLICITED, Kind
from services.notifications.domain.sessions import Meeting
from services.notifications.domain.states import Answer, Outcome
from services.notifications.domain.unsubscribing import unsubscribe_token
from services.notifications.domain.written import Written
from services.notifications.models import Session
from services.notifications.operations.claim import Claim, Telling, claim
from services.notifications.operations.clock import now
from services.notifications.operations.handing import give_back, hand_over
from services.notifications.operations.settle import accept, settle
from services.notifications.operations.templates import note_failure, words_for
from services.notifications.parcels import Addressee, Parcel
from services.notifications.rendering.about import About, DescribedSession, Other
from services.notifications.rendering.trial import works
from services.notifications.settings import MailSettings
from shared import tracing
from shared.db import Database
from shared.events.calendars import sequence_at
from shared.events.links import code_url, manage_url, session_url
from shared.events.short_codes import short_code
from shared.messaging.receiver import TRANSIENT

log = logging.getLogger(__name__)

_PAUSE = 0.5
# For so long a claim may wait for its turn.
_PART_OF_LEASE = 1 / 4


def deliver(
    database: Database, carriers: Carriers, settings: MailSettings, ids: Sequence[UUID]
) -> None:
    """Send messages, with what else waits for their people, if they are due and nobody else has them.

    They are claimed together and handed over one by one. Whatever ends this process on the way, the sweeper
    finds the messages and knows what may be done.
    """
    claims = _claimed(database, ids)
    until = time.monotonic() + settings.lease * _PART_OF_LEASE
    for number, (claimed, own_words) in enumerate(claims):
        # A job that waits in vain keeps others waiting, and claims must not lapse while they wait their turn.
        if number and (carriers.away or time.monotonic() > until):
            _give_back(database, [one for one, _ in claims[number:]])
            return
        try:
            _tell(database, carriers, settings, claimed, own_words)
        except TRANSIENT:
            raise
        except Exception:
            # The sweeper puts it back; those behind it have nothing to do with it.
            log.exception("not_delivered", extra=_which(claimed.tellings[0].notification.id))


def _claimed(
    database: Database, ids: Sequence[UUID]
) -> list[tuple[Claim, Mapping[tuple[str, str], Written]]]:
    """Claims of ``ids``, each with the words of managers for it; of one that cannot be claimed, none."""
    try:
        with database.transaction() as transaction:
            claims = claim(transaction, ids)
            kinds = {kind for one in claims for kind in kinds_told(one)}
            own_words = words_for(transaction, kinds) if kinds else {}
    except TRANSIENT:
        raise
    except Exception:
        if len(ids) == 1:
            # It stays as it was, and is tried again.
            log.exception("not_delivered", extra=_which(ids[0]))
            return []
        return [one for each in ids for one in _claimed(database, [each])]
    return [(one, own_words) for one in claims]


def _tell(
    database: Database,
    carriers: Carriers,
    settings: MailSettings,
    claimed: Claim,
    own_words: Mapping[tuple[str, str], Written],
) -> None:
    parcel = parcel_of(
        claimed, settings.public_url, phone=settings.phone, leave_at=settings.own_public_url
    )
    parcel = in_own_words(database, parcel, claimed, own_words, settings.sender.display_name)

    def allowed() -> bool:
        with database.autocommit() as transaction:
            return hand_over(transaction, claimed.attempts)

    first = claimed.tellings[0].notification
    with tracing.within(tracing.child_of(first.traceparent)):
        answer = carriers[claimed.channel].carry(parcel, allowed)
        if answer is not None:
            _settle(database, settings, claimed, answer)


def _settle(database: Database, settings: MailSettings, claimed: Claim, answer: Answer) -> None:
    """Record the answer, through a restart of the database: unrecorded, it would be lost for good."""
    deadline = time.monotonic() + settings.lease
    while True:
        try:
            if _is_accepted(database, claimed, answer):
                return
            with database.transaction() as transaction:
                for notification_id, number in claimed.attempts:
                    settle(transaction, notification_id, number, answer, most=settings.attempts)
        except TRANSIENT as error:
            if time.monotonic() > deadline:
                raise
            log.warning("settle_waits", extra={"reason": type(error).__name__})
            time.sleep(_PAUSE)
        else:
            return


def _is_accepted(database: Database, claimed: Claim, answer: Answer) -> bool:
    """Record in one exchange what nearly always comes: accepted, and nothing else has happened meanwhile."""
    if answer.outcome != Outcome.ACCEPTED:
        return False
    with database.autocommit() as transaction:
        return accept(
            transaction, [(one.notification, one.number) for one in claimed.tellings], answer
        )


def _give_back(database: Database, claims: Sequence[Claim]) -> None:
    attempts = [attempt for one in claims for attempt in one.attempts]
    with database.transaction() as transaction:
        give_back(transaction, attempts)
    log.info("given_back", extra={"messages": len(attempts)})


def _which(notification_id: UUID) -> dict[str, str]:
    return {"notification": str(notification_id)}


def kinds_told(claimed: Claim) -> set[tuple[str, str]]:
    """The kinds and languages of what is told."""
    return {(one.notification.kind, one.notification.language) for one in claimed.tellings}


def in_own_words(
    database: Database,
    parcel: Parcel,
    claimed: Claim,
    own_words: Mapping[tuple[str, str], Written],
    place: str,
) -> Parcel:
    """``parcel`` in the words of managers, where they work: no words of theirs ever stop a message."""
    if not own_words:
        return parcel
    abouts = []
    for about, (message_id, _) in zip(parcel.abouts, claimed.attempts, strict=True):
        written = replace(about, written=own_words.get((about.kind, about.language)))
        if not works(written, place=place):
            with database.transaction() as transaction:
                note_failure(transaction, about.kind, about.language, message_id)
            written = about
        abouts.append(written)
    return replace(parcel, abouts=tuple(abouts))


def parcel_of(
    claimed: Claim, public_url: str, *, phone: str | None, leave_at: str | None = None
) -> Parcel:
    """What is claimed, as its carriers and printers need it.

    ``phone`` is to be called about what is about no session. ``leave_at`` is where one can unsubscribe, from
    what does not go on paper.
    """
    first = claimed.tellings[0].notification
    return Parcel(
        id=first.id,
        addressee=claimed.addressee,
        language=first.language,
        abouts=tuple(_about(one, claimed, public_url, phone, leave_at) for one in claimed.tellings),
        number=claimed.tellings[0].number,
    )


def _about(
    told: Telling, claimed: Claim, public_url: str, phone: str | None, leave_at: str | None
) -> About:
    notification, session = told.notification, told.session
    registration_id, key = notification.registration_id, claimed.addressee.access_key
    link = registration_id and key and manage_url(public_url, registration_id, key)
    short = registration_id and key and code_url(public_url, registration_id, key)
    return About(
        kind=Kind(notification.kind),
        language=notification.language,
        given_name=claimed.addressee.given_name,
        details=notification.details,
        # What was decided at one moment, the first message before the second.
        sequence=sequence_at(notification.created_at) + notification.sequence,
        manage_url=link or None,
        short_code=short_code(key, registration_id) if registration_id and key else None,
        short_url=short or None,
        now=now(),
        session=None if session is None else _described(session, public_url),
        seat_remains=told.seat_remains,
        unsubscribe_url=_unsubscribe_url(Kind(notification.kind), claimed.addressee, leave_at),
        phone=_number_to_call(Kind(notification.kind), session, phone),
    )


def _number_to_call(kind: Kind, session: Session | None, phone: str | None) -> str | None:
    """Where people call about it; those who work here know."""
    if kind in TO_STAFF:
        return None
    return phone if session is None else session.place_phone


def _unsubscribe_url(kind: Kind, addressee: Addressee, leave_at: str | None) -> str | None:
    """Where a person leaves ``kind`` with one click, if they can do without it."""
    if leave_at is None or kind not in UNSOLICITED:
        return None
    if addressee.participant_id is None or not addressee.access_key:
        return None
    token = unsubscribe_token(addressee.access_key, addressee.participant_id, kind)
    return f"{leave_at}/v1/unsubscribe/{token}"


def _described(session: Session, public_url: str) -> DescribedSession:
    return DescribedSession(
        title=None if session.discreet else session.title,
        place_name=session.place_name,
        place_address=session.place_address,
        timezone=ZoneInfo(session.timezone),
        meetings=_shown(session.meetings, discreet=session.discreet),
        dropped_meetings=_shown(session.dropped_meetings, discreet=session.discreet),
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
