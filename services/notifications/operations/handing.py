"""The moments around a hand-over: from when a carrier may have a message, and what is given back instead."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, text, tuple_, update
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.states import Status
from services.notifications.models import Attempt, Notification
from services.notifications.operations.clock import now

_HAND_OVER = text("""
    WITH claimed AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[])) AS one (id, number)
    ), ours AS (
        UPDATE notification SET claimed_at = :moment
        FROM claimed
        WHERE notification.id = claimed.id AND notification.attempts = claimed.number
            AND notification.status = 'sending'
        RETURNING claimed.id, claimed.number
    ), marked AS (
        UPDATE attempt SET handed_over_at = :moment
        FROM ours
        WHERE attempt.notification_id = ours.id AND attempt.number = ours.number
            AND (SELECT count(*) FROM ours) = (SELECT count(*) FROM claimed)
        RETURNING attempt.number
    )
    SELECT count(*) FROM marked
""")


def hand_over(transaction: Transaction, attempts: Sequence[tuple[UUID, int]]) -> bool:
    """Mark that from now on the carrier may have these messages, unless a claim has lapsed. One statement.

    Its first part locks the messages against the sweeper: either that sees this mark, or a claim is
    no longer ours and nothing may be handed over.
    """
    values = {
        "ids": [notification_id for notification_id, _ in attempts],
        "numbers": [number for _, number in attempts],
        "moment": now(),
    }
    marked: int = transaction.scalars(_HAND_OVER, values).one()
    return marked == len(attempts)


def give_back(transaction: Transaction, attempts: Sequence[tuple[UUID, int]]) -> None:
    """Put messages back in the queue whose attempt was not begun: they are as if never claimed. Two statements."""
    ours = transaction.execute(
        update(Notification)
        .where(
            tuple_(Notification.id, Notification.attempts).in_(attempts),
            Notification.status == Status.SENDING,
        )
        .values(
            status=Status.QUEUED,
            attempts=Notification.attempts - 1,
            claimed_at=None,
            told_with=None,
            job_sent_at=None,
        )
        .returning(Notification.id, Notification.attempts + 1)
        .execution_options(synchronize_session=False)
    ).all()
    if ours:
        transaction.execute(
            delete(Attempt)
            .where(
                tuple_(Attempt.notification_id, Attempt.number).in_([tuple(one) for one in ours])
            )
            .execution_options(synchronize_session=False)
        )
