"""Programmes of activities, loaded from files."""

import dataclasses
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from flask import abort, request
from marshmallow import fields, validate
from sqlalchemy.exc import IntegrityError

from services.registrations.db import transaction
from services.registrations.importing.formats import FORMATS, detect
from services.registrations.importing.plan import Options
from services.registrations.importing.report import KINDS, Outcome, Report, Severity
from services.registrations.importing.run import import_source
from services.registrations.operations.clock import now
from services.registrations.schemas.offer import PlaceChange
from services.registrations.season import Season, season_at_hand
from shared.errors import Conflict, Text, invalid
from shared.web.fields import Code, Moment, Words
from shared.web.problems import request_language
from shared.web.routes import Routes

routes = Routes("imports", __name__, url_prefix="/v1")

_DEFAULTS = {option.name: option.default for option in dataclasses.fields(Options)}
_LONGEST_SEASON = timedelta(days=370)
_IN_THIS_CENTURY = validate.Range(date(2000, 1, 1), date(2099, 12, 31))
_ACCEPTED = ("application/octet-stream", "application/json", "application/vnd.")
_NOT_THIS_TYPE = Text(
    "Send the file's bytes as application/octet-stream, application/json, application/vnd.* or text/*.",
    "Envoyez le contenu du fichier en application/octet-stream, application/json,"
    " application/vnd.* ou text/*.",
)


class Interfered(Conflict):
    """Someone made, at the same moment, what the import was about to make."""

    slug = "import-interfered"
    says = Text(
        "Something of the programme changed during the import. Nothing was loaded: send it again.",
        "Le programme a changé pendant l’import. Rien n’a été chargé : recommencez.",
    )


def _means(meaning: str) -> dict[str, str]:
    return {"description": meaning}


class ImportQuery(ma.Schema):
    dry_run = fields.Boolean(
        load_default=False, metadata=_means("Say what would be done, and do nothing.")
    )
    season_from = fields.Date(
        load_default=None,
        validate=_IN_THIS_CENTURY,
        metadata=_means("First day of weekly activities; default: today."),
    )
    season_to = fields.Date(
        load_default=None,
        validate=_IN_THIS_CENTURY,
        metadata=_means("Last day of weekly activities; default: the end of the school year."),
    )
    capacity = fields.Integer(
        load_default=_DEFAULTS["capacity"],
        validate=validate.Range(1, 100_000),
        metadata=_means("Seats, where the file says none."),
    )
    minutes = fields.Integer(
        load_default=_DEFAULTS["minutes"],
        validate=validate.Range(5, 24 * 60),
        metadata=_means("Length of a meeting, where the file says no end."),
    )
    programme = Code(
        load_default=_DEFAULTS["programme"], metadata=_means("Programme, where the file says none.")
    )
    organisation = Code(
        load_default=None,
        metadata=_means("Organisation, where the file says none; default: the place's own."),
    )
    place = Code(load_default=None, metadata=_means("Place, where the file says none."))
    timezone = fields.String(
        load_default=_DEFAULTS["timezone"],
        validate=PlaceChange().fields["timezone"].validators,
        metadata=_means("Time zone of places that are not known yet."),
    )
    source = Words(
        most=100,
        load_default=None,
        metadata=_means(
            "Where the file comes from. What came from there before and is not in this file is reported."
            " Default: a file is taken for all that its organisations publish in its format."
        ),
    )
    school_zone = fields.String(
        load_default=_DEFAULTS["school_zone"],
        validate=validate.OneOf(("A", "B", "C")),
        metadata=_means("School holidays of places for which none is known."),
    )


class FindingSchema(ma.Schema):
    """Something to tell about a row. A warning did not keep it out."""

    line = fields.Integer(
        required=True,
        allow_none=True,
        metadata=_means("Line of the file in a text editor, from 1; null for the whole file."),
    )
    sheet = fields.String(
        required=True, allow_none=True, metadata=_means("Of a workbook, which `line` is a row of.")
    )
    field = fields.String(required=True, allow_none=True)
    column = fields.String(
        required=True, allow_none=True, metadata=_means("What the file itself calls the field.")
    )
    message = fields.String(required=True)
    severity = fields.String(required=True, validate=validate.OneOf([*Severity]))


