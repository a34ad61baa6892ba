"""What taking part led to."""

import marshmallow as ma
from marshmallow import fields, validate

from shared.events.catalogue import OUTCOMES
from shared.web.fields import Moment, Words


class OutcomeRequest(ma.Schema):
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    as_of = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "The day on which it was so. Default: today."},
    )
    skills = fields.List(
        Words(most=100),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={"description": "What the person says they can do, in their own words."},
    )


class OutcomeSchema(ma.Schema):
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    as_of = fields.Date(required=True)
    skills = fields.List(fields.String(), required=True)
    recorded_by = fields.String(required=True)
    recorded_at = Moment(required=True)


class OutcomesSchema(ma.Schema):
    registration_id = fields.UUID(required=True)
    current = fields.Nested(OutcomeSchema, required=True, allow_none=True)
    history = fields.List(
        fields.Nested(OutcomeSchema),
        required=True,
        metadata={"description": "All that was ever recorded, the last first."},
    )
