"""A programme's rule as managers write it, how it stands for a person, and proofs that were seen."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.eligibility import Standing
from shared.errors import Text
from shared.web.fields import Code, Moment, Words

_OLDEST = 150


class TextSchema(ma.Schema):
    """One sentence for people, in the languages of staff."""

    fr = fields.String(required=True)
    en = fields.String(required=True)


# ── the rule ────────────────────────────────────────────────────────────────────────────────────


def _years(**options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(0, _OLDEST), **options)


class AgeSchema(ma.Schema):
    """Years reached within this year, both ends included."""

    min = _years()
    max = _years()

    @ma.validates_schema
    def _a_range(self, age: dict[str, Any], **_: Any) -> None:
        if not age:
            raise ma.ValidationError("Give `min` or `max`.")
        if age.get("min", 0) > age.get("max", _OLDEST):
            raise ma.ValidationError("Must not be below `min`.", "max")


class AlternativeSchema(ma.Schema):
    """Conditions that must all hold; at least one."""

    situations = fields.List(
        Code(),
        validate=validate.Length(1, 20),
        metadata={"description": "The person is in any of these situations."},
    )
    member_of = Code(
        metadata={"description": "Had or has a seat in a session of this other programme."}
    )
    age = fields.Nested(AgeSchema)
    postcodes = fields.List(
        Words(most=10),
        validate=validate.Length(1, 200),
        metadata={"description": "The person lives in any of these districts."},
    )

    @ma.validates_schema
    def _some_condition(self, alternative: dict[str, Any], **_: Any) -> None:
        if not alternative:
            raise ma.ValidationError("Give at least one condition.")


def eligibility_rule() -> "fields.List[Any]":
    """The field that holds a programme's rule."""
    return fields.List(
        fields.Nested(AlternativeSchema),
        validate=validate.Length(max=20),
        metadata={
            "description": "Who may join: any of these alternatives; empty for everyone. Where there is a rule, "
            "a registration by the public awaits an adviser's decision."
        },
    )


# ── how it stands for a person ──────────────────────────────────────────────────────────────────


def _standing(*standings: Standing) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf([one.value for one in standings]))


class ConditionSchema(ma.Schema):
    kind = fields.String(required=True)
    result = _standing(*Standing)
    says = fields.Nested(TextSchema, required=True)


class WaySchema(ma.Schema):
    """One alternative: its conditions must all hold."""

    result = _standing(*Standing)
    conditions = fields.List(fields.Nested(ConditionSchema), required=True)


class AssessmentSchema(ma.Schema):
    """How the programme's rule stands for the person by what is known today, in words for the adviser."""

    result = _standing(Standing.MET, Standing.UNKNOWN, Standing.NOT_MET)
    says = fields.Nested(TextSchema, required=True)
    alternatives = fields.List(fields.Nested(WaySchema), required=True)


# ── proofs ──────────────────────────────────────────────────────────────────────────────────────

# None of them says anything about health, nor holds a number worth keeping.
PROOF_KINDS = {
    "benefits-certificate": Text("Certificate of benefits", "Attestation de prestations"),
    "pending-claim": Text("Receipt of a claim for benefits", "Récépissé d'une demande de droits"),
    "job-seeker-registration": Text(
        "Registration as a job-seeker", "Attestation d'inscription à France Travail"
    ),
    "student-card": Text("Student card or certificate", "Carte ou certificat de scolarité"),
    "referral-letter": Text(
        "Letter of a social worker or partner",
        "Courrier d'un travailleur social ou d'un partenaire",
    ),
    "address": Text("Proof of address", "Justificatif de domicile"),
    "age": Text("Identity paper, for the age", "Pièce d'identité, pour l'âge"),
}
# They prove something that is no situation.
_WITHOUT_SITUATION = ("address", "age")
_LONGEST = timedelta(days=3660)


def _good_for_a_while(day: date) -> None:
    """Not over yet somewhere on earth, and not for ever: a proof is looked at again."""
    today = datetime.now(UTC).date()
    if not today - timedelta(days=1) <= day <= today + _LONGEST:
        raise ma.ValidationError("Must be from today on, within ten years.")


class ProofRequest(ma.Schema):
    kind = fields.String(required=True, validate=validate.OneOf(list(PROOF_KINDS)))
    situation = Code(
        load_default=None,
        allow_none=True,
        metadata={"description": "What it supports; none for an address or an age."},
    )
    valid_until = fields.Date(
        required=True,
        validate=_good_for_a_while,
        metadata={"description": "The last day on which it is good, within ten years."},
    )

    @ma.validates_schema
    def _supports_something(self, proof: dict[str, Any], **_: Any) -> None:
        if proof["situation"] is None and proof["kind"] not in _WITHOUT_SITUATION:
            raise ma.ValidationError("Missing data for required field.", "situation")


class ProofSchema(ma.Schema):
    """Who saw what kind of proof, when, and until when it is good. No copy, no number, no words."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(PROOF_KINDS)))
    label = fields.Nested(TextSchema, required=True)
    situation = fields.String(required=True, allow_none=True)
    valid_until = fields.Date(required=True)
    seen_by = fields.String(required=True)
    seen_at = Moment(required=True)
    withdrawn_by = fields.String(required=True, allow_none=True)
    withdrawn_at = Moment(required=True, allow_none=True)


class ProofList(ma.Schema):
    items = fields.List(fields.Nested(ProofSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ProofKindSchema(ma.Schema):
    kind = fields.String(required=True)
    label = fields.Nested(TextSchema, required=True)
    needs_situation = fields.Boolean(required=True)


class ProofKindList(ma.Schema):
    items = fields.List(fields.Nested(ProofKindSchema), required=True)
    next = fields.String(required=True, allow_none=True)


def proof_kinds() -> list[dict[str, Any]]:
    """The kinds of proof that can be put on record, with their names."""
    return [
        {"kind": kind, "label": label, "needs_situation": kind not in _WITHOUT_SITUATION}
        for kind, label in PROOF_KINDS.items()
    ]
