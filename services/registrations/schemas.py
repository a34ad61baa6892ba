"""What goes in and out over HTTP."""

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
import phonenumbers
from marshmallow import fields, validate

from shared.events.catalogue import ATTENDANCE_STATUSES, DECLINE_REASONS, REGISTRATION_STATUSES
from shared.web.fields import Code, DayOrMoment, EmailAddress, Moment, WebAddress, Words
from shared.web.pagination import PageQuery

SESSION_STATUSES = ("draft", "published", "cancelled", "closed")
LANGUAGES = ("fr", "en", "es", "ar")
AGREEMENTS = ("oral", "written", "mandate")
_HOME = "FR"


class Phone(Words):
    """A phone number, kept as E.164; without a country code it is a French one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=40, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        try:
            number = phonenumbers.parse(text, _HOME)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_possible_number(number):
            raise ma.ValidationError("Not a valid phone number.")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _birth_year(**options: Any) -> fields.Integer:
    def not_to_come(year: int) -> None:
        if not 1900 <= year <= datetime.now(UTC).year:
            raise ma.ValidationError("Invalid value.")

    return fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=not_to_come, **options
    )


# ── the offer ───────────────────────────────────────────────────────────────────────────────────


class OrganisationSchema(ma.Schema):
    code = Code(required=True)
    name = Words(most=200, required=True)
    kind = Words(most=40)
    website = WebAddress(allow_none=True)


class OrganisationChange(ma.Schema):
    name = Words(most=200)
    kind = Words(most=40)
    website = WebAddress(allow_none=True)


def _timezone(name: str) -> None:
    import zoneinfo  # noqa: PLC0415

    if name not in zoneinfo.available_timezones():
        raise ma.ValidationError("Invalid value.")


class PlaceChange(ma.Schema):
    name = Words(most=200)
    address = Words(most=300, allow_none=True)
    postcode = Words(most=10, allow_none=True)
    city = Words(most=100, allow_none=True)
    timezone = Words(most=60, validate=_timezone)
    school_zone = fields.String(allow_none=True, validate=validate.OneOf(("A", "B", "C")))


class PlaceSchema(PlaceChange):
    code = Code(required=True)
    name = Words(most=200, required=True)


class RoomChange(ma.Schema):
    name = Words(most=100)
    capacity = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, 100_000))


class RoomSchema(RoomChange):
    id = fields.UUID(dump_only=True)
    place = Code(required=True, attribute="place_code")
    name = Words(most=100, required=True)


class ProgrammeChange(ma.Schema):
    name = Words(most=200)
    description = Words(most=5000, blank=True)
    discreet = fields.Boolean(
        metadata={"description": "Nothing that leaves the place may reveal who takes part."}
    )
    requires_approval = fields.Boolean(
        metadata={"description": "An adviser decides on each registration by the public."}
    )
    situations = fields.List(
        Code(),
        validate=validate.Length(max=20),
        metadata={"description": "Who it is for: any of these; empty for everyone."},
    )


class ProgrammeSchema(ProgrammeChange):
    code = Code(required=True)
    name = Words(most=200, required=True)


class ActivityChange(ma.Schema):
    title = Words(most=300)
    description = Words(most=20_000, blank=True)
    theme = Words(most=100, allow_none=True)
    audience = Words(most=200, allow_none=True)
    organisation = Code(attribute="organisation_code")
    programme = Code(attribute="programme_code")


class ActivitySchema(ActivityChange):
    id = fields.UUID(dump_only=True)
    title = Words(most=300, required=True)
    organisation = Code(required=True, attribute="organisation_code")
    programme = Code(required=True, attribute="programme_code")


class OfferQuery(PageQuery):
    programme = Code(load_default=None)
    organisation = Code(load_default=None)
    q = Words(
        most=100, blank=True, load_default=None, metadata={"description": "Words to look for."}
    )


# ── sessions ────────────────────────────────────────────────────────────────────────────────────


class MeetingRequest(ma.Schema):
    id = fields.UUID(load_default=None, allow_none=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    room_id = fields.UUID(load_default=None, allow_none=True)
    facilitator = Words(most=200, load_default=None, allow_none=True)


class MeetingSchema(ma.Schema):
    id = fields.UUID(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    room = fields.Pluck(RoomSchema, "name", required=True, allow_none=True)


class NewMeeting(ma.Schema):
    session_id = fields.UUID(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    room_id = fields.UUID(load_default=None, allow_none=True)
    facilitator = Words(most=200, load_default=None, allow_none=True)


class MeetingChange(ma.Schema):
    starts_at = Moment()
    ends_at = Moment()
    room_id = fields.UUID(allow_none=True)
    facilitator = Words(most=200, allow_none=True)


def _capacity(**options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(1, 100_000), **options)


class SessionRequest(ma.Schema):
    activity_id = fields.UUID(required=True)
    place = Code(required=True)
    capacity = _capacity(required=True)
    minimum = _capacity(load_default=None, allow_none=True)
    opens_at = Moment(load_default=None, allow_none=True)
    closes_at = Moment(load_default=None, allow_none=True)
    meetings = fields.List(
        fields.Nested(MeetingRequest), required=True, validate=validate.Length(1, 400)
    )


class SessionChange(ma.Schema):
    capacity = _capacity()
    minimum = _capacity(allow_none=True)
    opens_at = Moment()
    closes_at = Moment()


class RescheduleRequest(ma.Schema):
    meetings = fields.List(
        fields.Nested(MeetingRequest), required=True, validate=validate.Length(1, 400)
    )


class SessionSummarySchema(ma.Schema):
    id = fields.UUID(required=True)
    title = fields.String(required=True)
    programme = fields.String(required=True)
    organisation = fields.String(required=True)
    place = fields.String(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    capacity = fields.Integer(required=True)
    seats_left = fields.Integer(required=True)
    waitlist_length = fields.Integer(required=True)


class SessionSchema(ma.Schema):
    """A session with its dates. Times carry their offset; show them in the place's time zone."""

    id = fields.UUID(required=True)
    activity_id = fields.UUID(required=True)
    title = fields.String(required=True, attribute="activity.title")
    description = fields.String(required=True, attribute="activity.description")
    theme = fields.String(required=True, allow_none=True, attribute="activity.theme")
    audience = fields.String(required=True, allow_none=True, attribute="activity.audience")
    programme = fields.String(required=True, attribute="activity.programme_code")
    organisation = fields.String(required=True, attribute="activity.organisation_code")
    place = fields.String(required=True, attribute="place_code")
    place_name = fields.String(required=True, attribute="place.name")
    timezone = fields.String(required=True, attribute="place.timezone")
    room = fields.Function(
        lambda session: next((m.room.name for m in session.meetings if m.room), None),
        required=True,
        metadata={"type": ["string", "null"], "description": "Room of the first meeting."},
    )
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    opens_at = Moment(required=True)
    closes_at = Moment(required=True)
    capacity = fields.Integer(required=True)
    minimum = fields.Integer(required=True, allow_none=True)
    seats_left = fields.Function(
        lambda session: session.capacity - session.confirmed,
        required=True,
        metadata={"type": "integer"},
    )
    waitlist_length = fields.Integer(required=True, attribute="waitlisted")
    status = fields.String(required=True, validate=validate.OneOf(SESSION_STATUSES))
    meetings = fields.List(fields.Nested(MeetingSchema), required=True)


