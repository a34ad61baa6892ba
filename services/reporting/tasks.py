"""The Celery jobs of reporting: a row's id in, its state machine moved on."""

from functools import partial
from uuid import UUID

from services.reporting.broker import REBUILD, RUN_JOB, SWEEP, celery, hurry
from services.reporting.db import database, transaction
from services.reporting.operations import jobs, rebuilds
from services.reporting.reports.write import write_report
from shared.db import after_commit
from shared.messaging.receiver import Receiver


@celery.task(name=RUN_JOB)  # type: ignore[untyped-decorator]
def run_job(job_id: str) -> None:
    """Write one report, unless another worker does or did."""
    write_report(database, UUID(job_id))


@celery.task(name=SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Find the jobs that nobody runs, and the rebuilds that nobody finished."""
    with transaction() as session:
        rebuilds.fail_abandoned(session)
        for job_id in jobs.sweep_jobs(session):
            after_commit(session, partial(hurry, RUN_JOB, job_id))


def add_rebuild_task(receiver: Receiver) -> None:
    """Give the worker the task that needs its receiver."""

    @celery.task(name=REBUILD)  # type: ignore[untyped-decorator]
    def rebuild(rebuild_id: str) -> None:
        """Empty the facts and fill them again from the feeds."""
        rebuilds.run_rebuild(database, receiver, UUID(rebuild_id))
