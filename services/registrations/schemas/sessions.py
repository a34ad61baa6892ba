"""Sessions and their meetings, in and out."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.schemas.offer import RoomSchema
from shared.web.fields import Code, DayOrMoment, Moment, Words
from shared.web.pagination import PageQuery

SESSION_STATUSES = ("draft", "published", "cancelled", "closed")
REGISTRATION_MODES = ("required", "none")


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


def _registration(**options: Any) -> fields.String:
    return fields.String(
        validate=validate.OneOf(REGISTRATION_MODES),
        metadata={"description": "`none`: the door is open, nobody registers, heads are counted."},
        **options,
    )


class SessionRequest(ma.Schema):
    activity_id = fields.UUID(required=True)
    place = Code(required=True)
    registration = _registration(load_default="required")
    capacity = _capacity(required=True)
    minimum = _capacity(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "How many must be confirmed for it to be held. Default: as the programme has it, if there "
            "are as many seats."
        },
    )
    decide_by = Moment(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "When someone decides, if they are fewer. Default: as the programme has it."
        },
    )
    opens_at = Moment(load_default=None, allow_none=True)
    closes_at = Moment(load_default=None, allow_none=True)
    meetings = fields.List(
        fields.Nested(MeetingRequest), required=True, validate=validate.Length(1, 400)
    )


class SessionChange(ma.Schema):
    registration = _registration()
    capacity = _capacity()
    minimum = _capacity(allow_none=True)
    decide_by = Moment()
    opens_at = Moment()
    closes_at = Moment()


class RescheduleRequest(ma.Schema):
    meetings = fields.List(
        fields.Nested(MeetingRequest), required=True, validate=validate.Length(1, 400)
    )


class DecisionRequest(ma.Schema):
    decision = fields.String(
        required=True,
        validate=validate.OneOf(("hold", "extend", "cancel")),
        metadata={
            "description": "`hold` it with those who are there, `extend` the time for more, or `cancel` it."
        },
    )
    until = Moment(metadata={"description": "With `extend`: until when more may come."})

    @ma.validates_schema
    def _until_when(self, body: dict[str, Any], **_: Any) -> None:
        if body.get("decision") == "extend" and "until" not in body:
            raise ma.ValidationError("Missing data for required field.", "until")


class SessionSummarySchema(ma.Schema):
    """The session of a registration. Of a discreet programme the public is told of an appointment, and no more."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    programme = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Null to the public if it is a discreet one."},
    )
    organisation = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Null to the public if the programme is a discreet one."},
    )
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
    registration = _registration(required=True)
    capacity = fields.Integer(required=True)
    minimum = fields.Integer(required=True, allow_none=True)
    decide_by = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "When it is decided upon, if it is not formed by then."},
    )
    formed_at = Moment(
        required=True,
        allow_none=True,
        metadata={
            "description": "Since when it is sure to be held, though it has a minimum; null until then."
        },
    )
    seats_left = fields.Function(
        lambda session: session.capacity - session.taken,
        required=True,
        metadata={"type": "integer"},
    )
    waitlist_length = fields.Integer(required=True, attribute="waitlisted")
    status = fields.String(required=True, validate=validate.OneOf(SESSION_STATUSES))
    meetings = fields.List(fields.Nested(MeetingSchema), required=True)


class OtherSessionSchema(ma.Schema):
    session_id = fields.UUID(required=True)
    title = fields.String(
        required=True, allow_none=True, metadata={"description": "Null in discreet programmes."}
    )
    starts_at = Moment(required=True)
    place_name = fields.String(required=True)
    timezone = fields.String(required=True)


class OtherSessionsSchema(ma.Schema):
    items = fields.List(fields.Nested(OtherSessionSchema), required=True)


class SessionFilterQuery(ma.Schema):
    """Which sessions; all that is given holds together."""

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


class SessionQuery(SessionFilterQuery, PageQuery):
    status = fields.String(
        load_default="published",
        validate=validate.OneOf(("published", "cancelled", "closed")),
    )


class FeedQuery(SessionFilterQuery):
    """The filters of the listing; cancelled sessions are told too, so that calendars follow."""

    status = fields.String(
        load_default=None,
        validate=validate.OneOf(("published", "cancelled", "closed")),
        metadata={"description": "Default: those that are published, and those cancelled since."},
    )


class ChangesQuery(FeedQuery):
    from_ = DayOrMoment(
        data_key="from",
        load_default=None,
        metadata={"description": "Sessions that end after this time, or this date. Default: all."},
    )
    limit = fields.Integer(
        load_default=100,
        validate=validate.Range(1, 500),
        metadata={"description": "How many changes at most, the newest first."},
    )
