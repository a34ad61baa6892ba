"""The Celery jobs of reporting: a row's id in, its state machine moved on."""

from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from services.reporting.broker import (
    REBUILD,
    RELEASE,
    RELEASE_IF_DUE,
    RUN_JOB,
    SWEEP,
    celery,
    hurry,
)
from services.reporting.db import database, transaction
from services.reporting.operations import jobs, rebuilds, releases, subscriptions
from services.reporting.reports.write import write_report
from services.reporting.settings import release_every
from shared.db import after_commit
from shared.events.catalogue import ReportingEventsParked
from shared.messaging import log
from shared.messaging.parking import PARKED_TOLD_EVERY, take_untold
from shared.messaging.receiver import Receiver


@celery.task(name=RUN_JOB)  # type: ignore[untyped-decorator]
def run_job(job_id: str) -> None:
    """Write one report, unless another worker does or did."""
    write_report(database, UUID(job_id))


@celery.task(name=SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Find reports that are due by the calendar or that nobody runs, rebuilds left unfinished, events set aside."""
    with transaction() as session:
        rebuilds.fail_abandoned(session)
        if count := take_untold(session, every=PARKED_TOLD_EVERY):
            log.append(session, ReportingEventsParked.of(service="reporting", count=count))
        due = subscriptions.set_off_due(session, datetime.now(UTC))
        for job_id in (*due, *jobs.sweep_jobs(session)):
            after_commit(session, partial(hurry, RUN_JOB, job_id))


@celery.task(name=RELEASE_IF_DUE)  # type: ignore[untyped-decorator]
def release_if_due() -> None:
    """Release the open figures anew when it is time, or when they were asked for."""
    now = datetime.now(UTC)
    with transaction() as session:
        if releases.is_due(session, now=now, every=release_every()):
            releases.ask_release(session)
    _release()


@celery.task(name=RELEASE)  # type: ignore[untyped-decorator]
def release(release_id: str) -> None:  # noqa: ARG001 - there is never more than one to make
    """Make the release that was asked for, unless another worker does or did."""
    _release()


def _release() -> None:
    with transaction() as session:
        # All figures of one release are of one moment.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        releases.make_release(session, now=datetime.now(UTC))


def add_rebuild_task(receiver: Receiver) -> None:
    """Give the worker the task that needs its receiver."""

    @celery.task(name=REBUILD)  # type: ignore[untyped-decorator]
    def rebuild(rebuild_id: str) -> None:
        """Empty the facts and fill them again from the feeds."""
        rebuilds.run_rebuild(database, receiver, UUID(rebuild_id))
