"""The reporting service's Celery application and its jobs by name; entry points give it its broker."""

from uuid import UUID

from shared.messaging.celery import jobs_queue, make_celery, send

RUN_JOB = "reporting.run_job"
SWEEP = "reporting.sweep"
REBUILD = "reporting.rebuild"
RELEASE = "reporting.release"
RELEASE_IF_DUE = "reporting.release_if_due"

celery = make_celery("reporting")


def hurry(task: str, id: UUID) -> None:
    """Have a worker look at the row ``id`` now rather than at the next sweep.

    Raises:
        kombu.exceptions.OperationalError: the broker is away.
    """
    send(celery, task, str(id), queue=jobs_queue("reporting"))
