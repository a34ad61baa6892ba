"""Places, rooms, organisations, programmes and activities, in and out."""

from zoneinfo import available_timezones

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.schemas.data_inclusion import DataInclusionCodes
from services.registrations.schemas.digital_mediation import DigitalMediation
from services.registrations.schemas.eligibility import eligibility_rule
from services.registrations.schemas.languages import LanguageTag
from services.registrations.schemas.phones import Phone
from services.registrations.schemas.programmes import Purpose, Question, once_each
from shared.web.fields import Code, EmailAddress, WebAddress, Words
from shared.web.pagination import PageQuery

_INSEE_CODE = r"^(?:[013-9][0-9]|2[AB1-9])[0-9]{3}$"


def _siret() -> fields.String:
    pattern = validate.Regexp(r"^[0-9]{14}$", error="Invalid value.")
    return fields.String(
        allow_none=True, validate=pattern, metadata={"description": "SIRET: 14 digits."}
    )


class OrganisationChange(ma.Schema):
    name = Words(most=200)
    kind = Words(most=40)
    website = WebAddress(allow_none=True)
    description = Words(most=5000, blank=True)
    siret = _siret()


class OrganisationSchema(OrganisationChange):
    code = Code(required=True)
    name = Words(most=200, required=True)


OFFERS = ("confirm", "offer")


def _timezone(name: str) -> None:
    if name not in available_timezones():
        raise ma.ValidationError("Invalid value.")


class PlaceChange(ma.Schema):
    name = Words(most=200)
    address = Words(most=300, allow_none=True)
    postcode = Words(most=10, allow_none=True)
    city = Words(most=100, allow_none=True)
    timezone = Words(most=60, validate=_timezone)
    school_zone = fields.String(allow_none=True, validate=validate.OneOf(("A", "B", "C")))
    insee_code = fields.String(
        allow_none=True,
        validate=validate.Regexp(_INSEE_CODE, error="Invalid value."),
        metadata={"description": "INSEE code of the town, which is not its postcode."},
    )
    latitude = fields.Float(allow_none=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(allow_none=True, validate=validate.Range(-180, 180))
    siret = _siret()
    phone = Phone(allow_none=True)
    email = EmailAddress(
        allow_none=True, metadata={"description": "The place's own address, never a person's."}
    )
    website = WebAddress(allow_none=True)
    opening_hours = Words(
        most=255,
        allow_none=True,
        metadata={"description": "As OpenStreetMap writes them: `Mo-Fr 09:00-12:00,14:00-18:00`."},
    )
    digital_mediation = fields.Nested(DigitalMediation)
    offer = fields.String(
        allow_none=True,
        validate=validate.OneOf(OFFERS),
        metadata={
            "description": "What happens to a freed seat here, whatever the programmes say: `confirm` or `offer`."
        },
    )


class PlaceSchema(PlaceChange):
    code = Code(required=True)
    name = Words(most=200, required=True)


class RoomChange(ma.Schema):
    name = Words(most=100)
    capacity = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, 100_000))
    shared = fields.Boolean(
        metadata={"description": "Several meetings may be held in it at once: a hall, a garden."}
    )


class RoomSchema(RoomChange):
    id = fields.UUID(dump_only=True)
    place = Code(required=True, attribute="place_code")
    name = Words(most=100, required=True)


def _each_once(values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise ma.ValidationError("Each may be named once.")


class ProgrammeChange(ma.Schema):
    name = Words(most=200)
    description = Words(most=5000, blank=True)
    discreet = fields.Boolean(
        metadata={"description": "Nothing that leaves the place may reveal who takes part."}
    )
    requires_approval = fields.Boolean(
        metadata={"description": "An adviser decides on each registration by the public."}
    )
    eligibility = eligibility_rule()
    data_inclusion = fields.Nested(DataInclusionCodes)

    offer = fields.String(
        validate=validate.OneOf(OFFERS),
        metadata={
            "description": "A freed seat is given at once to the first in line (`confirm`), or kept while they "
            "are asked (`offer`)."
        },
    )
    offer_hours = fields.Integer(
        strict=True,
        validate=validate.Range(1, 720),
        metadata={
            "description": "How long an offer stands for whom e-mail or a mobile phone reaches; for the latter, "
            "from when phones may ring."
        },
    )
    minimum = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(1, 100_000),
        metadata={
            "description": "How many must be confirmed for a session of it to be held: of those made from then on "
            "that have as many seats and do not say it themselves."
        },
    )
    decision_days = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(0, 365),
        metadata={
            "description": "How many days before it begins a session with too few people is decided upon."
        },
    )
    near_hours = fields.Integer(
        strict=True,
        validate=validate.Range(0, 8760),
        metadata={"description": "Sessions that begin within so many hours ask nobody first."},
    )
    languages = fields.List(
        LanguageTag(),
        validate=[validate.Length(max=20), _each_once],
        metadata={"description": "In which its sessions are held (BCP 47); `[]`: not said."},
    )
    reminder_minutes = fields.List(
        fields.Integer(strict=True, validate=validate.Range(30, 14 * 24 * 60)),
        validate=validate.Length(max=5),
        metadata={
            "description": "How long before each meeting people are reminded of it; `[]`: never. "
            "Holds for the sessions to come as well."
        },
    )
    absences_to_call = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(1, 100),
        metadata={
            "description": "So many unexcused absences in a session put a person on the advisers' call list; "
            "null for none. Never a sanction."
        },
    )
    feedback_questions = fields.List(
        fields.Nested(Question),
        validate=[validate.Length(max=3), once_each("id")],
        metadata={"description": "Asked after a session, beside the rating."},
    )
    referral_purposes = fields.List(
        fields.Nested(Purpose),
        validate=[validate.Length(max=30), once_each("code")],
        metadata={
            "description": "What partner institutions can be asked for; without any there are no referrals."
        },
    )


class ProgrammeSchema(ProgrammeChange):
    code = Code(required=True)
    name = Words(most=200, required=True)
    situations = fields.List(
        fields.String(),
        dump_only=True,
        metadata={
            "description": "The situations that `eligibility` asks about, in any of its ways."
        },
    )


class ActivityChange(ma.Schema):
    title = Words(most=300)
    description = Words(most=20_000, blank=True)
    theme = Words(most=100, allow_none=True)
    audience = Words(most=200, allow_none=True)
    organisation = Code(attribute="organisation_code")
    programme = Code(attribute="programme_code")
    data_inclusion = fields.Nested(
        DataInclusionCodes, metadata={"description": "Where it differs from the programme's."}
    )


class ActivitySchema(ActivityChange):
    id = fields.UUID(dump_only=True)
    title = Words(most=300, required=True)
    organisation = Code(required=True, attribute="organisation_code")
    programme = Code(required=True, attribute="programme_code")


class OfferQuery(PageQuery):
    programme = Code(load_default=None)
    organisation = Code(load_default=None)
    q = Words(
        most=100, blank=True, load_default=None, metadata={"description": "Words to look for."}
    )
