"""What goes in and out over HTTP. No name, no address: who a message is for is an id."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import Kind
from services.notifications.domain.receipts import State
from services.notifications.domain.states import Outcome, Status
from shared.web.fields import Moment
from shared.web.pagination import PageQuery


class NotificationQuery(PageQuery):
    registration = fields.UUID(load_default=None)
    participant = fields.UUID(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf([*Status]))
    channel = fields.String(load_default=None, validate=validate.OneOf([*Channel]))
    kind = fields.String(load_default=None, validate=validate.OneOf([*Kind]))
    since = Moment(load_default=None, metadata={"description": "Created at this moment or later."})


class SummaryQuery(ma.Schema):
    since = Moment(load_default=None, metadata={"description": "Created at this moment or later."})


class SmsSchema(ma.Schema):
    """One SMS handed to one provider."""

    provider = fields.String(required=True)
    segments = fields.Integer(required=True)
    cost = fields.Float(required=True, metadata={"description": "Cents of a euro."})
    state = fields.String(
        required=True, validate=validate.OneOf([one for one in State if one != State.UNCLEAR])
    )
    handed_over_at = fields.AwareDateTime(required=True)


class AttemptSchema(ma.Schema):
    """One attempt to hand a message over, with what the carrier answered."""

    number = fields.Integer(required=True)
    channel = fields.String(required=True, validate=validate.OneOf([*Channel]))
    started_at = fields.AwareDateTime(required=True)
    handed_over_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "From then on the carrier may have had the message."},
    )
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    outcome = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([*Outcome, None])
    )
    code = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The carrier's reply code."}
    )
    answer = fields.String(
        required=True, allow_none=True, metadata={"description": "Short, addresses masked."}
    )
    sms = fields.List(
        fields.Nested(SmsSchema),
        required=True,
        metadata={
            "description": "What was handed to whom, if it went by SMS; kept with the first message."
        },
    )


class NotificationSchema(ma.Schema):
    """One thing to tell one person, and where that stands."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([*Kind]))
    channel = fields.String(required=True, validate=validate.OneOf([*Channel]))
    participant_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Null if it is for staff."}
    )
    registration_id = fields.UUID(required=True, allow_none=True)
    session_id = fields.UUID(required=True, allow_none=True)
    language = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf([*Status]))
    attempts = fields.List(fields.Nested(AttemptSchema), required=True, attribute="tries")
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    told_with = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The message that it went out with: its own id, if it led."},
    )
    created_at = fields.AwareDateTime(required=True)


class CountSchema(ma.Schema):
    kind = fields.String(required=True)
    channel = fields.String(required=True)
    status = fields.String(required=True)
    count = fields.Integer(required=True)


class SummarySchema(ma.Schema):
    """How many messages there are of each kind, by channel and state."""

    total = fields.Integer(required=True)
    items = fields.List(fields.Nested(CountSchema), required=True)


class LettersQuery(ma.Schema):
    status = fields.String(load_default=Status.TO_PRINT, validate=validate.OneOf([Status.TO_PRINT]))


def _letters(**options: Any) -> fields.List[Any]:
    return fields.List(fields.UUID(), validate=validate.Length(max=500), **options)


class PrintedRequest(ma.Schema):
    """A batch, or single letters."""

    batch = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "As `Letters-Batch` of the PDF said."},
    )
    ids = _letters(load_default=list)

    @ma.validates_schema
    def _something(self, body: dict[str, Any], **_: Any) -> None:
        if not (body.get("batch") or body.get("ids")):
            raise ma.ValidationError("Missing data for required field.", "batch")


class ReturnedRequest(ma.Schema):
    ids = _letters(required=True)


class NotedLetters(ma.Schema):
    items = fields.List(
        fields.UUID(), required=True, metadata={"description": "Those of which this is news."}
    )
