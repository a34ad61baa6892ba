"""Records that may be one person's, and those found to be."""

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.operations.people.duplicates import REASONS
from services.registrations.schemas.participants import ParticipantItem, StandingMerge
from shared.web.fields import Moment


class MergeRequest(ma.Schema):
    other = fields.UUID(
        required=True, metadata={"description": "The record that is of the same person."}
    )


class TwoRecords(ma.Schema):
    other = fields.UUID(
        required=True, metadata={"description": "The record that is of someone else."}
    )


class DistinctionSchema(ma.Schema):
    """Two records that were found to be two people's."""

    id = fields.UUID(required=True, metadata={"description": "With which it can be taken back."})
    participants = fields.List(fields.UUID(), required=True, metadata={"description": "The two."})
    found_at = Moment(required=True)
    found_by = fields.String(required=True)


class MergeSchema(StandingMerge):
    """A record merged into another; ``undone_at`` says since when it no longer is."""

    participant_id = fields.UUID(required=True, attribute="survivor_id")
    undone_at = Moment(required=True, allow_none=True)
    undone_by = fields.String(required=True, allow_none=True)


class DuplicateSchema(ma.Schema):
    """Two records that may be one person's, and what says so."""

    participant = fields.Nested(ParticipantItem, required=True)
    other = fields.Nested(ParticipantItem, required=True)
    reasons = fields.List(fields.String(validate=validate.OneOf(REASONS)), required=True)
    likeness = fields.Float(
        required=True, metadata={"description": "Of the two names, from 0 to 1."}
    )
