"""What messages are for, and which fact calls for which."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What a message is for."""

    RECEIVED = "registration-received"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    PROMOTED = "promoted"
    OFFERED = "offered"
    EXPIRED = "expired"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    SESSION_MOVED = "session-moved"
    SESSION_FORMED = "session-formed"
    SESSION_CANCELLED = "session-cancelled"
    REMINDER = "reminder"
    FEEDBACK_INVITATION = "feedback-invitation"
    REFERRAL_NEWS = "referral-news"
    ERASURE_RECEIPT = "erasure-receipt"
    # To staff.
    BELOW_MINIMUM = "below-minimum"
    ATTENDANCE_MISSING = "attendance-missing"
    CALL_NEEDED = "call-needed"
    REPORT_READY = "report-ready"
    EVENTS_PARKED = "events-parked"
    FAILURES_RISING = "failures-rising"
    SMS_BUDGET_LOW = "sms-budget-low"


TO_STAFF = frozenset(
    {
        Kind.BELOW_MINIMUM,
        Kind.ATTENDANCE_MISSING,
        Kind.CALL_NEEDED,
        Kind.REPORT_READY,
        Kind.EVENTS_PARKED,
        Kind.FAILURES_RISING,
        Kind.SMS_BUDGET_LOW,
    }
)
ABOUT_NO_SESSION = frozenset(
    {
        Kind.REFERRAL_NEWS,
        Kind.ERASURE_RECEIPT,
        Kind.CALL_NEEDED,
        Kind.REPORT_READY,
        Kind.EVENTS_PARKED,
        Kind.FAILURES_RISING,
        Kind.SMS_BUDGET_LOW,
    }
)
# Staff have an account with an address, and whoever was forgotten leaves nothing else.
BY_MAIL_ALONE = TO_STAFF | {Kind.ERASURE_RECEIPT}
# From here on the person has a seat.
SEATED = frozenset({Kind.CONFIRMED, Kind.PROMOTED})
# What nobody asked for: one can do without it, and nobody is called or written a letter for it.
UNSOLICITED = frozenset({Kind.REMINDER, Kind.FEEDBACK_INVITATION})
# A reminder belongs to the seat that one asked for. Questions afterwards do not.
WITH_CONSENT = frozenset({Kind.FEEDBACK_INVITATION})

LIVE_REGISTRATION = frozenset({"pending", "confirmed", "waitlisted", "offered"})
REGISTRATION_STATUS: Mapping[str, str] = {
    "registration.requested": "pending",
    "registration.confirmed": "confirmed",
    "registration.waitlisted": "waitlisted",
    "registration.offered": "offered",
    "registration.expired": "expired",
    "registration.declined": "declined",
    "registration.cancelled": "cancelled",
}


def kind_of(event_type: str, *, previous: str | None, by: str) -> Kind:
    """What to tell a person when this happened to their registration.

    ``previous`` is the registration's status before, ``by`` who made it so.
    """
    if event_type == "registration.confirmed":
        return Kind.PROMOTED if previous == "waitlisted" else Kind.CONFIRMED
    if event_type == "registration.cancelled":
        # Registrations cancels by itself only when the session is cancelled.
        return Kind.SESSION_CANCELLED if by == "system" else Kind.CANCELLED
    return {
        "registration.requested": Kind.RECEIVED,
        "registration.waitlisted": Kind.WAITLISTED,
        "registration.offered": Kind.OFFERED,
        "registration.expired": Kind.EXPIRED,
        "registration.declined": Kind.DECLINED,
    }[event_type]
