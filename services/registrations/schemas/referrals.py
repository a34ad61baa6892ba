"""Referrals to partner institutions, as advisers keep them."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.domain import ReferralStatus
from shared.web.fields import Code, Moment, Words
from shared.web.pagination import PageQuery

_MOST_CENTS = 100_000_000
_DECISIONS = tuple(status for status in ReferralStatus if status != ReferralStatus.OPEN)


def _cents(meaning: str, **options: Any) -> fields.Integer:
    return fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(0, _MOST_CENTS),
        metadata={"description": f"{meaning}, in euro cents; null when it is not about money."},
        **options,
    )


def _description(**options: Any) -> Words:
    return Words(
        most=1000,
        allow_none=True,
        metadata={"description": "What it is for, in a few words; for the advisers alone."},
        **options,
    )


class ReferralRequest(ma.Schema):
    participant_id = fields.UUID(required=True)
    programme = Code(required=True)
    partner = Code(
        required=True, metadata={"description": "Code of the organisation that is asked."}
    )
    purpose = Code(
        required=True, metadata={"description": "One of the programme's `referral_purposes`."}
    )
    description = _description(load_default=None)
    amount_asked_cents = _cents("What is asked", load_default=None)
    opened_on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "Default: today."}
    )


class ReferralChange(ma.Schema):
    """What is to change; ``decision`` with its date and amount is what the partner decided."""

    description = _description()
    amount_asked_cents = _cents("What is asked")
    decision = fields.String(
        validate=validate.OneOf(_DECISIONS),
        metadata={"description": "What is `adjourned` is decided again; all else is for good."},
    )
    decided_on = fields.Date(
        allow_none=True, metadata={"description": "With a decision. Default: today."}
    )
    amount_granted_cents = _cents("What is granted, be it less or more than was asked")


class ReferralSchema(ma.Schema):
    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    given_name = fields.String(required=True, attribute="participant.given_name")
    family_name = fields.String(required=True, attribute="participant.family_name")
    programme = fields.String(required=True, attribute="programme_code")
    partner = fields.String(required=True, attribute="partner_code")
    purpose = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    amount_asked_cents = fields.Integer(required=True, allow_none=True)
    opened_on = fields.Date(required=True)
    status = fields.String(required=True, validate=validate.OneOf(tuple(ReferralStatus)))
    decided_on = fields.Date(required=True, allow_none=True)
    amount_granted_cents = fields.Integer(required=True, allow_none=True)
    opened_by = fields.String(required=True)
    created_at = Moment(required=True)
    changed_at = Moment(required=True)


class ReferralQuery(PageQuery):
    participant = fields.UUID(load_default=None)
    programme = Code(load_default=None)
    partner = Code(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf(tuple(ReferralStatus)))
