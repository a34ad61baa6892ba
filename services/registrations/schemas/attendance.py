"""Who came, and what they thought of it."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shared.events.catalogue import ATTENDANCE_STATUSES
from shared.web.fields import Moment, Words


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
    count = fields.Integer(strict=True, required=True, validate=validate.Range(0, 2000))


class HeadCountSchema(ma.Schema):
    meeting_id = fields.UUID(required=True)
    count = fields.Integer(required=True)
    counted_at = Moment(required=True)


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
