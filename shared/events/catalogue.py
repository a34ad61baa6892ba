"""Every fact a service may tell: one class and marshmallow schema per type and version.

A producer never removes or retypes a field within a version; a consumer ignores what it does not know.
Only a class marked ``personal`` may hold a name, a contact or a secret; reporting subscribes to none of them.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields, validate

AGE_BANDS = ("0-11", "12-17", "18-25", "26-39", "40-59", "60-74", "75+")
CHANNELS = ("email", "sms", "letter", "call", "desk")
REGISTRATION_STATUSES = ("pending", "confirmed", "waitlisted", "declined", "cancelled")
ATTENDANCE_STATUSES = ("present", "excused", "absent")
DECLINE_REASONS = ("not-eligible", "incomplete", "other")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about to be logged: checked against its schema, its data ready for JSON."""

    type: str
    version: int
    subject: str
    data: dict[str, Any]


class EventSchema(ma.Schema):
    """The data of one type of event. ``subject_field`` names the thing that the fact is about."""

    class Meta:
        unknown = ma.EXCLUDE

    event_type: ClassVar[str]
    version: ClassVar[int] = 1
    source: ClassVar[str]
    subject_field: ClassVar[str]
    personal: ClassVar[bool] = False

    @classmethod
    @cache
    def instance(cls) -> "EventSchema":
        return cls()

    @classmethod
    def of(cls, **data: Any) -> Fact:
        """The fact that ``data`` tells.

        Fields are all checked to be there and known; their values are ours, typed, and checked against
        the schema by whoever receives them, and by the tests for everything that is ever logged.

        Raises:
            ValueError: a field is missing or unknown; a mistake of ours, never of a user.
        """
        schema = cls.instance()
        if data.keys() != schema.fields.keys():
            wrong = sorted(data.keys() ^ schema.fields.keys())
            raise ValueError(f"{cls.event_type}: missing or unknown: {', '.join(wrong)}")
        dumped = schema.dump(data)
        return Fact(cls.event_type, cls.version, dumped[cls.subject_field], dumped)


def _id(**options: Any) -> fields.UUID:
    return fields.UUID(required=True, **options)


def _time(**options: Any) -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, format="iso", **options)


# ── what happens to sessions ────────────────────────────────────────────────────────────────────


class PlaceData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    code = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    timezone = fields.String(required=True)


class MeetingData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    meeting_id = _id()
    starts_at = _time()
    ends_at = _time()
    room = fields.String(required=True, allow_none=True)


class _SessionData(EventSchema):
    source = "registrations"
    subject_field = "session_id"

    session_id = _id()
    title = fields.String(required=True)
    programme = fields.String(required=True)
    organisation = fields.String(required=True)
    theme = fields.String(required=True, allow_none=True)
    place = fields.Nested(PlaceData, required=True)
    capacity = fields.Integer(required=True)
    minimum = fields.Integer(required=True, allow_none=True)
    discreet = fields.Boolean(
        required=True,
        metadata={"description": "Nothing that leaves the place may reveal who takes part."},
    )
    meetings = fields.List(fields.Nested(MeetingData), required=True)


class SessionPublished(_SessionData):
    """A session can be booked."""

    event_type = "session.published"


class SessionRescheduled(_SessionData):
    """A published session changed: its dates, its room, its title or its capacity. The whole new state is told."""

    event_type = "session.rescheduled"


class SessionCancelled(EventSchema):
    """A session will not take place."""

    event_type = "session.cancelled"
    source = "registrations"
    subject_field = "session_id"

    session_id = _id()


class SessionClosed(EventSchema):
    """A session is over and its attendance is recorded as far as it will be."""

    event_type = "session.closed"
    source = "registrations"
    subject_field = "session_id"

    session_id = _id()


# ── what happens to registrations ───────────────────────────────────────────────────────────────


class PersonData(ma.Schema):
    """Coarse attributes, for statistics, of a person who agreed to that; otherwise all are empty."""

    class Meta:
        unknown = ma.EXCLUDE

    age_band = fields.String(
        required=True, allow_none=True, validate=validate.OneOf((*AGE_BANDS, None))
    )
    district = fields.String(
        required=True, allow_none=True, metadata={"description": "Postcode, or less precise."}
    )
    situations = fields.List(fields.String(), required=True)


