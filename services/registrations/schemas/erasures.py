"""What was erased, and what will be when its time is up."""

import marshmallow as ma
from marshmallow import fields

from shared.web.fields import Moment


class RemovedSchema(ma.Schema):
    """What one service removed: rows by what they held."""

    done_at = Moment(required=True)
    removed = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class ServicesSchema(ma.Schema):
    registrations = fields.Nested(RemovedSchema, required=True)
    notifications = fields.Nested(RemovedSchema, required=True, allow_none=True)
    reporting = fields.Nested(RemovedSchema, required=True, allow_none=True)


class ReceiptSchema(ma.Schema):
    """The receipt of an erasure; nothing in it is about the person."""

    id = fields.UUID(required=True)
    requested_at = Moment(required=True)
    by = fields.String(
        required=True,
        metadata={"description": "Who of the staff; `retention` when the time was up."},
    )
    services = fields.Nested(
        ServicesSchema,
        required=True,
        metadata={"description": "Null as long as a service has not answered."},
    )
    complete = fields.Boolean(required=True)


class DueSchema(ma.Schema):
    participant_id = fields.UUID(required=True, attribute="id")
    last_contact_at = Moment(required=True)


class RetentionSchema(ma.Schema):
    """Those whose time is up, by id alone: `total` people without contact since `before`."""

    months = fields.Integer(
        required=True,
        metadata={"description": "How long people are kept after their last contact."},
    )
    before = Moment(required=True)
    total = fields.Integer(required=True)
    items = fields.List(fields.Nested(DueSchema), required=True)
    next = fields.String(required=True, allow_none=True)
