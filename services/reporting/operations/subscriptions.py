"""Standing orders for reports: on an event, or by the calendar. One report per cause, whatever comes again."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.reporting.calendar_rules import following, is_rule
from services.reporting.models import ReportSubscription, session_fact
from services.reporting.operations import jobs
from services.reporting.refusals import SubscriptionNotFound
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import Event

# What happens to sessions comes once in a while; to look for orders at each registration would cost too much.
EVENTS = ("session.published", "session.rescheduled", "session.cancelled", "session.closed")
_OF_THE_SESSION = ("programme", "organisation", "theme", "place", "title")
_OF_THE_DAY = (
    "day",
    "month",
    "month_start",
    "previous_month",
    "previous_month_start",
    "year_start",
    "previous_year_start",
)
_SIMPLE = (fields.UUID, fields.String, fields.Integer, fields.Boolean)
_AT_ONCE = 50


def names_told(on: str) -> Sequence[str]:
    """What a filter may be about, and parameters may refer to, when ``on`` happens."""
    if is_rule(on):
        return _OF_THE_DAY
    told = CATALOGUE[on, 1].instance().fields
    simple = tuple(name for name, field in told.items() if isinstance(field, _SIMPLE))
    return tuple(dict.fromkeys((*simple, *_OF_THE_SESSION)))


def subscribe(session: Session, *, now: datetime, **ordered: Any) -> ReportSubscription:
    """Order reports from ``now`` on.

    Raises:
        NotARule: the rule of the calendar never comes round.
    """
    order = ReportSubscription(since=now, **ordered)
    if is_rule(order.on):
        order.next_at = following(order.on, now, since=now, timezone=order.timezone)
    session.add(order)
    session.flush()
    return order


def unsubscribe(session: Session, subscription_id: UUID) -> None:
    """Order no more; reports set off before stay.

    Raises:
        SubscriptionNotFound
    """
    order = session.get(ReportSubscription, subscription_id)
    if order is None:
        raise SubscriptionNotFound
    session.delete(order)


def list_subscriptions(
    session: Session, *, after: UUID | None, limit: int
) -> Sequence[ReportSubscription]:
    """Up to ``limit`` orders after ``after``, the oldest first."""
    query = select(ReportSubscription).order_by(ReportSubscription.id).limit(limit)
    if after is not None:
        query = query.where(ReportSubscription.id > after)
    return session.scalars(query).all()


def set_off(session: Session, event: Event) -> Sequence[UUID]:
    """Queue a job for each order that waits for this event; returns the new ones.

    An event told again, by a rebuild for instance, sets off nothing new, and neither does one older than
    the order.
    """
    query = select(ReportSubscription).where(
        ReportSubscription.on == event.type, ReportSubscription.since <= event.time
    )
    orders = session.scalars(query.order_by(ReportSubscription.id)).all()
    if not orders:
        return []
    told = _told(session, event)
    return [
        job_id
        for order in orders
        if all(told.get(name) == value for name, value in order.filter.items())
        and (job_id := _queue(session, order, told, cause=event.id)) is not None
    ]


def set_off_due(session: Session, now: datetime) -> Sequence[UUID]:
    """Queue a job for each order whose day has come, and note when it comes next; returns the new ones."""
    due = select(ReportSubscription).where(ReportSubscription.next_at <= now)
    orders = session.scalars(
        due.order_by(ReportSubscription.next_at).limit(_AT_ONCE).with_for_update(skip_locked=True)
    ).all()
    queued = []
    for order in orders:
        at: datetime = order.next_at  # type: ignore[assignment]  # those without are not due
        order.next_at = following(order.on, at, since=order.since, timezone=order.timezone)
        told = _told_of_the_day(at, order.timezone)
        job_id = _queue(session, order, told, occurrence=at)
        if job_id is not None:
            queued.append(job_id)
    return queued


def refers_to(value: object) -> str | None:
    """The name that a parameter refers to (``$session_id``); None if it stands for itself."""
    return value[1:] if isinstance(value, str) and value.startswith("$") else None


def _queue(
    session: Session,
    order: ReportSubscription,
    told: Mapping[str, Any],
    *,
    cause: UUID | None = None,
    occurrence: datetime | None = None,
) -> UUID | None:
    parameters = {
        name: told.get(referred) if (referred := refers_to(value)) else value
        for name, value in order.parameters.items()
    }
    return jobs.queue_job(
        session,
        report=order.report,
        parameters={name: value for name, value in parameters.items() if value is not None},
        formats=order.formats,
        language=order.language,
        audience=order.audience,
        recipients=order.recipients,
        subscription_id=order.id,
        cause=cause,
        occurrence=occurrence,
    )


def _told(session: Session, event: Event) -> dict[str, Any]:
    """What the event says, as JSON, and what is known of its session."""
    told: dict[str, Any] = CATALOGUE[event.type, event.version].instance().dump(event.data)
    columns = (session_fact.c[name] for name in _OF_THE_SESSION)
    query = select(*columns).where(session_fact.c.session_id == event.data["session_id"])
    known = session.execute(query).mappings().one_or_none()
    return {**told, **(known or {})}


def _told_of_the_day(moment: datetime, timezone: str) -> dict[str, str]:
    day = moment.astimezone(ZoneInfo(timezone)).date()
    month = day.replace(day=1)
    previous = (month - timedelta(days=1)).replace(day=1)
    year = date(day.year, 1, 1)
    return {
        "day": day.isoformat(),
        "month": f"{month:%Y-%m}",
        "month_start": month.isoformat(),
        "previous_month": f"{previous:%Y-%m}",
        "previous_month_start": previous.isoformat(),
        "year_start": year.isoformat(),
        "previous_year_start": year.replace(year=day.year - 1).isoformat(),
    }