class _RegistrationData(EventSchema):
    source = "registrations"
    subject_field = "registration_id"

    registration_id = _id()
    session_id = _id()
    participant_id = _id(metadata={"description": "A pseudonym to whoever knows no contact."})
    previous = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf((*REGISTRATION_STATUSES, None)),
        metadata={"description": "The status before; null for a new registration."},
    )
    by = fields.String(
        required=True,
        validate=validate.OneOf(("participant", "staff", "system")),
        metadata={"description": "Who made it so."},
    )


class _NewRegistrationData(_RegistrationData):
    person = fields.Nested(PersonData, required=True)


class RegistrationRequested(_NewRegistrationData):
    """A registration awaits an adviser's decision on eligibility; it holds its rank in line."""

    event_type = "registration.requested"


class RegistrationConfirmed(_NewRegistrationData):
    """A person has a seat: at once, after a decision, or (``previous`` is ``waitlisted``) promoted from the list."""

    event_type = "registration.confirmed"


class RegistrationWaitlisted(_NewRegistrationData):
    """A person stands in line, in the order in which registrations were accepted."""

    event_type = "registration.waitlisted"

    waitlist_position = fields.Integer(
        required=True, metadata={"description": "Rank at that moment, from 1."}
    )


class RegistrationDeclined(_RegistrationData):
    """An adviser decided that the person cannot join."""

    event_type = "registration.declined"

    reason = fields.String(required=True, validate=validate.OneOf(DECLINE_REASONS))


class RegistrationCancelled(_RegistrationData):
    """A person gave up their seat or place in line, or the session was cancelled (``by`` is ``system``)."""

    event_type = "registration.cancelled"


class AttendanceRecorded(EventSchema):
    """Whether a person came to one meeting; told again when it is corrected."""

    event_type = "attendance.recorded"
    source = "registrations"
    subject_field = "registration_id"

    registration_id = _id()
    session_id = _id()
    meeting_id = _id()
    participant_id = _id()
    status = fields.String(required=True, validate=validate.OneOf(ATTENDANCE_STATUSES))
    minutes = fields.Integer(required=True, metadata={"description": "Length of the meeting."})


class FeedbackSubmitted(EventSchema):
    """What a participant thought of a session; told again when it is edited. Comments stay where they were written."""

    event_type = "feedback.submitted"
    source = "registrations"
    subject_field = "registration_id"

    registration_id = _id()
    session_id = _id()
    rating = fields.Integer(required=True, validate=validate.Range(1, 5))


class ParticipantContactChanged(EventSchema):
    """How to reach a person, whole: a new person, or anything of it changed."""

    event_type = "participant.contact_changed"
    source = "registrations"
    subject_field = "participant_id"
    personal = True

    participant_id = _id()
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    language = fields.String(required=True)
    access_key = fields.String(
        required=True,
        metadata={"description": "Secret from which the tokens of manage links are derived."},
    )


# ── what was told to people ─────────────────────────────────────────────────────────────────────


class _NotificationData(EventSchema):
    source = "notifications"
    subject_field = "notification_id"

    notification_id = _id()
    kind = fields.String(required=True)
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    participant_id = _id()
    registration_id = _id(allow_none=True)
    session_id = _id(allow_none=True)
    attempts = fields.Integer(required=True)


class NotificationSent(_NotificationData):
    """A message was accepted by whoever carries it."""

    event_type = "notification.sent"


class NotificationFailed(_NotificationData):
    """A message will not be sent: every attempt failed, or the carrier refused it for good."""

    event_type = "notification.failed"


# ── what was reported ───────────────────────────────────────────────────────────────────────────


class ReportReady(EventSchema):
    """A report is written and its files can be fetched."""

    event_type = "report.ready"
    source = "reporting"
    subject_field = "job_id"

    job_id = _id()
    report = fields.String(required=True)
    files = fields.List(fields.String(), required=True)
    cause = fields.String(
        required=True, allow_none=True, metadata={"description": "The event that set it off."}
    )


CATALOGUE: dict[tuple[str, int], type[EventSchema]] = {
    (schema.event_type, schema.version): schema
    for schema in (
        SessionPublished,
        SessionRescheduled,
        SessionCancelled,
        SessionClosed,
        RegistrationRequested,
        RegistrationConfirmed,
        RegistrationWaitlisted,
        RegistrationDeclined,
        RegistrationCancelled,
        AttendanceRecorded,
        FeedbackSubmitted,
        ParticipantContactChanged,
        NotificationSent,
        NotificationFailed,
        ReportReady,
    )
}