class MissingSchema(ma.Schema):
    """An activity that the source named before and does not name any more; nothing is done to it."""

    activity_id = fields.UUID(required=True, attribute="id")
    title = fields.String(required=True)
    starts_at = Moment(required=True, metadata=_means("Its next date."))


class SeasonSchema(ma.Schema):
    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")


ImportCounts = ma.Schema.from_dict(
    {kind: fields.Integer(required=True) for kind in KINDS}, name="ImportCounts"
)


class ImportReport(ma.Schema):
    """What was done, or would be. The rows with errors were left out; all others are loaded."""

    dry_run = fields.Boolean(required=True)
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))
    created = fields.Nested(ImportCounts, required=True)
    updated = fields.Nested(ImportCounts, required=True)
    unchanged = fields.Nested(ImportCounts, required=True)
    errors = fields.List(fields.Nested(FindingSchema), required=True)
    missing = fields.List(fields.Nested(MissingSchema), required=True)
    season = fields.Nested(SeasonSchema, required=True)


_FILE = {"schema": {"type": "string", "format": "binary"}}


@routes.route("/imports", methods=["POST"])
@routes.access("manager")
@routes.refuses(409, 413, 415)
@routes.doc(
    requestBody={
        "required": True,
        "description": "The bytes of a file: a programme of this project, a JSON list of"
        " activities, an OpenAgenda export, CSV, a workbook (XLSX, XLS) or iCalendar. Its format is"
        " told from its content; any other content type of those formats is taken too.",
        "content": {"application/octet-stream": _FILE},
    }
)
@routes.arguments(ImportQuery, location="query")
@routes.response(200, ImportReport)
def import_file(query: dict[str, Any]) -> dict[str, Any]:
    """Load a programme of activities: all good rows, in one transaction; the bad ones are reported.

    Loaded again, a file changes what changed in it and nothing else: what was changed here by hand stays
    until the file says something new of it. What it no longer names is reported, and stays.
    """
    if request.mimetype and not request.mimetype.startswith(("text/", *_ACCEPTED)):
        abort(415, description=_NOT_THIS_TYPE.in_language(request_language()))
    options = _options(query)
    source = detect(request.get_data(cache=False))
    try:
        with transaction() as session:
            report = import_source(session, source, options)
            if query["dry_run"]:
                session.rollback()
    except IntegrityError:
        raise Interfered from None
    return _answer(report, source.format, options.season, dry_run=query["dry_run"])


def _options(query: dict[str, Any]) -> Options:
    moment = now()
    today = moment.astimezone(ZoneInfo(query["timezone"])).date()
    return Options(
        now=moment,
        season=_season(query["season_from"], query["season_to"], today),
        capacity=query["capacity"],
        minutes=query["minutes"],
        programme=query["programme"],
        organisation=query["organisation"],
        place=query["place"],
        timezone=query["timezone"],
        school_zone=query["school_zone"],
        source=query["source"],
    )


def _season(first: date | None, last: date | None, today: date) -> Season:
    at_hand = season_at_hand(max(first or today, today))
    season = Season(max(first, today) if first else at_hand.first, last or at_hand.last)
    if season.last < season.first:
        raise invalid(
            "season_to",
            "The season must end after it begins, and not in the past.",
            "La saison doit finir après son début, et pas dans le passé.",
        )
    if season.last - season.first > _LONGEST_SEASON:
        raise invalid(
            "season_to",
            f"A season has at most {_LONGEST_SEASON.days} days.",
            f"Une saison dure au plus {_LONGEST_SEASON.days} jours.",
        )
    return season


def _answer(report: Report, format_name: str, season: Season, *, dry_run: bool) -> dict[str, Any]:
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
        "season": season,
    }
