"""What notifications does when registrations tells it something."""

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session as Transaction

from services.notifications.broker import hurry_after_commit
from services.notifications.operations import hear, people, receipts, staff
from shared.events.envelope import Event
from shared.messaging.receiver import Handler


def _and_hurry(tell: Callable[[Transaction, Event], list[UUID]]) -> Handler:
    """``tell``, with what it wants said set off as soon as it is committed."""

    def handler(transaction: Transaction, event: Event) -> None:
        hurry_after_commit(transaction, tell(transaction, event))

    return handler


_tell_registered = _and_hurry(hear.session_rescheduled)
_tell_seated = _and_hurry(hear.session_formed)
_tell_those_who_came = _and_hurry(hear.session_closed)
_tell_referred = _and_hurry(hear.referral_changed)
_tell_registrant = _and_hurry(hear.registration_changed)

HANDLERS: Mapping[str, Handler] = {
    "participant.contact_changed": hear.contact_changed,
    "participant.call_needed": _and_hurry(staff.call_needed),
    "participant.merged": people.merged,
    "participant.unmerged": people.unmerged,
    "participant.erased": people.erased,
    "participant.erasure_completed": _and_hurry(receipts.complete_receipt),
    "session.published": hear.session_published,
    "session.rescheduled": _tell_registered,
    "session.formed": _tell_seated,
    "session.below_minimum": _and_hurry(staff.session_below_minimum),
    "session.cancelled": hear.session_cancelled,
    "session.closed": _tell_those_who_came,
    "attendance.missing": _and_hurry(staff.attendance_missing),
    "staff.changed": staff.staff_changed,
    "registrations.events_parked": _and_hurry(staff.events_parked),
    "reporting.events_parked": _and_hurry(staff.events_parked),
    "report.ready": _and_hurry(staff.report_ready),
    "referral.opened": _tell_referred,
    "referral.closed": _tell_referred,
    "registration.requested": _tell_registrant,
    "registration.confirmed": _tell_registrant,
    "registration.waitlisted": _tell_registrant,
    "registration.offered": _tell_registrant,
    "registration.expired": _tell_registrant,
    "registration.declined": _tell_registrant,
    "registration.cancelled": _tell_registrant,
}
