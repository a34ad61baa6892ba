"""Reports: what one may ask for, and what becomes of it."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.domain import JobStatus
from services.reporting.reports import KINDS
from services.reporting.reports.audiences import AUDIENCES, check_audience
from services.reporting.reports.formats import FORMATS
from services.reporting.schemas.indicators import Meaning
from shared.i18n import SCREEN_LANGUAGES
from shared.web.pagination import PageQuery


class ReportParameter(ma.Schema):
    name = fields.String(required=True)
    type = fields.String(required=True, validate=validate.OneOf(("uuid", "date", "text")))
    required = fields.Boolean(required=True)
    description = fields.String(required=True, allow_none=True)


class ReportKindSchema(ma.Schema):
    report = fields.String(required=True)
    meaning = fields.Nested(Meaning, required=True)
    parameters = fields.List(fields.Nested(ReportParameter), required=True)
    formats = fields.List(fields.String(), required=True)
    audiences = fields.List(
        fields.String(validate=validate.OneOf(AUDIENCES)),
        required=True,
        metadata={"description": "Whom it can be for."},
    )


class ReportKindList(ma.Schema):
    items = fields.List(fields.Nested(ReportKindSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ReportJobRequest(ma.Schema):
    report = fields.String(required=True, validate=validate.OneOf(tuple(KINDS)))
    parameters = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "As `GET /v1/reports` says for this report."},
    )
    formats = fields.List(
        fields.String(validate=validate.OneOf(tuple(FORMATS))),
        load_default=lambda: ["json"],
        validate=validate.Length(min=1, max=10),
        metadata={
            "description": "`csv` is for programs; `csv-fr` for spreadsheets set to French: semicolons, decimal comma."
        },
    )
    language = fields.String(
        load_default="fr",
        validate=validate.OneOf(SCREEN_LANGUAGES),
        metadata={"description": "In which its files are to be read."},
    )
    audience = fields.String(
        load_default="staff",
        validate=validate.OneOf(AUDIENCES),
        metadata={
            "description": "Whom it is for: what leaves the staff says nothing of few people."
        },
    )

    @ma.post_load
    def check(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """``parameters`` as they are to be stored, and each format once."""
        check_audience(KINDS[data["report"]], data["audience"])
        schema = KINDS[data["report"]].parameters
        try:
            loaded = schema.load(data["parameters"])
        except ma.ValidationError as error:
            raise ma.ValidationError({"parameters": error.messages_dict}) from None
        dumped: Mapping[str, Any] = schema.dump(loaded)
        given = {name: value for name, value in dumped.items() if value is not None}
        return {**data, "parameters": given, "formats": list(dict.fromkeys(data["formats"]))}


class ReportJobQuery(PageQuery):
    report = fields.String(load_default=None, validate=validate.OneOf(tuple(KINDS)))
    status = fields.String(load_default=None, validate=validate.OneOf(tuple(JobStatus)))


class ReportFileSchema(ma.Schema):
    name = fields.String(required=True)
    type = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    url = fields.String(required=True, metadata={"format": "uri-reference"})
    sha256 = fields.String(required=True)


class ReportJobSchema(ma.Schema):
    id = fields.UUID(required=True)
    report = fields.String(required=True)
    parameters = fields.Dict(required=True)
    formats = fields.List(fields.String(), required=True)
    language = fields.String(required=True)
    audience = fields.String(required=True)
    edition_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "What its files hold; null until that is counted."},
    )
    status = fields.String(required=True, validate=validate.OneOf(tuple(JobStatus)))
    progress = fields.Float(required=True, validate=validate.Range(0, 1))
    files = fields.List(fields.Nested(ReportFileSchema), required=True)
    cause = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The event that set it off; null when a person asked."},
    )
    subscription_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "The order that it answers."}
    )
    occurrence = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "The moment of the calendar that set it off."},
    )
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "In the reader's language."}
    )


class ReportDocument(ma.Schema):
    """A report as JSON."""

    report = fields.String(required=True)
    title = fields.Nested(Meaning, required=True)
    audience = fields.String(required=True)
    edition = fields.Integer(required=True)
    previous = fields.UUID(required=True, allow_none=True)
    parameters = fields.Dict(required=True)
    generated_at = fields.AwareDateTime(required=True)
    definitions_version = fields.Integer(
        required=True, metadata={"description": "Of `/v1/indicators/catalogue`."}
    )
    positions = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "By service, the last event that the figures know of."},
    )
    about = fields.Dict(required=True)
    total = fields.Dict(required=True)
    tables = fields.Dict(required=True, keys=fields.String(), values=fields.List(fields.Dict()))
    suppressed = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.List(fields.List(fields.Raw())),
        metadata={
            "description": "By table, the cells that are null because they may not be told: row, from 0, and column."
        },
    )
    table_columns = fields.Dict(
        required=True, keys=fields.String(), values=fields.List(fields.String())
    )
    columns = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.Dict(),
        metadata={"description": "What each column is called, holds and means."},
    )
    names = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.String()),
        metadata={
            "description": "By column, what the codes in it are called; those with no name stand for themselves."
        },
    )
    chapters = fields.List(
        fields.Dict(), required=True, metadata={"description": "How it is read on a page."}
    )
