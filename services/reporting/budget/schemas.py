"""What a budget line may be, in a request or in a line of a file."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.budget.shares import KINDS
from shared.web.fields import Code, Words
from shared.web.pagination import PageQuery

# Ten thousand million euros: more than any place costs, and summed up without loss.
_MOST_CENTS = 10**12
_YEARS = validate.Range(2000, 2099)


class LineSchema(ma.Schema):
    """``cents`` of an investment are those of the whole of it, in its first year."""

    programme = Code(
        load_default=None,
        allow_none=True,
        metadata={"description": "Its code; null for what is of the place as a whole."},
    )
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = Words(most=200, required=True)
    cents = fields.Integer(required=True, strict=True, validate=validate.Range(0, _MOST_CENTS))
    write_off_years = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, 50),
        metadata={"description": "Of an investment: in how many yearly parts it is written off."},
    )

    @ma.validates_schema(skip_on_field_errors=True)
    def written_off_if_invested(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["kind"] == "investment" and data["write_off_years"] is None:
            raise ma.ValidationError(
                "Say over how many years an investment is written off.", "write_off_years"
            )
        if data["kind"] == "running" and data["write_off_years"] is not None:
            raise ma.ValidationError("Only an investment is written off.", "write_off_years")


class WholeLineSchema(LineSchema):
    """A line with its place and year."""

    place = Code(required=True, metadata={"description": "Its code."})
    year = fields.Integer(required=True, validate=_YEARS)


class LinesRequest(ma.Schema):
    """All lines of a place and a year."""

    place = Code(required=True, metadata={"description": "Its code."})
    year = fields.Integer(required=True, strict=True, validate=_YEARS)
    items = fields.List(fields.Nested(LineSchema), required=True, validate=validate.Length(max=500))


class LineAnswer(ma.Schema):
    id = fields.UUID(required=True)
    place = fields.String(required=True)
    year = fields.Integer(required=True)
    programme = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    label = fields.String(required=True)
    cents = fields.Integer(required=True)
    write_off_years = fields.Integer(required=True, allow_none=True)


class LineQuery(PageQuery):
    place = Code(load_default=None)
    programme = Code(load_default=None)
    year = fields.Integer(load_default=None, validate=_YEARS)


class Warned(ma.Schema):
    field = fields.String(
        required=True,
        metadata={"description": "Named as in errors: `items.0.programme`, `line 3.place`."},
    )
    says = fields.String(required=True, metadata={"description": "In the reader's language."})


class LinesKept(ma.Schema):
    lines = fields.Integer(required=True, metadata={"description": "How many were taken."})
    warnings = fields.List(
        fields.Nested(Warned),
        required=True,
        metadata={
            "description": "Codes of which reporting has not heard. The lines are kept, for budgets come before the "
            "first session; what leaves the staff does not name them until then."
        },
    )
