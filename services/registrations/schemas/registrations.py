"""Who wants a place, what was answered, and how staff see it."""

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.schemas.eligibility import AssessmentSchema
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


class PostalAddressSchema(ma.Schema):
    """Where letters reach a person, as it stands on an envelope below the name."""

    lines = fields.List(
        Words(most=60),
        required=True,
        validate=validate.Length(1, 4),
        metadata={"description": "Care of, building, street, place: as far as there are any."},
    )
    postcode = Words(most=10, required=True)
    city = Words(most=60, required=True)
    country = fields.String(
        load_default="FR",
        validate=validate.Regexp(
            r"^[A-Z]{2}$", error="Two capital letters (ISO 3166) are expected."
        ),
        metadata={"description": "ISO 3166-1 alpha-2."},
    )


def postal_address(**options: Any) -> fields.Nested:
    """An address to write letters to, or null."""
    return fields.Nested(
        PostalAddressSchema,
        allow_none=True,
        metadata={"description": "For letters to those whom nothing else reaches; staff only."},
        **options,
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
    postal_address = postal_address(load_default=None)


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
    participant = fields.Nested(
        ParticipantRequest,
        load_default=None,
        metadata={"description": "Who it is; needed, unless staff give `participant_id`."},
    )
    participant_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Staff only, instead of `participant`: somebody found before. It is how a person "
            "without e-mail and phone stays one person."
        },
    )
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
        metadata={
            "description": "Staff only: how somebody who is not there agreed to be registered."
        },
    )
    eligibility_reason = Words(
        most=1000,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Staff only: why the person may join, never anything about health. An adviser's own "
            "registration is then decided at once, as it is where what is known meets the programme's rule."
        },
    )

    @ma.validates_schema
    def _one_person(self, wanted: dict[str, Any], **_: Any) -> None:
        if wanted["participant_id"] is None and wanted["participant"] is None:
            raise ma.ValidationError("Missing data for required field.", "participant")
        if wanted["participant_id"] is not None and wanted["participant"] is not None:
            raise ma.ValidationError("Leave out either this or `participant`.", "participant_id")


class RegisteredSchema(ma.Schema):
    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(REGISTRATION_STATUSES))
    waitlist_position = fields.Integer(required=True, allow_none=True)
    manage_url = fields.URL(required=True, require_tld=False)
    short_code = fields.String(
        required=True,
        metadata={"description": "As printed on letters: opens it without the link."},
    )


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


class AssistanceSchema(ma.Schema):
    """Who registered a person, and how they agreed if they were not there (null: they were)."""

    by = fields.String(required=True)
    name = fields.String(
        required=True, allow_none=True, metadata={"description": "Null if it is no account here."}
    )
    agreement = fields.String(
        required=True, allow_none=True, validate=validate.OneOf((*AGREEMENTS, None))
    )


class DecisionSchema(ma.Schema):
    """Who decided on a pending registration; why it was declined, and what was noted."""

    by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


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
    short_code = fields.String(metadata={"description": "To staff: the code on its letters."})
    assistance = fields.Nested(
        AssistanceSchema,
        allow_none=True,
        metadata={"description": "To staff: who registered the person; null if they did it alone."},
    )
    eligibility = fields.Nested(
        AssessmentSchema,
        allow_none=True,
        metadata={"description": "To advisers: null where everyone may join."},
    )
    eligibility_reason = fields.String(
        allow_none=True,
        metadata={"description": "To advisers: what was stated when staff registered the person."},
    )
    decision = fields.Nested(
        DecisionSchema, allow_none=True, metadata={"description": "To advisers."}
    )


class CodeAnswer(RegistrationSchema):
    manage_url = fields.URL(
        require_tld=False,
        metadata={"description": "To the public: the link that also cancels and accepts."},
    )


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
    registered_by = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The member of staff who did it for the person."},
    )
    agreement = fields.String(required=True, allow_none=True)
    eligibility = fields.Nested(
        AssessmentSchema,
        metadata={"description": "To advisers, of a pending one where the programme has a rule."},
    )


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
