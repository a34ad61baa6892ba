"""The advisers' call list."""

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.domain import CallOutcome
from shared.web.fields import Moment, Words
from shared.web.pagination import PageQuery

_MADE = (CallOutcome.REACHED, CallOutcome.NO_ANSWER, CallOutcome.LEFT_MESSAGE)


class CallQuery(PageQuery):
    open = fields.Boolean(
        load_default=True, metadata={"description": "Those to make, or else those made."}
    )


class CallDoneRequest(ma.Schema):
    outcome = fields.String(required=True, validate=validate.OneOf(_MADE))
    note = Words(
        most=1000,
        load_default=None,
        allow_none=True,
        metadata={"description": "Kept for advisers; no health content."},
    )


class CallSchema(ma.Schema):
    """A person who missed meetings and is to be called, or was: never a sanction."""

    id = fields.UUID(required=True)
    registration_id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True, attribute="registration.participant_id")
    given_name = fields.String(required=True, attribute="registration.participant.given_name")
    family_name = fields.String(required=True, attribute="registration.participant.family_name")
    phone = fields.String(
        required=True, allow_none=True, attribute="registration.participant.phone"
    )
    email = fields.String(
        required=True, allow_none=True, attribute="registration.participant.email"
    )
    language = fields.String(required=True, attribute="registration.participant.language")
    session_id = fields.UUID(required=True, attribute="registration.session_id")
    title = fields.String(required=True, attribute="registration.session.activity.title")
    programme = fields.String(
        required=True, attribute="registration.session.activity.programme_code"
    )
    absences = fields.Integer(required=True)
    opened_at = Moment(required=True)
    outcome = fields.String(required=True, allow_none=True, validate=validate.OneOf((*_MADE, None)))
    note = fields.String(required=True, allow_none=True)
    done_by = fields.String(required=True, allow_none=True)
    done_at = Moment(required=True, allow_none=True)
