"""Staff: how they sign in, and their accounts as managers keep them."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.credentials import LONGEST, SHORTEST, normalised
from shared.auth import STAFF_ROLES
from shared.i18n import SCREEN_LANGUAGES
from shared.web.fields import Code, EmailAddress, Moment, Words
from shared.web.pagination import PageQuery


class Password(fields.String):
    """A password: any characters, outer space included."""

    def __init__(self, *, shortest: int = 1, **options: Any) -> None:
        super().__init__(
            validate=validate.Length(shortest, LONGEST), metadata={"format": "password"}, **options
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = normalised(super()._deserialize(value, attr, data, **options))
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise ma.ValidationError("Contains a character that cannot be stored.")
        return text


def _token() -> fields.String:
    return Words(most=200, required=True)


class SignInRequest(ma.Schema):
    email = EmailAddress(required=True)
    password = Password(required=True)


class RefreshRequest(ma.Schema):
    refresh_token = _token()


class PasswordChange(ma.Schema):
    current_password = Password(required=True)
    new_password = Password(required=True, shortest=SHORTEST)


class FirstPassword(ma.Schema):
    password = Password(required=True, shortest=SHORTEST)


class StaffChange(ma.Schema):
    name = Words(most=200)
    language = fields.String(
        validate=validate.OneOf(SCREEN_LANGUAGES),
        metadata={"description": "In which they are written to."},
    )
    role = fields.String(validate=validate.OneOf(STAFF_ROLES))
    organisation = Code(
        attribute="organisation_code",
        allow_none=True,
        metadata={"description": "A facilitator is kept to it, and must have one."},
    )
    programmes = fields.List(
        Code(),
        validate=validate.Length(max=50),
        metadata={"description": "The discreet programmes whose people they may know of."},
    )
    disabled = fields.Boolean(
        metadata={"description": "Whether they are kept out; they are then signed out at once."}
    )


class StaffInvitation(ma.Schema):
    email = EmailAddress(required=True)
    name = Words(
        most=200,
        load_default=None,
        allow_none=True,
        metadata={"description": "Default: the address before its @."},
    )
    language = fields.String(load_default="fr", validate=validate.OneOf(SCREEN_LANGUAGES))
    role = fields.String(required=True, validate=validate.OneOf(STAFF_ROLES))
    organisation = Code(attribute="organisation_code", load_default=None, allow_none=True)
    programmes = fields.List(Code(), load_default=list, validate=validate.Length(max=50))


class StaffSchema(ma.Schema):
    """An account. ``subject`` is how tokens and the audit trail name its owner."""

    id = fields.UUID(required=True)
    subject = fields.Function(
        lambda staff: f"staff:{staff.id}", required=True, metadata={"type": "string"}
    )
    email = fields.String(required=True)
    name = fields.String(required=True)
    language = fields.String(required=True, validate=validate.OneOf(SCREEN_LANGUAGES))
    role = fields.String(required=True, validate=validate.OneOf(STAFF_ROLES))
    organisation = fields.String(required=True, allow_none=True, attribute="organisation_code")
    programmes = fields.List(fields.String(), required=True)
    disabled = fields.Function(
        lambda staff: staff.disabled_at is not None, required=True, metadata={"type": "boolean"}
    )
    created_at = Moment(required=True)
    last_sign_in_at = Moment(required=True, allow_none=True)


class InvitedSchema(ma.Schema):
    staff = fields.Nested(StaffSchema, required=True)
    invitation_url = fields.URL(
        required=True,
        require_tld=False,
        metadata={
            "description": "Hand it to its owner: it sets a password, once, within 72 hours."
        },
    )
    invitation_expires_at = Moment(required=True)


class InvitationSchema(ma.Schema):
    """What the owner of an invitation is told before choosing a password."""

    email = fields.String(required=True)
    name = fields.String(required=True)
    expires_at = Moment(required=True, attribute="invitation_expires_at")


class StaffQuery(PageQuery):
    email = EmailAddress(load_default=None)


class TokensSchema(ma.Schema):
    access_token = fields.String(
        required=True, metadata={"description": "For `Authorization: Bearer`, on every service."}
    )
    token_type = fields.String(required=True, validate=validate.OneOf(("Bearer",)))
    expires_in = fields.Integer(
        required=True, metadata={"description": "Seconds until the access token ends."}
    )
    refresh_token = fields.String(
        required=True, metadata={"description": "Good once; twice, and the sign-in ends."}
    )
    refresh_expires_at = Moment(required=True)
    staff = fields.Nested(StaffSchema, required=True)
