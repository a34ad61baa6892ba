"""Who came."""

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.domain import MOST_HEADS
from shared.events.catalogue import ATTENDANCE_STATUSES
from shared.web.fields import Moment


class AttendanceItem(ma.Schema):
    registration_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(ATTENDANCE_STATUSES))


class AttendanceRequest(ma.Schema):
    items = fields.List(
        fields.Nested(AttendanceItem), required=True, validate=validate.Length(max=1000)
    )


class AttendanceSheet(ma.Schema):
    items = fields.List(fields.Nested(AttendanceItem), required=True)


class HeadCountRequest(ma.Schema):
    count = fields.Integer(strict=True, required=True, validate=validate.Range(0, MOST_HEADS))


class HeadCountSchema(ma.Schema):
    meeting_id = fields.UUID(required=True)
    count = fields.Integer(required=True)
    counted_at = Moment(required=True)
