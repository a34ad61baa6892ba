"""What a source named before and names no more: reported, and left to people to decide."""

from collections.abc import Collection
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationMode, SessionStatus
from services.registrations.importing.load import one_of
from services.registrations.importing.plan import Options, PlannedActivity
from services.registrations.importing.report import Missing
from services.registrations.models import Activity, Session

_MOST_NAMED = 500


def missing_from(
    transaction: Transaction, read: Collection[PlannedActivity], options: Options
) -> list[Missing]:
    """Activities with dates to come that came from the same source before and were not ``read`` now.

    The next to come first, at most 500. One whose row is wrong now is among them.
    """
    sources = {options.source} if options.source else {activity.source for activity in read}
    refs = {activity.ref for activity in read}
    next_at = func.min(Session.starts_at)
    query = (
        select(Activity.id, Activity.source_ref, Activity.title, next_at)
        .join(Session, Session.activity_id == Activity.id)
        .where(
            one_of(Activity.source, sources),
            Session.status == SessionStatus.PUBLISHED,
            Session.ends_at > options.now,
        )
        .group_by(Activity.id)
        .order_by(next_at, Activity.id)
    )
    rows = (row for row in transaction.execute(query) if row.source_ref not in refs)
    found = [Missing(row.id, row.title, row[3]) for row in rows]
    return found[:_MOST_NAMED]


def held_missing_from(
    transaction: Transaction, read: Collection[str], source: str
) -> list[Missing]:
    """Activities whose sessions were held, came from ``source`` before, and were not ``read`` now; at most 500."""
    query = (
        select(Activity.id, Session.source_ref, Activity.title, Session.starts_at)
        .join(Activity, Activity.id == Session.activity_id)
        .where(
            Activity.source == source,
            Session.registration == RegistrationMode.NONE,
            Session.status == SessionStatus.PUBLISHED,
        )
        .order_by(Session.starts_at, Session.id)
    )
    rows = (row for row in transaction.execute(query) if row.source_ref not in read)
    return [Missing(row.id, row.title, row.starts_at) for row in islice(rows, _MOST_NAMED)]
