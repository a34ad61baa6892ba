"""What is to be reached in a year."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.indicators import CATALOGUE
from shared.web.fields import Code


class TargetSchema(ma.Schema):
    indicator = fields.String(
        required=True, validate=validate.OneOf([one.name for one in CATALOGUE])
    )
    programme = Code(
        load_default=None, allow_none=True, metadata={"description": "Null for everything."}
    )
    value = fields.Float(
        required=True,
        validate=validate.Range(0, 10**12),
        metadata={"description": "In the unit of the indicator."},
    )


class TargetsRequest(ma.Schema):
    """All targets of a year."""

    year = fields.Integer(required=True, strict=True, validate=validate.Range(2000, 2099))
    items = fields.List(
        fields.Nested(TargetSchema), required=True, validate=validate.Length(max=1000)
    )

    @ma.validates_schema(skip_on_field_errors=True)
    def each_once(self, data: Mapping[str, Any], **_: Any) -> None:
        first: dict[tuple[str | None, str], int] = {}
        again: dict[int, dict[str, list[str]]] = {}
        for number, one in enumerate(data["items"]):
            before = first.setdefault((one["programme"], one["indicator"]), number)
            if before != number:
                said = f"`{one['indicator']}` has a target in items.{before} already."
                again[number] = {"indicator": [said]}
        if again:
            raise ma.ValidationError({"items": again})


class TargetQuery(ma.Schema):
    year = fields.Integer(required=True, validate=validate.Range(2000, 2099))


class TargetList(ma.Schema):
    items = fields.List(fields.Nested(TargetSchema), required=True)
    next = fields.String(required=True, allow_none=True)
