"""What reporting does when it is told something. It must name every type it subscribes to, and no other."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy.orm import Session

from services.reporting.broker import RUN_JOB, hurry
from services.reporting.operations import jobs
from services.reporting.operations.project_attendance import (
    note_attendance,
    note_collected,
    note_feedback,
    note_head_count,
)
from services.reporting.operations.project_notifications import note_outcome
from services.reporting.operations.project_outcomes import note_result
from services.reporting.operations.project_people import (
    cut_pseudonym,
    note_merge,
    note_unmerge,
)
from services.reporting.operations.project_registrations import note_departure, note_entry
from services.reporting.operations.project_sessions import (
    note_cancellation,
    note_closing,
    note_session,
)
from shared.db import after_commit
from shared.events.envelope import Event
from shared.messaging.receiver import Handler


def close_and_report(session: Session, event: Event) -> None:
    """The session is over: note it, and have its report written, once whatever comes again."""
    note_closing(session, event)
    job_id = jobs.queue_job(
        session,
        report="session",
        parameters={"session_id": str(event.data["session_id"])},
        formats=("json", "csv"),
        cause=event.id,
    )
    if job_id is not None:
        after_commit(session, partial(hurry, RUN_JOB, job_id))


HANDLERS: Mapping[str, Handler] = {
    "session.published": note_session,
    "session.rescheduled": note_session,
    "session.cancelled": note_cancellation,
    "session.closed": close_and_report,
    "registration.requested": note_entry,
    "registration.confirmed": note_entry,
    "registration.waitlisted": note_entry,
    "registration.offered": note_entry,
    "registration.expired": note_departure,
    "registration.declined": note_departure,
    "registration.cancelled": note_departure,
    "attendance.recorded": note_attendance,
    "attendance.counted": note_head_count,
    "feedback.submitted": note_feedback,
    "outcome.recorded": note_result,
    "participant.merged": note_merge,
    "participant.unmerged": note_unmerge,
    "participant.erased": cut_pseudonym,
    "feedback.collected": note_collected,
    "notification.sent": note_outcome,
    "notification.failed": note_outcome,
}