class SessionQuery(PageQuery):
    from_ = DayOrMoment(
        data_key="from",
        load_default=None,
        metadata={
            "description": "Sessions that end after this time, or this date (00:00 UTC). Default: now."
        },
    )
    to = DayOrMoment(
        load_default=None,
        metadata={"description": "Sessions that begin before this time, or this date (00:00 UTC)."},
    )
    programme = Code(load_default=None)
    organisation = Code(load_default=None)
    theme = Words(most=100, load_default=None)
    place = Code(load_default=None)
    q = Words(
        most=100, blank=True, load_default=None, metadata={"description": "Words to look for."}
    )
    open = fields.Boolean(
        load_default=False, metadata={"description": "Only those one can register for now."}
    )
    status = fields.String(
        load_default="published",
        validate=validate.OneOf(("published", "cancelled", "closed")),
    )


# ── registrations ───────────────────────────────────────────────────────────────────────────────


class ParticipantRequest(ma.Schema):
    given_name = Words(most=100, required=True)
    family_name = Words(most=100, required=True)
    email = EmailAddress(load_default=None, allow_none=True)
    phone = Phone(load_default=None, allow_none=True)
    language = fields.String(load_default="fr", validate=validate.OneOf(LANGUAGES))
    birth_year = _birth_year()
    postcode = Words(most=10, load_default=None, allow_none=True)
    situations = fields.List(Code(), load_default=list, validate=validate.Length(max=10))


class CompanionRequest(ma.Schema):
    given_name = Words(most=100, required=True)
    family_name = Words(most=100, required=True)
    birth_year = _birth_year()


class ConsentsRequest(ma.Schema):
    statistics = fields.Boolean(load_default=False)
    contact = fields.Boolean(load_default=False)


