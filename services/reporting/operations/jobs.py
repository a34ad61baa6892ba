"""The life of a report job: queued, claimed by one run at a time, finished once.

A run holds its job by ``run_id`` and by saying, before ``due_at``, that it is still there. When it falls
silent the sweep queues the job again, and the run that was given up can no longer write to it: so there
is never a second set of files, nor a second ``report.ready``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import case, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, undefer
from uuid_utils.compat import uuid7

from services.reporting.domain import LEASE_SECONDS, MOST_ATTEMPTS, RETRY_SECONDS, JobStatus
from services.reporting.models import ReportFile, ReportJob
from services.reporting.refusals import FileNotFound, JobFinished, JobNotFound
from shared.errors import Text
from shared.events.catalogue import ReportReady
from shared.messaging import log

_SWEPT_AT_ONCE = 100
_NOBODY_CAME_BACK = Text(
    "Every run of this report stopped without a word.",
    "Chaque tentative d'écrire ce rapport s'est arrêtée sans rien dire.",
)


class RunLost(Exception):
    """This run was given up for dead; the job is another's now."""


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at a report, and what is to be written."""

    id: UUID
    job_id: UUID
    report: str
    parameters: Mapping[str, Any]
    formats: Sequence[str]
    cause: UUID | None
    language: str
    audience: str
    edition_id: UUID | None
    recipients: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    name: str
    type: str
    content: bytes


def queue_job(
    session: Session,
    *,
    report: str,
    parameters: Mapping[str, Any],
    formats: Sequence[str],
    language: str = "fr",
    audience: str = "staff",
    cause: UUID | None = None,
    edition_id: UUID | None = None,
    recipients: Sequence[UUID] = (),
    subscription_id: UUID | None = None,
    occurrence: datetime | None = None,
) -> UUID | None:
    """Ask for a report; returns the job's id.

    None if the order (``subscription_id``) had one for this ``cause``, or this ``occurrence``, already.

    With ``edition_id`` nothing is counted again: the files are made of that edition.
    """
    statement = upsert(ReportJob).values(
        id=uuid7(),
        report=report,
        parameters=dict(parameters),
        formats=list(formats),
        language=language,
        audience=audience,
        cause=cause,
        edition_id=edition_id,
        recipients=list(recipients),
        subscription_id=subscription_id,
        occurrence=occurrence,
        due_at=_after(RETRY_SECONDS),
    )
    statement = statement.on_conflict_do_nothing()
    return session.execute(statement.returning(ReportJob.id)).scalar()


def claim_job(session: Session, job_id: UUID) -> Run | None:
    """Begin a run of the job, unless it is another's, finished, or gone."""
    claimed = session.execute(
        update(ReportJob)
        .where(ReportJob.id == job_id, ReportJob.status == JobStatus.QUEUED)
        .values(
            status=JobStatus.RUNNING,
            run_id=uuid4(),
            attempts=ReportJob.attempts + 1,
            progress=0,
            due_at=_after(LEASE_SECONDS),
        )
        .returning(
            ReportJob.run_id,
            ReportJob.id,
            ReportJob.report,
            ReportJob.parameters,
            ReportJob.formats,
            ReportJob.cause,
            ReportJob.language,
            ReportJob.audience,
            ReportJob.edition_id,
            ReportJob.recipients,
        )
    ).one_or_none()
    return Run(*claimed) if claimed else None


def note_progress(session: Session, run: Run, progress: float) -> None:
    """Say how far the run is (0 to 1), and that it is still there.

    Raises:
        RunLost: it was given up for dead meanwhile.
    """
    _write(session, run, progress=progress, due_at=_after(LEASE_SECONDS))


def note_life(session: Session, run: Run) -> None:
    """Say that the run is still there.

    Raises:
        RunLost: it was given up for dead meanwhile.
    """
    _write(session, run, due_at=_after(LEASE_SECONDS))


def note_edition(session: Session, run: Run, edition_id: UUID) -> None:
    """Say what the files will hold: whoever runs the job after this run makes them of the same edition.

    Raises:
        RunLost: it was given up for dead meanwhile.
    """
    _write(session, run, edition_id=edition_id, due_at=_after(LEASE_SECONDS))


def finish_job(session: Session, run: Run, files: Sequence[WrittenFile], edition_id: UUID) -> None:
    """Keep the files and tell that the report is ready.

    Raises:
        RunLost: it was given up for dead meanwhile.
    """
    _write(
        session,
        run,
        status=JobStatus.DONE,
        progress=1,
        error=None,
        error_fr=None,
        finished_at=func.now(),
    )
    rows = [
        {
            "job_id": run.job_id,
            "name": file.name,
            "type": file.type,
            "size": len(file.content),
            "content": file.content,
            "sha256": sha256(file.content).hexdigest(),
        }
        for file in files
    ]
    session.execute(insert(ReportFile), rows)
    ready = ReportReady.of(
        job_id=run.job_id,
        report=run.report,
        files=[file.name for file in files],
        cause=str(run.cause) if run.cause else None,
        edition_id=edition_id,
        recipients=run.recipients,
    )
    log.append(session, ready)


