"""What is asked and answered about activity records."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.coop.codes import (
    AGES,
    AT_THE_PLACE,
    COLLECTIVE,
    GENDERS,
    INDIVIDUAL,
    NOT_SAID,
    STATUSES,
    THEMATIQUES,
)
from shared.web.fields import Code, Words
from shared.web.pagination import PageQuery

_LONGEST = timedelta(days=366)


class ThemeSchema(ma.Schema):
    """A theme as activities have it, and what it is to the Coop."""

    theme = Words(most=200, required=True, metadata={"description": "As it is written."})
    thematiques = fields.List(
        fields.String(validate=validate.OneOf(THEMATIQUES)),
        required=True,
        validate=validate.Length(max=len(THEMATIQUES)),
        metadata={"description": "Empty: not digital mediation, and in no activity record."},
    )

    @ma.validates("thematiques")
    def each_once(self, codes: list[str], **_: Any) -> None:
        if len(set(codes)) < len(codes):
            raise ma.ValidationError("Each may be named once.")


class ThemesRequest(ma.Schema):
    """All themes that are something to the Coop."""

    items = fields.List(
        fields.Nested(ThemeSchema), required=True, validate=validate.Length(max=1000)
    )

    @ma.validates_schema(skip_on_field_errors=True)
    def each_once(self, data: Mapping[str, Any], **_: Any) -> None:
        named = [one["theme"] for one in data["items"]]
        if len(set(named)) < len(named):
            raise ma.ValidationError("Each may be named once.", "items")


class ThemeList(ma.Schema):
    items = fields.List(fields.Nested(ThemeSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class RecordsAsked(ma.Schema):
    """Which activity records."""

    from_ = fields.Date(
        data_key="from", required=True, metadata={"description": "First day of the meetings."}
    )
    to = fields.Date(
        required=True,
        metadata={"description": "The day after the last; a year later at most."},
    )
    programme = Code(load_default=None, metadata={"description": "Its code."})
    organisation = Code(load_default=None, metadata={"description": "Its code."})
    place = Code(load_default=None, metadata={"description": "Its code."})

    @ma.validates_schema(skip_on_field_errors=True)
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        since: date = data["from_"]
        until: date = data["to"]
        if until < since:
            raise ma.ValidationError("Must not be before `from`.", "to")
        if until - since > _LONGEST:
            raise ma.ValidationError("Must be within a year of `from`.", "to")


class RecordQuery(RecordsAsked, PageQuery):
    pass


def _numbers(name: str, codes: Iterable[str]) -> type[ma.Schema]:
    return ma.Schema.from_dict(
        {code: fields.Integer(required=True) for code in (*codes, NOT_SAID)}, name=name
    )


class BeneficiairesSchema(ma.Schema):
    """Who came to the meeting, in numbers."""

    total = fields.Integer(required=True)
    genres = fields.Nested(_numbers("Genres", GENDERS), required=True)
    tranches_age = fields.Nested(_numbers("TranchesAge", AGES.values()), required=True)
    statuts = fields.Nested(_numbers("Statuts", STATUSES), required=True)


class RecordSchema(ma.Schema):
    """One activity record, with the names and codes of the Coop's API; what only a mediator knows is left to them."""

    id = fields.UUID(required=True, metadata={"description": "Of the meeting: it never changes."})
    type = fields.String(required=True, validate=validate.OneOf((INDIVIDUAL, COLLECTIVE)))
    date = fields.Date(required=True)
    duree = fields.Integer(required=True, metadata={"description": "Minutes."})
    type_lieu = fields.String(required=True, validate=validate.OneOf((AT_THE_PLACE,)))
    lieu = fields.String(required=True, metadata={"description": "Code of the place."})
    structure = fields.String(required=True, metadata={"description": "Code of the organisation."})
    titre_atelier = fields.String(
        required=True, allow_none=True, metadata={"description": "Null for one person alone."}
    )
    thematiques = fields.List(fields.String(validate=validate.OneOf(THEMATIQUES)), required=True)
    tags = fields.List(
        fields.String(), required=True, metadata={"description": "Code of the programme."}
    )
    accompagnements = fields.Integer(required=True, metadata={"description": "How many came."})
    beneficiaires = fields.Nested(BeneficiairesSchema, required=True)
