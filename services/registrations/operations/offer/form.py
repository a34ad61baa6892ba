"""Sessions with a minimum: formed when that many are confirmed, decided upon when they are not in time.

Formed is said once and for all: who leaves afterwards does not undo it. One person's registration says it in
its own statement (``register``); whatever else lets people in says it here.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import SessionStatus
from services.registrations.models import Activity, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.offer.sessions import cancel_session, own_session
from services.registrations.refusals import NothingToDecide
from shared.errors import invalid
from shared.messaging import log

# Bounds one look; the next comes within a minute.
_MOST_AT_ONCE = 200


def hold_session(
    transaction: Transaction, session_id: UUID, *, organisation: str | None
) -> Session:
    """Decide that the session takes place with those who are there; they are told.

    Raises:
        SessionNotFound, OtherOrganisation. NothingToDecide: it is formed, or has no minimum.
    """
    session = _undecided(transaction, session_id, organisation)
    session.formed_at = now()
    log.append(transaction, facts.session_formed(session))
    return session


def extend_decision(
    transaction: Transaction, session_id: UUID, until: datetime, *, organisation: str | None
) -> Session:
    """Wait for more people until ``until``.

    Raises:
        SessionNotFound, OtherOrganisation. NothingToDecide: it is formed, or has no minimum.
        Invalid: ``until`` is past, or after the session begins.
    """
    session = _undecided(transaction, session_id, organisation)
    if not now() < until <= session.starts_at:
        raise invalid(
            "until",
            "It must be in the future, and not after the session begins.",
            "La date doit être à venir, et au plus tard au début de la session.",
        )
    session.decide_by, session.below_minimum_at = until, None
    return session


def give_up_session(
    transaction: Transaction, session_id: UUID, *, organisation: str | None
) -> Session:
    """Decide that the session does not take place, for too few want it; everyone registered is told.

    Raises:
        SessionNotFound, OtherOrganisation. NothingToDecide: it is formed, or has no minimum.
    """
    session = _undecided(transaction, session_id, organisation)
    return cancel_session(transaction, session.id, organisation=organisation, reason="too-few")


def note_below_minimum(transaction: Transaction) -> int:
    """Tell of sessions whose day of decision has come with too few people; returns how many."""
    query = (
        _open()
        .where(Session.decide_by <= now(), Session.below_minimum_at.is_(None))
        .order_by(Session.decide_by)
        .limit(_MOST_AT_ONCE)
        .with_for_update(of=Session, skip_locked=True)
    )
    found = transaction.scalars(query).all()
    for session in found:
        _tell_below_minimum(transaction, session)
    return len(found)


def sessions_to_decide(
    transaction: Transaction,
    *,
    organisation: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Session]:
    """Sessions whose day of decision has come, the earliest first; those of ``organisation`` if given."""
    query = _open().where(Session.decide_by <= now())
    if organisation is not None:
        query = query.where(Session.activity.has(Activity.organisation_code == organisation))
    if after is not None:
        query = query.where(tuple_(Session.decide_by, Session.id) > after)
    return transaction.scalars(query.order_by(Session.decide_by, Session.id).limit(limit)).all()


def _open() -> Select[Session]:
    return select(Session).where(
        Session.status == SessionStatus.PUBLISHED,
        Session.minimum.is_not(None),
        Session.formed_at.is_(None),
    )


def _undecided(transaction: Transaction, session_id: UUID, organisation: str | None) -> Session:
    session = own_session(transaction, session_id, organisation)
    open_ = session.status == SessionStatus.PUBLISHED and session.formed_at is None
    if session.minimum is None or not open_:
        raise NothingToDecide
    return session


def _tell_below_minimum(transaction: Transaction, session: Session) -> None:
    session.below_minimum_at = now()
    log.append(transaction, facts.session_below_minimum(session))
