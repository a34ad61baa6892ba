"""One meeting as staff see it, and who is let in at its door."""

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.schemas.offer import RoomSchema
from services.registrations.schemas.registrations import (
    AssistedBy,
    ConsentsRequest,
    ParticipantRequest,
)
from shared.events.catalogue import ATTENDANCE_STATUSES, REGISTRATION_STATUSES
from shared.i18n import SCREEN_LANGUAGES
from shared.web.fields import Moment, Words


class ExpectedSchema(ma.Schema):
    """Someone registered, without contact or age: what is needed at the door."""

    registration_id = fields.UUID(required=True, attribute="registration.id")
    participant_id = fields.UUID(required=True, attribute="registration.participant_id")
    given_name = fields.String(required=True, attribute="registration.participant.given_name")
    family_name = fields.String(required=True, attribute="registration.participant.family_name")
    status = fields.String(
        required=True,
        attribute="registration.status",
        validate=validate.OneOf(REGISTRATION_STATUSES),
    )
    needs = fields.String(required=True, allow_none=True, attribute="registration.needs")
    attendance = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf((*ATTENDANCE_STATUSES, None)),
        metadata={"description": "Null as long as none is recorded for this meeting."},
    )


class MeetingOfStaffSchema(ma.Schema):
    """A meeting with everyone who has a seat, waits for one, or was there."""

    id = fields.UUID(required=True, attribute="meeting.id")
    session_id = fields.UUID(required=True, attribute="session.id")
    title = fields.String(required=True, attribute="session.activity.title")
    programme = fields.String(required=True, attribute="session.activity.programme_code")
    organisation = fields.String(required=True, attribute="session.activity.organisation_code")
    place = fields.String(required=True, attribute="session.place_code")
    timezone = fields.String(required=True, attribute="session.place.timezone")
    room = fields.Pluck(
        RoomSchema, "name", required=True, allow_none=True, attribute="meeting.room"
    )
    facilitator = fields.String(required=True, allow_none=True, attribute="meeting.facilitator")
    starts_at = Moment(required=True, attribute="meeting.starts_at")
    ends_at = Moment(required=True, attribute="meeting.ends_at")
    session_status = fields.String(required=True, attribute="session.status")
    capacity = fields.Integer(required=True, attribute="session.capacity")
    seats_left = fields.Function(
        lambda shown: shown["session"].capacity - shown["session"].taken,
        required=True,
        metadata={"type": "integer"},
    )
    people = fields.List(fields.Nested(ExpectedSchema), required=True)


class AttendanceMissingSchema(ma.Schema):
    """A meeting that is over, of a session not closed, whose attendance is not complete."""

    meeting_id = fields.UUID(required=True, attribute="meeting.id")
    session_id = fields.UUID(required=True, attribute="session.id")
    title = fields.String(required=True, attribute="session.activity.title")
    programme = fields.String(required=True, attribute="session.activity.programme_code")
    organisation = fields.String(required=True, attribute="session.activity.organisation_code")
    place = fields.String(required=True, attribute="session.place_code")
    facilitator = fields.String(required=True, allow_none=True, attribute="meeting.facilitator")
    starts_at = Moment(required=True, attribute="meeting.starts_at")
    ends_at = Moment(required=True, attribute="meeting.ends_at")
    missing = fields.Integer(
        required=True, metadata={"description": "How many who had a seat have no attendance yet."}
    )


class WalkInBody(ma.Schema):
    participant = fields.Nested(ParticipantRequest, required=True)
    consents = fields.Nested(ConsentsRequest, load_default=ConsentsRequest().load({}))
    needs = Words(most=1000, load_default=None, allow_none=True)
    assisted_by = fields.Nested(AssistedBy, load_default=None, allow_none=True)


class WalkInSchema(ma.Schema):
    registration_id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(REGISTRATION_STATUSES))
    attendance = fields.String(required=True, validate=validate.OneOf(ATTENDANCE_STATUSES))
    was_registered = fields.Boolean(
        required=True,
        metadata={"description": "They were registered already, and were only marked present."},
    )


class SheetQuery(ma.Schema):
    language = fields.String(
        load_default=None,
        validate=validate.OneOf(SCREEN_LANGUAGES),
        metadata={"description": "Default: the one that `Accept-Language` prefers."},
    )
