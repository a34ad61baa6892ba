"""Figures being made anew."""

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.domain import RebuildStatus


class RebuildStarted(ma.Schema):
    id = fields.UUID(required=True)


class RebuildSchema(ma.Schema):
    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(tuple(RebuildStatus)))
    events = fields.Integer(required=True, metadata={"description": "Handled so far."})
    seconds = fields.Float(required=True, metadata={"description": "Since it was asked for."})
    error = fields.String(required=True, allow_none=True)
