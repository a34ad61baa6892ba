"""What else there is for those whose session is cancelled, moved, or does not suit them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, false, func, or_, select
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationMode, SessionStatus
from services.registrations.models import Activity, Place, Programme, Session
from services.registrations.operations.clock import now

_MOST = 3


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another session. ``title`` is None in discreet programmes; ``timezone`` is that of its place."""

    session_id: UUID
    title: str | None
    starts_at: datetime
    place_name: str
    timezone: str


def find_alternatives(transaction: Transaction, session: Session) -> Sequence[Alternative]:
    """Up to three sessions to register for instead of ``session``, the closest first; one query.

    They have not begun, registration for them is open, and a seat is free that nobody waits for. Those
    of the same activity come first, then those of the same theme, then those of the same programme;
    among them the same place first, then the nearest in time. A discreet session is only ever an
    alternative to one of its own programme, and the other way round.
    """
    wanted = session.activity
    same_activity = Session.activity_id == wanted.id
    # Two that have no theme do not have the same one.
    same_theme = Activity.theme == wanted.theme if wanted.theme else false()
    same_programme = Activity.programme_code == wanted.programme_code
    seconds_apart = func.abs(func.extract("epoch", Session.starts_at - session.starts_at))
    query = (
        select(
            Session.id,
            case((Programme.discreet, None), else_=Activity.title).label("title"),
            Session.starts_at,
            Place.name.label("place_name"),
            Place.timezone,
        )
        .join(Activity, Activity.id == Session.activity_id)
        .join(Programme, Programme.code == Activity.programme_code)
        .join(Place, Place.code == Session.place_code)
        .where(
            Session.id != session.id,
            Session.status == SessionStatus.PUBLISHED,
            Session.registration == RegistrationMode.REQUIRED,
            Session.starts_at > now(),
            Session.opens_at <= now(),
            Session.closes_at > now(),
            Session.confirmed + Session.offered < Session.capacity,
            Session.waitlisted == 0,
            same_programme if wanted.programme.discreet else Programme.discreet.is_(False),
            or_(same_activity, same_theme, same_programme),
        )
        .order_by(
            case((same_activity, 0), (same_theme, 1), else_=2),
            (Session.place_code == session.place.code).desc(),
            seconds_apart,
            Session.id,
        )
        .limit(_MOST)
    )
    return [
        Alternative(row.id, row.title, row.starts_at, row.place_name, row.timezone)
        for row in transaction.execute(query)
    ]
