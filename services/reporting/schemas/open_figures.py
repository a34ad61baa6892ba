"""What everyone is told, release by release."""

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.operations import releases
from services.reporting.reports.parameters import Period
from services.reporting.schemas.indicators import figures


class OpenQuery(Period):
    group_by = fields.String(
        load_default=None,
        validate=validate.OneOf(releases.GROUPINGS),
        metadata={
            "description": "Without it, only the total. By `situation`, whoever has two counts in both."
        },
    )


_WITHHELD = fields.List(
    fields.String(validate=validate.OneOf(tuple(releases.OPEN))),
    required=True,
    metadata={
        "description": "What is null here because it is about few people, or would tell how few."
    },
)


_OPEN = {
    name: type(field)(required=True, allow_none=True, metadata=field.metadata)
    for name, field in figures().items()
    if name in releases.OPEN
}


OpenTotal = ma.Schema.from_dict({**_OPEN, "withheld": _WITHHELD}, name="OpenTotal")


OpenItem = ma.Schema.from_dict(
    {"group": fields.String(required=True, allow_none=True), **_OPEN, "withheld": _WITHHELD},
    name="OpenItem",
)


class OpenAnswer(ma.Schema):
    items = fields.List(fields.Nested(OpenItem), required=True)
    total = fields.Nested(OpenTotal, required=True)
    next = fields.String(required=True, allow_none=True)
    release = fields.Integer(
        dump_default=None, allow_none=True, metadata={"description": "Its number, from 1."}
    )
    as_of = fields.AwareDateTime(dump_default=None, allow_none=True)
    from_ = fields.Date(
        data_key="from",
        dump_default=None,
        allow_none=True,
        metadata={"description": "The day of the first session told of."},
    )
    to = fields.Date(
        dump_default=None,
        allow_none=True,
        metadata={"description": "The day after that of the last session told of."},
    )
    threshold = fields.Integer(
        dump_default=None,
        allow_none=True,
        metadata={"description": "Figures about fewer people are withheld."},
    )
    definitions_version = fields.Integer(
        dump_default=None,
        allow_none=True,
        metadata={"description": "Of `/v1/indicators/catalogue`."},
    )


class ReleaseSchema(ma.Schema):
    number = fields.Integer(required=True)
    made_at = fields.AwareDateTime(required=True)
    threshold = fields.Integer(required=True)


class ReleaseAsked(ma.Schema):
    id = fields.UUID(required=True)
