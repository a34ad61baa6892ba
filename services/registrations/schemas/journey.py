"""What one person did here."""

import marshmallow as ma
from marshmallow import fields, validate

from shared.web.fields import Moment

KINDS = ("registration", "attendance", "feedback", "call", "outcome", "referral")


class JourneySession(ma.Schema):
    id = fields.UUID(required=True)
    title = fields.String(required=True, attribute="activity.title")
    organisation = fields.String(required=True, attribute="activity.organisation_code")
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)


class JourneyDetails(ma.Schema):
    """What only some kinds of step have."""

    source = fields.String(metadata={"description": "registration"})
    decision_reason = fields.String(allow_none=True, metadata={"description": "registration"})
    changed_at = Moment(
        allow_none=True,
        metadata={
            "description": "registration: since when its status is that; call: when it was made"
        },
    )
    rating = fields.Integer(metadata={"description": "feedback"})
    absences = fields.Integer(metadata={"description": "call"})
    note = fields.String(allow_none=True, metadata={"description": "call"})
    skills = fields.List(fields.String(), metadata={"description": "outcome"})
    partner = fields.String(metadata={"description": "referral"})
    purpose = fields.String(metadata={"description": "referral"})
    amount_asked_cents = fields.Integer(allow_none=True, metadata={"description": "referral"})
    amount_granted_cents = fields.Integer(allow_none=True, metadata={"description": "referral"})
    decided_on = fields.Date(allow_none=True, metadata={"description": "referral"})


class JourneyStep(ma.Schema):
    at = Moment(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    id = fields.UUID(
        required=True,
        metadata={
            "description": "Of the registration (its feedback too), meeting, call, outcome or referral."
        },
    )
    programme = fields.String(required=True)
    session = fields.Nested(
        JourneySession,
        required=True,
        allow_none=True,
        metadata={"description": "Null for a referral."},
    )
    status = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "What became of it: of a call null until it is made, of feedback always null."
        },
    )
    details = fields.Nested(JourneyDetails, required=True)


class JourneySchema(ma.Schema):
    participant_id = fields.UUID(required=True)
    steps = fields.List(fields.Nested(JourneyStep), required=True)
