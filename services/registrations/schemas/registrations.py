"""Who wants a place, what was answered, and how staff see it."""

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.schemas.phones import Phone
from services.registrations.schemas.sessions import SessionSummarySchema
from shared.events.catalogue import DECLINE_REASONS, REGISTRATION_STATUSES
from shared.web.fields import Code, EmailAddress, Moment, Words
from shared.web.pagination import PageQuery

LANGUAGES = ("fr", "en", "es", "ar")
AGREEMENTS = ("oral", "written", "mandate")


def birth_year(**options: Any) -> fields.Integer:
    """A year in which someone living can have been born; None unless ``options`` say otherwise."""

    def not_to_come(year: int) -> None:
        if not 1900 <= year <= datetime.now(UTC).year:
            raise ma.ValidationError("Invalid value.")

    return fields.Integer(
        strict=True, allow_none=True, validate=not_to_come, **{"load_default": None, **options}
    )


class ParticipantRequest(ma.Schema):
    given_name = Words(most=100, required=True)
    family_name = Words(most=100, required=True)
    email = EmailAddress(load_default=None, allow_none=True)
    phone = Phone(load_default=None, allow_none=True)
    language = fields.String(load_default="fr", validate=validate.OneOf(LANGUAGES))
    birth_year = birth_year()
    postcode = Words(most=10, load_default=None, allow_none=True)
    situations = fields.List(Code(), load_default=list, validate=validate.Length(max=10))


class CompanionRequest(ma.Schema):
    given_name = Words(most=100, required=True)
    family_name = Words(most=100, required=True)
    birth_year = birth_year()


class ConsentsRequest(ma.Schema):
    statistics = fields.Boolean(load_default=False)
    contact = fields.Boolean(load_default=False)


class AssistedBy(ma.Schema):
    agreement = fields.String(required=True, validate=validate.OneOf(AGREEMENTS))


class RegistrationBody(ma.Schema):
    session_id = fields.UUID(required=True)
    participant = fields.Nested(ParticipantRequest, required=True)
    consents = fields.Nested(ConsentsRequest, load_default=ConsentsRequest().load({}))
    needs = Words(most=1000, load_default=None, allow_none=True)
    source = Words(most=40, load_default="web")
    companions = fields.List(
        fields.Nested(CompanionRequest),
        load_default=list,
        validate=validate.Length(max=9),
        metadata={"description": "A household: seated together or waiting together."},
    )
    assisted_by = fields.Nested(
        AssistedBy,
        load_default=None,
        allow_none=True,
        metadata={"description": "Staff only: how the person agreed to be registered."},
    )


class RegisteredSchema(ma.Schema):
    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(REGISTRATION_STATUSES))
    waitlist_position = fields.Integer(required=True, allow_none=True)
    manage_url = fields.URL(required=True, require_tld=False)


class RegistrationAnswer(RegisteredSchema):
    session = fields.Nested(SessionSummarySchema, required=True)
    registrations = fields.List(
        fields.Nested(RegisteredSchema),
        metadata={"description": "One per person, when companions were registered too."},
    )


class TokenQuery(ma.Schema):
    token = Words(
        most=200, load_default=None, metadata={"description": "The token of the manage link."}
    )


class RegistrationSchema(ma.Schema):
    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(REGISTRATION_STATUSES))
    waitlist_position = fields.Integer(required=True, allow_none=True)
    offered_until = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "When a seat is offered: until when it can be accepted."},
    )
    created_at = Moment(required=True)
    given_name = fields.String(required=True, attribute="participant.given_name")
    family_name = fields.String(required=True, attribute="participant.family_name")
    participant_id = fields.UUID(required=True)
    needs = fields.String(required=True, allow_none=True)
    session = fields.Nested(SessionSummarySchema, required=True)


class RegistrationItem(ma.Schema):
    """A registration as staff see it in a list."""

    id = fields.UUID(required=True)
    session_id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    party_id = fields.UUID(required=True)
    given_name = fields.String(required=True, attribute="participant.given_name")
    family_name = fields.String(required=True, attribute="participant.family_name")
    status = fields.String(required=True, validate=validate.OneOf(REGISTRATION_STATUSES))
    rank = fields.Integer(required=True, metadata={"description": "Order of acceptance, from 1."})
    source = fields.String(required=True)
    needs = fields.String(required=True, allow_none=True)
    created_at = Moment(required=True)


class RegistrationQuery(PageQuery):
    session = fields.UUID(load_default=None)
    participant = fields.UUID(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf(REGISTRATION_STATUSES))


class ConfirmRequest(ma.Schema):
    reason = Words(
        most=1000, load_default=None, allow_none=True, metadata={"description": "Kept for staff."}
    )


class DeclineRequest(ma.Schema):
    reason = fields.String(required=True, validate=validate.OneOf(DECLINE_REASONS))
    note = Words(
        most=1000, load_default=None, allow_none=True, metadata={"description": "Kept for staff."}
    )
