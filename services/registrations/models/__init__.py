"""The tables of registrations. Times are UTC; what is local belongs to the place's time zone."""

from services.registrations.models.base import Base
from services.registrations.models.calls import Call
from services.registrations.models.clients import (
    Delivery,
    DeliveryAttempt,
    WebClient,
    Webhook,
    WebhookMark,
)
from services.registrations.models.eligibility import Proof
from services.registrations.models.erasures import Erasure, ErasureAnswer
from services.registrations.models.kiosks import Kiosk, KioskFeedback
from services.registrations.models.merges import Distinction, Merge
from services.registrations.models.offer import Activity, Organisation, Place, Programme, Room
from services.registrations.models.paths import RecordedOutcome, Referral
from services.registrations.models.people import (
    Attendance,
    Feedback,
    IdempotencyKey,
    Participant,
    Registration,
)
from services.registrations.models.sessions import HeadCount, Meeting, Session
from services.registrations.models.staff import (
    AuditEntry,
    OidcAttempt,
    SignInFailure,
    Staff,
    StaffSignIn,
)

__all__ = [
    "Activity",
    "Attendance",
    "AuditEntry",
    "Base",
    "Call",
    "Delivery",
    "DeliveryAttempt",
    "Distinction",
    "Erasure",
    "ErasureAnswer",
    "Feedback",
    "HeadCount",
    "IdempotencyKey",
    "Kiosk",
    "KioskFeedback",
    "Meeting",
    "Merge",
    "OidcAttempt",
    "Organisation",
    "Participant",
    "Place",
    "Programme",
    "Proof",
    "RecordedOutcome",
    "Referral",
    "Registration",
    "Room",
    "Session",
    "SignInFailure",
    "Staff",
    "StaffSignIn",
    "WebClient",
    "Webhook",
    "WebhookMark",
]
