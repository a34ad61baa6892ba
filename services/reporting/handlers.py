"""What reporting does when it is told something. It must name every type it subscribes to, and no other."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy.orm import Session

from services.reporting.broker import RUN_JOB, hurry
from services.reporting.operations import subscriptions
from services.reporting.operations.project_attendance import (
    note_attendance,
    note_collected,
    note_feedback,
    note_head_count,
)
from services.reporting.operations.project_calls import note_call, note_settled_call
from services.reporting.operations.project_notifications import note_outcome
from services.reporting.operations.project_outcomes import note_result
from services.reporting.operations.project_people import (
    cut_pseudonym,
    note_merge,
    note_unmerge,
)
from services.reporting.operations.project_referrals import note_decision, note_referral
from services.reporting.operations.project_registrations import note_departure, note_entry
from services.reporting.operations.project_sessions import (
    note_below_minimum,
    note_cancellation,
    note_closing,
    note_formed,
    note_session,
)
from shared.db import after_commit
from shared.events.envelope import Event
from shared.messaging.receiver import Handler


def also_report(note: Handler) -> Handler:
    """Have the reports written that were ordered for when this happens, once whatever comes again."""

    def handle(session: Session, event: Event) -> None:
        note(session, event)
        for job_id in subscriptions.set_off(session, event):
            after_commit(session, partial(hurry, RUN_JOB, job_id))

    return handle


HANDLERS: Mapping[str, Handler] = {
    "session.published": also_report(note_session),
    "session.rescheduled": also_report(note_session),
    "session.formed": note_formed,
    "session.below_minimum": note_below_minimum,
    "session.cancelled": also_report(note_cancellation),
    "session.closed": also_report(note_closing),
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
    "referral.opened": note_referral,
    "referral.closed": note_decision,
    "participant.call_needed": note_call,
    "participant.call_settled": note_settled_call,
    "participant.merged": note_merge,
    "participant.unmerged": note_unmerge,
    "participant.erased": cut_pseudonym,
    "feedback.collected": note_collected,
    "notification.sent": note_outcome,
    "notification.failed": note_outcome,
}
