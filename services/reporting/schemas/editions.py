"""What reports said, kept."""

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.reports import KINDS
from services.reporting.reports.audiences import AUDIENCES
from services.reporting.reports.formats import FORMATS
from shared.i18n import SCREEN_LANGUAGES
from shared.web.pagination import PageQuery


class EditionFilesRequest(ma.Schema):
    formats = fields.List(
        fields.String(validate=validate.OneOf(tuple(FORMATS))),
        required=True,
        validate=validate.Length(min=1, max=10),
    )
    language = fields.String(load_default="fr", validate=validate.OneOf(SCREEN_LANGUAGES))


class EditionQuery(PageQuery):
    report = fields.String(load_default=None, validate=validate.OneOf(tuple(KINDS)))
    audience = fields.String(load_default=None, validate=validate.OneOf(AUDIENCES))


class EditionSchema(ma.Schema):
    id = fields.UUID(required=True)
    report = fields.String(required=True)
    audience = fields.String(required=True)
    parameters = fields.Dict(required=True)
    number = fields.Integer(
        required=True, metadata={"description": "Among the answers to the same question, from 1."}
    )
    previous = fields.UUID(required=True, allow_none=True, attribute="previous_id")
    sha256 = fields.String(
        required=True, metadata={"description": "Of the document, which is the file in JSON."}
    )
    definitions_version = fields.Integer(required=True)
    positions = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "By service, the last event that it knows of."},
    )
    generated_at = fields.AwareDateTime(required=True)
