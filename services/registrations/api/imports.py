"""Programmes of activities, loaded from files."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from marshmallow import fields, validate
from sqlalchemy.exc import IntegrityError

from services.registrations.api.import_reports import (
    DEFAULTS,
    SENT,
    DefaultsQuery,
    Interfered,
    LoadedSchema,
    counts,
    loaded,
    means,
    sent_file,
)
from services.registrations.db import transaction
from services.registrations.importing.formats import detect
from services.registrations.importing.plan import Options
from services.registrations.importing.report import KINDS
from services.registrations.importing.run import import_source
from services.registrations.operations.clock import now
from services.registrations.season import Season, season_at_hand
from shared.errors import invalid
from shared.web.fields import Words
from shared.web.routes import Routes

routes = Routes("imports", __name__, url_prefix="/v1")

_LONGEST_SEASON = timedelta(days=370)
_IN_THIS_CENTURY = validate.Range(date(2000, 1, 1), date(2099, 12, 31))


class ImportQuery(DefaultsQuery):
    season_from = fields.Date(
        load_default=None,
        validate=_IN_THIS_CENTURY,
        metadata=means("First day of weekly activities; default: today."),
    )
    season_to = fields.Date(
        load_default=None,
        validate=_IN_THIS_CENTURY,
        metadata=means("Last day of weekly activities; default: the end of the school year."),
    )
    capacity = fields.Integer(
        load_default=DEFAULTS["capacity"],
        validate=validate.Range(1, 100_000),
        metadata=means("Seats, where the file says none."),
    )
    source = Words(
        most=100,
        load_default=None,
        metadata=means(
            "Where the file comes from. What came from there before and is not in this file is reported."
            " Default: a file is taken for all that its organisations publish in its format."
        ),
    )
    school_zone = fields.String(
        load_default=DEFAULTS["school_zone"],
        validate=validate.OneOf(("A", "B", "C")),
        metadata=means("School holidays of places for which none is known."),
    )


class SeasonSchema(ma.Schema):
    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")


class ImportReport(LoadedSchema.from_dict(counts("ImportCounts", KINDS))):  # type: ignore[misc]
    """What was done, or would be. The rows with errors were left out; all others are loaded."""

    season = fields.Nested(SeasonSchema, required=True)


@routes.route("/imports", methods=["POST"])
@routes.access("manager")
@routes.refuses(409, 413, 415)
@routes.doc(
    requestBody={
        "required": True,
        "description": "The bytes of a file: a programme of this project, a JSON list of"
        " activities, an OpenAgenda export, CSV, a workbook (XLSX, XLS) or iCalendar. Its format is"
        " told from its content; any other content type of those formats is taken too.",
        "content": SENT,
    }
)
@routes.arguments(ImportQuery, location="query")
@routes.response(200, ImportReport)
def import_file(query: dict[str, Any]) -> dict[str, Any]:
    """Load a programme of activities: all good rows, in one transaction; the bad ones are reported.

    Loaded again, a file changes what changed in it and nothing else: what was changed here by hand stays
    until the file says something new of it. What it no longer names is reported, and stays.
    """
    options = _options(query)
    source = detect(sent_file())
    try:
        with transaction() as session:
            report = import_source(session, source, options)
            if query["dry_run"]:
                session.rollback()
    except IntegrityError:
        raise Interfered from None
    return {
        **loaded(report, source.format, dry_run=query["dry_run"]),
        "season": options.season,
    }


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