class AssistedBy(ma.Schema):
    agreement = fields.String(required=True, validate=validate.OneOf(AGREEMENTS))


class RegistrationBody(ma.Schema):
    session_id = fields.UUID(required=True)
    participant = fields.Nested(ParticipantRequest, required=True)
    consents = fields.Nested(ConsentsRequest, load_default=ConsentsRequest().load({}))
    needs = Words(most=1000, load_default=None, allow_none=True)
    source = Words(most=40, load_default="web")
    companions = fields.List(
        fields.Nested(CompanionRequest),
        load_default=list,
        validate=validate.Length(max=9),
        metadata={"description": "A household: seated together or waiting together."},
    )
    assisted_by = fields.Nested(
        AssistedBy,
        load_default=None,
        allow_none=True,
        metadata={"description": "Staff only: how the person agreed to be registered."},
    )


class RegisteredSchema(ma.Schema):
    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(REGISTRATION_STATUSES))
    waitlist_position = fields.Integer(required=True, allow_none=True)
    manage_url = fields.URL(required=True, require_tld=False)


class RegistrationAnswer(RegisteredSchema):
    session = fields.Nested(SessionSummarySchema, required=True)
    registrations = fields.List(
        fields.Nested(RegisteredSchema),
        metadata={"description": "One per person, when companions were registered too."},
    )


class TokenQuery(ma.Schema):
    token = Words(
        most=200, load_default=None, metadata={"description": "The token of the manage link."}
    )


class RegistrationSchema(ma.Schema):
    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(REGISTRATION_STATUSES))
    waitlist_position = fields.Integer(required=True, allow_none=True)
    created_at = Moment(required=True)
    given_name = fields.String(required=True, attribute="participant.given_name")
    family_name = fields.String(required=True, attribute="participant.family_name")
    participant_id = fields.UUID(required=True)
    needs = fields.String(required=True, allow_none=True)
    session = fields.Nested(SessionSummarySchema, required=True)


class RegistrationItem(ma.Schema):
    """A registration as staff see it in a list."""

    id = fields.UUID(required=True)
    session_id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    party_id = fields.UUID(required=True)
    given_name = fields.String(required=True, attribute="participant.given_name")
    family_name = fields.String(required=True, attribute="participant.family_name")
    status = fields.String(required=True, validate=validate.OneOf(REGISTRATION_STATUSES))
    rank = fields.Integer(required=True, metadata={"description": "Order of acceptance, from 1."})
    source = fields.String(required=True)
    needs = fields.String(required=True, allow_none=True)
    created_at = Moment(required=True)


class RegistrationQuery(PageQuery):
    session = fields.UUID(load_default=None)
    participant = fields.UUID(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf(REGISTRATION_STATUSES))


class ConfirmRequest(ma.Schema):
    reason = Words(
        most=1000, load_default=None, allow_none=True, metadata={"description": "Kept for staff."}
    )


class DeclineRequest(ma.Schema):
    reason = fields.String(required=True, validate=validate.OneOf(DECLINE_REASONS))
    note = Words(
        most=1000, load_default=None, allow_none=True, metadata={"description": "Kept for staff."}
    )


# ── attendance and feedback ─────────────────────────────────────────────────────────────────────


class AttendanceItem(ma.Schema):
    registration_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(ATTENDANCE_STATUSES))


class AttendanceRequest(ma.Schema):
    items = fields.List(
        fields.Nested(AttendanceItem), required=True, validate=validate.Length(max=1000)
    )


class AttendanceSheet(ma.Schema):
    items = fields.List(fields.Nested(AttendanceItem), required=True)


def _plain(answer: Any) -> None:
    if isinstance(answer, str):
        Words(most=500, blank=True).deserialize(answer)
    elif not isinstance(answer, bool | int) or abs(answer) > 10**9:
        raise ma.ValidationError("Invalid value.")


class FeedbackRequest(ma.Schema):
    rating = fields.Integer(strict=True, required=True, validate=validate.Range(1, 5))
    answers = fields.Dict(
        keys=Words(most=60),
        values=fields.Raw(validate=_plain),
        load_default=dict,
        validate=validate.Length(max=10),
        metadata={
            "additionalProperties": {"type": ["string", "integer", "boolean"]},
            "description": "Answers to the programme's questions.",
        },
    )
    comment = Words(most=5000, load_default=None, allow_none=True)


class FeedbackSchema(ma.Schema):
    registration_id = fields.UUID(required=True)
    rating = fields.Integer(required=True)
    answers = fields.Dict(required=True)
    comment = fields.String(required=True, allow_none=True)
    submitted_at = Moment(required=True)
