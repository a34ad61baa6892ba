"""A tablet in the room, on which people say one after the other what they thought of a session."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload
from uuid_utils.compat import uuid7

from services.registrations.credentials import fingerprint, new_secret
from services.registrations.domain import FACES, SessionStatus
from services.registrations.models import Kiosk, KioskFeedback, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.held.questions import refuse_unless_asked
from services.registrations.operations.offer.meetings import find_session
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import (
    FeedbackTooEarly,
    KioskNotFound,
    SessionState,
)
from shared.messaging import log

# People linger, and a tablet is passed round while the chairs are put away.
AFTER_THE_END = timedelta(hours=4)
_HELD = (SessionStatus.PUBLISHED, SessionStatus.CLOSED)


def open_kiosk(
    transaction: Transaction, session_id: UUID, *, opened_by: str, scope: Scope
) -> tuple[Kiosk, str]:
    """A tablet for one session, and its token, of which only a hash is kept.

    Raises:
        SessionNotFound, OtherOrganisation, NotAdvised.
        SessionState: it is a draft, cancelled, or over for hours.
    """
    session = find_session(transaction, session_id, scope)
    if session.status not in _HELD or now() >= good_until(session):
        raise SessionState
    token = new_secret()
    kiosk = Kiosk(
        session_id=session.id, token_hash=fingerprint(token), opened_by=opened_by, session=session
    )
    transaction.add(kiosk)
    transaction.flush()
    return kiosk, token


def close_kiosks(transaction: Transaction, session_id: UUID, *, scope: Scope) -> None:
    """Make every tablet of a session good for nothing; what was said on them stays.

    Raises:
        SessionNotFound, OtherOrganisation, NotAdvised.
    """
    find_session(transaction, session_id, scope)
    transaction.execute(delete(Kiosk).where(Kiosk.session_id == session_id))


def find_kiosk(transaction: Transaction, token: str) -> Kiosk:
    """The tablet that holds ``token``, with its session.

    Raises:
        KioskNotFound: there is none, it was closed, or its session is cancelled or over for hours.
    """
    query = (
        select(Kiosk)
        .where(Kiosk.token_hash == fingerprint(token))
        .options(joinedload(Kiosk.session))
    )
    kiosk = transaction.scalars(query).unique().first()
    if kiosk is None or kiosk.session.status not in _HELD or now() >= good_until(kiosk.session):
        raise KioskNotFound
    return kiosk


def collect_feedback(
    transaction: Transaction,
    kiosk: Kiosk,
    *,
    client_id: UUID,
    face: str,
    answers: dict[str, Any],
    comment: str | None,
) -> int:
    """Keep what somebody said on a tablet, and tell the rating; the same ``client_id`` counts once.

    Returns the rating that the face stands for.

    Raises:
        FeedbackTooEarly: the session has not begun.
        Invalid: an answer is not to a question of the programme, or not of its kind.
    """
    session = kiosk.session
    if session.starts_at > now():
        raise FeedbackTooEarly
    refuse_unless_asked(session.activity.programme, answers)
    rating = FACES[face]
    statement = (
        insert(KioskFeedback)
        .values(
            session_id=session.id,
            client_id=client_id,
            id=uuid7(),
            rating=rating,
            answers=answers,
            comment=comment,
            submitted_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["session_id", "client_id"])
        .returning(KioskFeedback.id)
    )
    feedback_id = transaction.scalar(statement)
    if feedback_id is not None:
        log.append(transaction, facts.feedback_collected(feedback_id, session.id, rating))
    return rating


def forget_old_kiosks(transaction: Transaction) -> None:
    """Remove the tablets of sessions that are over for hours; what was said on them stays."""
    over = select(Session.id).where(Session.ends_at <= now() - AFTER_THE_END)
    transaction.execute(delete(Kiosk).where(Kiosk.session_id.in_(over)))


def good_until(session: Session) -> datetime:
    """Until when the tablets of a session can be used."""
    return session.ends_at + AFTER_THE_END
