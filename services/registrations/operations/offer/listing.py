"""What the public may look through: sessions by date, place, programme, theme and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import contains_eager, raiseload

from services.registrations.domain import RegistrationMode, SessionStatus, fold
from services.registrations.models import Activity, Meeting, Place, Session
from services.registrations.operations.clock import now
from services.registrations.refusals import SessionNotFound


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """All given conditions hold together. ``begins_before`` and ``ends_after`` bound the dates."""

    ends_after: datetime | None = None
    begins_before: datetime | None = None
    programme: str | None = None
    organisation: str | None = None
    theme: str | None = None
    place: str | None = None
    words: str | None = None
    open: bool = False
    statuses: Sequence[str] = (SessionStatus.PUBLISHED,)


def list_sessions(
    transaction: Transaction,
    wanted: SessionFilter,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Session]:
    """Sessions by first date, in two queries: the sessions with all their names, and their meetings."""
    query = _whole(_wanted(wanted)).order_by(Session.starts_at, Session.id).limit(limit)
    if after is not None:
        query = query.where(tuple_(Session.starts_at, Session.id) > after)
    return transaction.scalars(query).unique().all()


def nearest_sessions(
    transaction: Transaction, wanted: SessionFilter, *, most: int, most_meetings: int
) -> Sequence[Session]:
    """The first sessions by date, as many as have ``most_meetings`` together; in three queries.

    Meetings are counted before they are loaded: a city's courses have tens of thousands.
    """
    held = select(func.count()).where(Meeting.session_id == Session.id).scalar_subquery()
    counted = (
        _wanted(wanted)
        .with_only_columns(Session.id, held)
        .order_by(Session.starts_at, Session.id)
        .limit(most)
    )
    rows = transaction.execute(counted).all()
    ends = accumulate(meetings for _, meetings in rows)
    ids = [row.id for row, end in zip(rows, ends, strict=True) if end <= most_meetings]
    query = select(Session).where(Session.id.in_(ids)).order_by(Session.starts_at, Session.id)
    return transaction.scalars(query).unique().all()


def list_changes(
    transaction: Transaction, wanted: SessionFilter, *, limit: int
) -> Sequence[Session]:
    """Sessions as :func:`list_sessions`, those whose public words changed last first."""
    query = (
        _whole(_wanted(wanted)).order_by(Session.changed_at.desc(), Session.id.desc()).limit(limit)
    )
    return transaction.scalars(query).unique().all()


def _whole(query: Select[Session]) -> Select[Session]:
    return query.options(contains_eager(Session.activity))


def _wanted(wanted: SessionFilter) -> Select[Session]:
    query = (
        select(Session)
        .join(Session.activity)
        .where(Session.status.in_(wanted.statuses), Session.status != SessionStatus.DRAFT)
    )
    if wanted.ends_after is not None:
        query = query.where(Session.ends_at > wanted.ends_after)
    if wanted.begins_before is not None:
        query = query.where(Session.starts_at < wanted.begins_before)
    if wanted.programme is not None:
        query = query.where(Activity.programme_code == wanted.programme)
    if wanted.organisation is not None:
        query = query.where(Activity.organisation_code == wanted.organisation)
    if wanted.theme is not None:
        query = query.where(Activity.theme == wanted.theme)
    if wanted.place is not None:
        query = query.where(Session.place_code == wanted.place)
    if wanted.open:
        is_open = and_(Session.opens_at <= now(), Session.closes_at > now())
        # Where nobody registers the door is open to all.
        query = query.where(or_(is_open, Session.registration == RegistrationMode.NONE))
    for word in fold(wanted.words or "").split():
        query = query.where(Activity.search_text.contains(word, autoescape=True))
    return query


def public_session(transaction: Transaction, session_id: UUID) -> Session:
    """One session that was published, whatever became of it.

    Raises:
        SessionNotFound: there is none, or only a draft.
    """
    query = select(Session).where(Session.id == session_id)
    session = transaction.scalars(query.where(Session.status != SessionStatus.DRAFT)).first()
    if session is None:
        raise SessionNotFound
    return session


def offered_now(transaction: Transaction) -> Sequence[Session]:
    """Of each activity at each place the next published session; one query, without the meetings."""
    query = (
        select(Session)
        .ext(distinct_on(Session.activity_id, Session.place_code))
        .where(Session.status == SessionStatus.PUBLISHED, Session.ends_at > now())
        .order_by(Session.activity_id, Session.place_code, Session.starts_at, Session.id)
        .options(raiseload(Session.meetings))
    )
    return transaction.scalars(query).all()


def list_places(transaction: Transaction) -> Sequence[Place]:
    """All places, in order of code."""
    return transaction.scalars(select(Place).order_by(Place.code)).all()


def list_activities(
    transaction: Transaction,
    *,
    programme: str | None,
    organisation: str | None,
    words: str | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Activity]:
    """Activities in the order of their making."""
    query = select(Activity).order_by(Activity.id).limit(limit)
    if after is not None:
        query = query.where(Activity.id > after)
    if programme is not None:
        query = query.where(Activity.programme_code == programme)
    if organisation is not None:
        query = query.where(Activity.organisation_code == organisation)
    for word in fold(words or "").split():
        query = query.where(Activity.search_text.contains(word, autoescape=True))
    return transaction.scalars(query).unique().all()
