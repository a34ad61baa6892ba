"""Finding what was left behind: claims whose worker died, and due messages that no job is coming for."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select, tuple_, update
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.states import Outcome, Status
from services.notifications.models import Attempt, Notification
from services.notifications.operations.clock import now
from services.notifications.operations.settle import conclude

# Bounds one sweep; the next comes within seconds.
_MOST_AT_ONCE = 1000
# How long a job that was set off may take to come, before another is.
MOMENT = timedelta(seconds=10)


def resolve_lapsed(transaction: Transaction, *, lease: float, most: int) -> int:
    """Decide on claims older than ``lease`` seconds; returns how many there were.

    Not yet handed over: it goes back in the queue. Handed over: nobody knows, and nobody sends it again.
    """
    lapsed = transaction.scalars(
        select(Notification)
        .where(
            Notification.status == Status.SENDING,
            Notification.claimed_at < now() - timedelta(seconds=lease),
        )
        .order_by(Notification.claimed_at)
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    if not lapsed:
        return 0
    # Read by a statement of its own, after the locks: whatever was marked before them is seen.
    attempts = transaction.scalars(
        select(Attempt).where(
            tuple_(Attempt.notification_id, Attempt.number).in_(
                [(one.id, one.attempts) for one in lapsed]
            )
        )
    )
    by_notification = {attempt.notification_id: attempt for attempt in attempts}
    for notification in lapsed:
        attempt = by_notification[notification.id]
        handed_over = attempt.handed_over_at is not None
        attempt.outcome = Outcome.UNANSWERED if handed_over else Outcome.LAPSED
        attempt.finished_at = now()
        conclude(transaction, notification, Outcome(attempt.outcome), most=most)
    return len(lapsed)


def take_overdue(
    transaction: Transaction, *, waited: timedelta = MOMENT, most: int = _MOST_AT_ONCE
) -> list[UUID]:
    """Up to ``most`` due messages for which no job has come since ``waited``, the longest due first.

    The caller sees to them: nobody else takes them meanwhile. One statement, if any.
    """
    if not most:
        return []
    overdue = (
        select(Notification.id)
        .where(
            Notification.status == Status.QUEUED,
            Notification.due_at <= now(),
            or_(Notification.job_sent_at.is_(None), Notification.job_sent_at < now() - waited),
        )
        .order_by(Notification.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    taken = transaction.scalars(
        update(Notification)
        .where(Notification.id.in_(overdue.scalar_subquery()))
        .values(job_sent_at=now())
        .returning(Notification.id)
        .execution_options(synchronize_session=False)
    )
    return list(taken)
