"""How many came to what was held before, loaded from files."""

from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from marshmallow import fields, validate
from sqlalchemy.exc import IntegrityError

from services.registrations.api.import_reports import (
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
from services.registrations.importing.attendance_rows import NEEDED
from services.registrations.importing.formats import ActivityRows, detect
from services.registrations.importing.plan import Options
from services.registrations.importing.report import COUNTED_KINDS
from services.registrations.importing.run import import_attendance
from services.registrations.importing.synonyms import NAMES, Columns
from services.registrations.operations.clock import now
from services.registrations.season import season_at_hand
from shared.errors import Invalid, Text
from shared.web.fields import Words
from shared.web.routes import Routes, staff

routes = Routes("attendance imports", __name__, url_prefix="/v1")


class NotATable(Invalid):
    """A file of another kind than those that can hold counts."""

    slug = "not-attendance"
    says = Text(
        "This is no table of attendance. Accepted: CSV with a header, a workbook (XLSX, XLS), a JSON list.",
        "Ce n’est pas un tableau de fréquentation. Sont acceptés : un CSV avec en-têtes, un classeur (XLSX, XLS),"
        " une liste en JSON.",
    )


def _meaning_and_heading(said: str) -> None:
    meaning, mark, heading = said.partition(":")
    if meaning not in NAMES or not mark or not heading.strip():
        raise ma.ValidationError(
            f"A meaning, a colon and a heading are expected: {', '.join(NAMES)}."
        )


class AttendanceImportQuery(DefaultsQuery):
    source = Words(
        most=100,
        load_default=None,
        metadata=means(
            "Where the file comes from, if it holds all that was counted there: what came from there before and is "
            "not in this file is reported."
        ),
    )
    columns = fields.List(
        Words(most=200, validate=_meaning_and_heading),
        load_default=list,
        validate=validate.Length(max=len(NAMES)),
        metadata=means(
            "What columns mean whose names do not say it: `attended:Nb. adultes`. Once for each; the meanings are "
            f"{', '.join(f'`{name}`' for name in NAMES)}."
        ),
    )


AttendanceReport = LoadedSchema.from_dict(
    counts("AttendanceCounts", COUNTED_KINDS), name="AttendanceReport"
)


@routes.route("/attendance-imports", methods=["POST"])
@routes.access("manager")
@routes.refuses(409, 413, 415)
@routes.doc(
    requestBody={
        "required": True,
        "description": "The bytes of a file: CSV with a header, a workbook (XLSX, XLS) or a JSON list. Each row says "
        "how many came to a meeting (`attended`), to the days of a course (`day 1`, `day 2`…) or to several meetings "
        "of a month (`year`, `month`, `meetings`).",
        "content": SENT,
    }
)
@routes.arguments(AttendanceImportQuery, location="query")
@routes.response(200, AttendanceReport)
def import_file(query: dict[str, Any]) -> dict[str, Any]:
    """Load how many came to what was held before: all good rows, in one transaction; the bad ones are reported.

    Each row becomes a session for which nobody registered, with its meetings and head counts, and is told to
    reporting as any other. Loaded again, a file changes what changed in it and nothing else.
    """
    columns = Columns(NEEDED, _said(query["columns"]))
    source = detect(sent_file(), columns)
    if not isinstance(source, ActivityRows):
        raise NotATable
    moment = now()
    options = Options(
        now=moment,
        season=season_at_hand(moment.astimezone(ZoneInfo(query["timezone"])).date()),
        **{
            name: query[name]
            for name in ("minutes", "programme", "organisation", "place", "timezone", "source")
        },
    )
    try:
        with transaction() as session:
            report = import_attendance(
                session, source, columns, options, counted_by=staff().subject
            )
            if query["dry_run"]:
                session.rollback()
    except IntegrityError:
        raise Interfered from None
    return loaded(report, source.format, dry_run=query["dry_run"])


def _said(columns: list[str]) -> dict[str, str]:
    """Meanings by heading."""
    pairs = (said.partition(":") for said in columns)
    return {heading.strip(): meaning for meaning, _, heading in pairs}
