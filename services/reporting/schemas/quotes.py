"""What people said, as managers chose it."""

import marshmallow as ma
from marshmallow import fields

from services.reporting.reports.parameters import Period
from shared.web.fields import Code, Words
from shared.web.pagination import PageQuery


class QuoteRequest(ma.Schema):
    text = Words(
        most=500,
        required=True,
        metadata={"description": "Without a name, an address or a number; no acronym is refused."},
    )
    programme = Code(
        load_default=None,
        allow_none=True,
        metadata={"description": "Of which it speaks; null for the place as a whole."},
    )
    day = fields.Date(
        required=True,
        metadata={"description": "Reports of periods that hold this day may print it."},
    )


class QuoteSchema(ma.Schema):
    id = fields.UUID(required=True)
    text = fields.String(required=True)
    programme = fields.String(required=True, allow_none=True)
    day = fields.Date(required=True)


class QuoteQuery(PageQuery, Period):
    programme = Code(load_default=None, allow_none=True)
