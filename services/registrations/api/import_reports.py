"""What every import of a file has in common: the bytes that are sent, and the report that is answered."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import marshmallow as ma
from flask import abort, request
from marshmallow import fields, validate

from services.registrations.importing.formats import FORMATS
from services.registrations.importing.plan import Options
from services.registrations.importing.report import Outcome, Report, Severity
from services.registrations.schemas.offer import PlaceChange
from shared.errors import Conflict, Text
from shared.web.fields import Code, Moment
from shared.web.problems import request_language

_ACCEPTED = ("application/octet-stream", "application/json", "application/vnd.")
_NOT_THIS_TYPE = Text(
    "Send the file's bytes as application/octet-stream, application/json, application/vnd.* or text/*.",
    "Envoyez le contenu du fichier en application/octet-stream, application/json,"
    " application/vnd.* ou text/*.",
)


# What the options of an import are when nobody says.
DEFAULTS = {option.name: option.default for option in dataclasses.fields(Options)}
# The content of a request, as OpenAPI describes it.
SENT = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


class Interfered(Conflict):
    """Someone made, at the same moment, what the import was about to make."""

    slug = "import-interfered"
    says = Text(
        "Something of the programme changed during the import. Nothing was loaded: send it again.",
        "Le programme a changé pendant l’import. Rien n’a été chargé : recommencez.",
    )


def means(meaning: str) -> dict[str, str]:
    return {"description": meaning}


class DefaultsQuery(ma.Schema):
    """What whoever sends a file says, for what the file leaves out."""

    dry_run = fields.Boolean(
        load_default=False, metadata=means("Say what would be done, and do nothing.")
    )
    minutes = fields.Integer(
        load_default=DEFAULTS["minutes"],
        validate=validate.Range(5, 24 * 60),
        metadata=means("Length of a meeting, where the file says no end."),
    )
    programme = Code(
        load_default=DEFAULTS["programme"], metadata=means("Programme, where the file says none.")
    )
    organisation = Code(
        load_default=None,
        metadata=means("Organisation, where the file says none; default: the place's own."),
    )
    place = Code(load_default=None, metadata=means("Place, where the file says none."))
    timezone = fields.String(
        load_default=DEFAULTS["timezone"],
        validate=PlaceChange().fields["timezone"].validators,
        metadata=means("Time zone of places that are not known yet."),
    )


class FindingSchema(ma.Schema):
    """Something to tell about a row. A warning did not keep it out."""

    line = fields.Integer(
        required=True,
        allow_none=True,
        metadata=means("Line of the file in a text editor, from 1; null for the whole file."),
    )
    sheet = fields.String(
        required=True, allow_none=True, metadata=means("Of a workbook, which `line` is a row of.")
    )
    field = fields.String(required=True, allow_none=True)
    column = fields.String(
        required=True, allow_none=True, metadata=means("What the file itself calls the field.")
    )
    message = fields.String(required=True)
    severity = fields.String(required=True, validate=validate.OneOf([*Severity]))


class MissingSchema(ma.Schema):
    """An activity that the source named before and does not name any more; nothing is done to it."""

    activity_id = fields.UUID(required=True, attribute="id")
    title = fields.String(required=True)
    starts_at = Moment(required=True, metadata=means("Its next date."))


def counts(name: str, kinds: Iterable[str]) -> dict[str, fields.Field[Any]]:
    """The fields that say how many of each of ``kinds`` were made, changed and left as they were."""
    schema = ma.Schema.from_dict({kind: fields.Integer(required=True) for kind in kinds}, name=name)
    return {str(outcome): fields.Nested(schema, required=True) for outcome in Outcome}


class LoadedSchema(ma.Schema):
    """What was done, or would be, beside how many. The rows with errors were left out; all others are loaded."""

    dry_run = fields.Boolean(required=True)
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))
    errors = fields.List(fields.Nested(FindingSchema), required=True)
    missing = fields.List(fields.Nested(MissingSchema), required=True)


def sent_file() -> bytes:
    """The bytes that this request sends; whatever it says of their type, within reason, their content tells it."""
    if request.mimetype and not request.mimetype.startswith(("text/", *_ACCEPTED)):
        abort(415, description=_NOT_THIS_TYPE.in_language(request_language()))
    return request.get_data(cache=False)


def loaded(report: Report, format_name: str, *, dry_run: bool) -> dict[str, Any]:
    """The report as :class:`LoadedSchema` has it, in the language of the request."""
    language = request_language()
    return {
        "dry_run": dry_run,
        "format": format_name,
        **{str(outcome): report.numbers(outcome) for outcome in Outcome},
        "errors": [
            {
                "line": finding.line,
                "sheet": finding.sheet,
                "field": finding.field,
                "column": finding.column,
                "message": finding.text.in_language(language),
                "severity": finding.severity,
            }
            for finding in report.in_order()
        ],
        "missing": report.missing,
    }
