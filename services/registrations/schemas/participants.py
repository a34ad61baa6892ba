"""People as staff find, see and correct them."""

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.schemas.phones import Phone
from services.registrations.schemas.registrations import LANGUAGES, birth_year, postal_address
from shared.web.fields import Code, EmailAddress, Moment, Words
from shared.web.pagination import PageQuery


class ParticipantQuery(PageQuery):
    q = Words(
        most=200,
        required=True,
        metadata={
            "description": "Names in any order and however spelt, an e-mail address, a phone number,"
            " a year of birth: people of whom all of it holds, the likeliest first."
        },
    )


class ParticipantItem(ma.Schema):
    """A person in a list: enough to be told from another."""

    id = fields.UUID(required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    language = fields.String(required=True)


class FoundParticipant(ParticipantItem):
    likeness = fields.Float(
        required=True,
        metadata={"description": "Of the name with what was asked, up to 2; 0 without a name."},
    )


class StandingMerge(ma.Schema):
    """A record that was found to be the same person's."""

    id = fields.UUID(required=True, metadata={"description": "With which it can be undone."})
    merged_participant_id = fields.UUID(required=True, attribute="merged_id")
    merged_at = Moment(required=True)
    merged_by = fields.String(required=True)


class StandingDistinction(ma.Schema):
    """Someone whom the person was found not to be, however alike."""

    id = fields.UUID(required=True, metadata={"description": "With which it can be taken back."})
    other_participant_id = fields.UUID(required=True)
    found_at = Moment(required=True)
    found_by = fields.String(required=True)


class ConsentsSchema(ma.Schema):
    statistics = fields.Boolean(required=True)
    contact = fields.Boolean(required=True)


class ParticipantSchema(ParticipantItem):
    """A person, whole for advisers and managers; facilitators see how to reach them and no more."""

    birth_year = fields.Integer(allow_none=True)
    postcode = fields.String(allow_none=True)
    postal_address = postal_address()
    situations = fields.List(fields.String())
    consents = fields.Nested(ConsentsSchema)
    created_at = Moment()
    last_contact_at = Moment(
        metadata={
            "description": "When they last registered, came or said something, or staff wrote."
        }
    )
    merges = fields.List(fields.Nested(StandingMerge))
    distinctions = fields.List(fields.Nested(StandingDistinction))


class ConsentsChange(ma.Schema):
    statistics = fields.Boolean()
    contact = fields.Boolean()


class ParticipantChange(ma.Schema):
    """What is left out stays as it is; null empties it."""

    given_name = Words(most=100)
    family_name = Words(most=100)
    email = EmailAddress(allow_none=True)
    phone = Phone(allow_none=True)
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    birth_year = birth_year(load_default=ma.missing)
    postcode = Words(most=10, allow_none=True)
    postal_address = postal_address()
    situations = fields.List(Code(), validate=validate.Length(max=10))
    consents = fields.Nested(ConsentsChange)
