"""What goes in and out over HTTP."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.domain import GROUPINGS, JobStatus, RebuildStatus
from services.reporting.indicators import CATALOGUE, Of
from services.reporting.operations import releases
from services.reporting.reports import KINDS
from services.reporting.reports.audiences import AUDIENCES, check_audience
from services.reporting.reports.formats import FORMATS
from services.reporting.reports.parameters import Dimensions, Period
from shared.i18n import SCREEN_LANGUAGES
from shared.web.fields import Code, Words
from shared.web.pagination import PageQuery

# ── indicators ──────────────────────────────────────────────────────────────────────────────────


class IndicatorQuery(Period, Dimensions):
    group_by = fields.String(
        load_default=None,
        metadata={
            "description": "Without it, only the total; else one of, or two with a comma between, "
            f"{', '.join(f'`{name}`' for name in GROUPINGS)}. `month`, `weekday` (1 is Monday), `hour` and `room` "
            "are those of the session's first meeting, at the place. By `situation`, whoever has two counts in "
            "both groups (and once in the total). What cannot be divided so is null: by who people are, what "
            "is about sessions; by anything but programme and month, what is about "
            "referrals; by anything but programme and place, "
            "what is about money."
        },
    )
    compare_from = fields.Date(
        load_default=None,
        metadata={"description": "First day of another period, to compare with."},
    )
    compare_to = fields.Date(
        load_default=None,
        metadata={"description": "The day after the last of that other period."},
    )

    @ma.validates("group_by")
    def known(self, asked: str | None, **_: Any) -> None:
        names = asked.split(",") if asked is not None else []
        if len(names) > 2 or len(set(names)) < len(names) or set(names) - set(GROUPINGS):
            raise ma.ValidationError(f"Must be one or two of: {', '.join(GROUPINGS)}.")

    @ma.validates_schema(skip_on_field_errors=True)
    def compare_in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        since, until = data["compare_from"], data["compare_to"]
        if since and until and until < since:
            raise ma.ValidationError("Must not be before `compare_from`.", "compare_to")


class Comparison(ma.Schema):
    """An indicator beside another value of it: null where either is null."""

    value = fields.Float(
        required=True, allow_none=True, metadata={"description": "What it is held against."}
    )
    difference = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "How much more there is than that; below 0, less."},
    )
    ratio = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "How many times that there is; null when it was 0."},
    )


_COMPARED = fields.Dict(
    keys=fields.String(),
    values=fields.Nested(Comparison),
    required=True,
    allow_none=True,
    metadata={"description": "By indicator; null unless another period was asked for."},
)


def _figures() -> dict[str, fields.Field[Any]]:
    """A field per indicator, as the catalogue has it."""
    return {
        one.name: (fields.Integer if isinstance(one.compute({}), int) else fields.Float)(
            required=True,
            allow_none=one.of is not Of.PEOPLE or one.compute({}) is None,
            metadata={"description": f"{one.says.en} In {one.unit}."},
        )
        for one in CATALOGUE
    }


_TARGETS = fields.Dict(
    keys=fields.String(),
    values=fields.Nested(Comparison),
    required=True,
    metadata={
        "description": "By indicator that has a target: `value` is the target. Told of a whole calendar year, of "
        "everything or by programme."
    },
)

IndicatorTotal = ma.Schema.from_dict(
    {**_figures(), "compared": _COMPARED, "targets": _TARGETS}, name="IndicatorTotal"
)
IndicatorItem = ma.Schema.from_dict(
    {
        "group": fields.String(
            required=True,
            allow_none=True,
            metadata={
                "description": "Null for what has none, or is of a session not told of. By two things, the first one's."
            },
        ),
        "groups": fields.Dict(
            keys=fields.String(),
            values=fields.String(allow_none=True),
            required=True,
            metadata={"description": "The group in each thing that is grouped by."},
        ),
        **_figures(),
        "compared": _COMPARED,
        "targets": _TARGETS,
    },
    name="IndicatorItem",
)


class IndicatorAnswer(ma.Schema):
    items = fields.List(fields.Nested(IndicatorItem), required=True)
    total = fields.Nested(IndicatorTotal, required=True)
    next = fields.String(required=True, allow_none=True)


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
        named = [(one["programme"], one["indicator"]) for one in data["items"]]
        if len(set(named)) < len(named):
            raise ma.ValidationError("Each may be named once.", "items")


class TargetQuery(ma.Schema):
    year = fields.Integer(required=True, validate=validate.Range(2000, 2099))


class TargetList(ma.Schema):
    items = fields.List(fields.Nested(TargetSchema), required=True)
    next = fields.String(required=True, allow_none=True)


# ── open figures ────────────────────────────────────────────────────────────────────────────────


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
    for name, field in _figures().items()
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


class Meaning(ma.Schema):
    en = fields.String(required=True)
    fr = fields.String(required=True)


class Definition(ma.Schema):
    name = fields.String(required=True)
    meaning = fields.Nested(Meaning, required=True)
    unit = fields.String(required=True)
    formula = fields.Nested(Meaning, required=True)


class DefinitionList(ma.Schema):
    items = fields.List(fields.Nested(Definition), required=True)
    next = fields.String(required=True, allow_none=True)
    version = fields.Integer(
        required=True, metadata={"description": "Raised whenever a meaning changes."}
    )


# ── reports ─────────────────────────────────────────────────────────────────────────────────────


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
    error = fields.String(required=True, allow_none=True)


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


# ── rebuilding ──────────────────────────────────────────────────────────────────────────────────


class RebuildStarted(ma.Schema):
    id = fields.UUID(required=True)


class RebuildSchema(ma.Schema):
    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(tuple(RebuildStatus)))
    events = fields.Integer(required=True, metadata={"description": "Handled so far."})
    seconds = fields.Float(required=True, metadata={"description": "Since it was asked for."})
    error = fields.String(required=True, allow_none=True)