def fail_run(session: Session, run: Run, error: Text | str, *, for_good: bool) -> None:
    """The run went wrong: try again a little later, unless ``for_good`` or that was the last attempt.

    An ``error`` in one language alone is not for readers.

    Raises:
        RunLost: it was given up for dead meanwhile.
    """
    over = true() if for_good else ReportJob.attempts >= MOST_ATTEMPTS
    _write(
        session,
        run,
        status=case((over, JobStatus.FAILED), else_=JobStatus.QUEUED),
        finished_at=case((over, func.now())),
        due_at=_after(RETRY_SECONDS),
        error=error.en if isinstance(error, Text) else error,
        error_fr=error.fr if isinstance(error, Text) else None,
    )


def cancel_job(session: Session, job_id: UUID) -> ReportJob:
    """Have the report not written; a run under way stops at its next step and writes nothing.

    Raises:
        JobNotFound, JobFinished
    """
    session.execute(
        update(ReportJob)
        .where(
            ReportJob.id == job_id,
            ReportJob.status.in_((JobStatus.QUEUED, JobStatus.RUNNING)),
        )
        .values(status=JobStatus.CANCELLED, run_id=None, finished_at=func.now())
        .execution_options(synchronize_session=False)
    )
    job = find_job(session, job_id)
    if job.status != JobStatus.CANCELLED:
        raise JobFinished
    return job


def sweep_jobs(session: Session) -> Sequence[UUID]:
    """The jobs that nobody runs and that are due, queued for a worker to be told of them.

    A job whose every attempt was abandoned fails.
    """
    unattended = (
        select(ReportJob.id)
        .where(
            ReportJob.status.in_((JobStatus.QUEUED, JobStatus.RUNNING)),
            ReportJob.due_at <= func.now(),
        )
        .order_by(ReportJob.due_at)
        .limit(_SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    over = ReportJob.attempts >= MOST_ATTEMPTS
    swept = session.execute(
        update(ReportJob)
        .where(ReportJob.id.in_(unattended))
        .values(
            status=case((over, JobStatus.FAILED), else_=JobStatus.QUEUED),
            finished_at=case((over, func.now())),
            error=case((over, _NOBODY_CAME_BACK.en), else_=ReportJob.error),
            error_fr=case((over, _NOBODY_CAME_BACK.fr), else_=ReportJob.error_fr),
            run_id=None,
            # Whoever is told of it now has this long to begin before it is told again.
            due_at=_after(LEASE_SECONDS),
        )
        .returning(ReportJob.id, ReportJob.status)
        .execution_options(synchronize_session=False)
    )
    return [job.id for job in swept if job.status == JobStatus.QUEUED]


def find_job(session: Session, job_id: UUID) -> ReportJob:
    """The job with its list of files.

    Raises:
        JobNotFound
    """
    job = session.get(ReportJob, job_id)
    if job is None:
        raise JobNotFound
    return job


def find_file(session: Session, job_id: UUID, name: str) -> ReportFile:
    """One file of a report, content and all.

    Raises:
        JobNotFound, FileNotFound
    """
    find_job(session, job_id)
    file = session.get(ReportFile, (job_id, name), options=[undefer(ReportFile.content)])
    if file is None:
        raise FileNotFound
    return file


def list_jobs(
    session: Session, *, report: str | None, status: str | None, before: UUID | None, limit: int
) -> Sequence[ReportJob]:
    """Up to ``limit`` jobs, the newest first, older than job ``before``."""
    query = select(ReportJob).order_by(ReportJob.id.desc()).limit(limit)
    if report is not None:
        query = query.where(ReportJob.report == report)
    if status is not None:
        query = query.where(ReportJob.status == status)
    if before is not None:
        query = query.where(ReportJob.id < before)
    return session.scalars(query).all()


def _write(session: Session, run: Run, **values: Any) -> None:
    written = session.execute(
        update(ReportJob)
        .where(ReportJob.id == run.job_id, ReportJob.run_id == run.id)
        .values(**values)
        .returning(ReportJob.id)
        .execution_options(synchronize_session=False)
    )
    if written.one_or_none() is None:
        raise RunLost


def _after(seconds: float) -> Any:
    return func.now() + timedelta(seconds=seconds)
