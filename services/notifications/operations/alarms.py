"""What operators and managers are told of notifications itself: failures, its own parked events, the SMS budget."""

from datetime import timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.channels import BY_MACHINE
from services.notifications.domain.kinds import Kind
from services.notifications.domain.staff import Matter
from services.notifications.domain.states import Outcome
from services.notifications.models import Attempt, FailureAlarm
from services.notifications.operations.clock import now
from services.notifications.operations.staff import tell_concerned
from shared.events import catalogue
from shared.messaging import log as event_log
from shared.messaging.parking import PARKED_TOLD_EVERY, take_untold

_WINDOW = timedelta(minutes=15)
# A bad address now and then is everyday; so many at once is a server or a carrier that does not work.
_FEWEST = 10
_PART = 0.2


def tell_failures_rising(transaction: Transaction) -> list[UUID]:
    """Tell when too much of what was handed to a carrier of late has failed; once an hour and channel.

    What people do by hand, and what our own budget withheld, says nothing of carriers. One statement while all
    is well.
    """
    failed = func.count().filter(Attempt.outcome != Outcome.ACCEPTED)
    tried = func.count()
    since = now() - _WINDOW
    query = (
        select(Attempt.channel, failed.label("failed"), tried.label("tried"))
        .where(
            Attempt.finished_at > since,
            Attempt.channel.in_(BY_MACHINE),
            Attempt.outcome != Outcome.WITHHELD,
        )
        .group_by(Attempt.channel)
        .having(failed >= _FEWEST, failed >= tried * _PART)
    )
    hour = now().replace(minute=0, second=0, microsecond=0)
    told: list[UUID] = []
    for channel, how_many_failed, how_many in transaction.execute(query).all():
        alarm = (
            insert(FailureAlarm).values(channel=channel, hour=hour).on_conflict_do_nothing()
        ).returning(FailureAlarm.channel)
        if transaction.execute(alarm).scalar() is None:
            continue
        said = catalogue.NotificationFailuresRising.of(
            channel=channel, failed=how_many_failed, tried=how_many, since=since
        )
        event_log.append(transaction, said)
        told += tell_concerned(
            transaction,
            Matter(Kind.FAILURES_RISING),
            event_id=uuid5(NAMESPACE_OID, f"failures-rising {channel} {hour.isoformat()}"),
            details={"channel": channel, "failed": how_many_failed, "told": how_many},
        )
    return told


def tell_own_parked(transaction: Transaction) -> list[UUID]:
    """Tell operators of events that this service set aside itself. One statement while there are none."""
    count = take_untold(transaction, every=PARKED_TOLD_EVERY)
    if not count:
        return []
    return tell_concerned(
        transaction,
        Matter(Kind.EVENTS_PARKED),
        event_id=uuid5(NAMESPACE_OID, f"events-parked {now().isoformat()}"),
        details={"service": "notifications", "count": count},
    )
