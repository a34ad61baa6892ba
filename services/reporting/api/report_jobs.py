"""Reports: which there are, asking for one, following it, fetching its files."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response, stream_with_context, url_for

from services.reporting.api.progress_stream import open_stream
from services.reporting.broker import RUN_JOB, hurry
from services.reporting.db import transaction
from services.reporting.models import ReportJob
from services.reporting.operations import jobs, session_figures
from services.reporting.operations.codes import check_heard_of
from services.reporting.refusals import SessionUnknown
from services.reporting.reports import KINDS
from services.reporting.reports.audiences import audiences_of
from services.reporting.reports.content import ReportKind
from services.reporting.reports.formats import FORMATS
from services.reporting.schemas.report_jobs import (
    ReportDocument,
    ReportJobQuery,
    ReportJobRequest,
    ReportJobSchema,
    ReportKindList,
)
from shared.db import after_commit
from shared.errors import Text, invalid
from shared.web.pagination import cut, page_of, position
from shared.web.problems import request_language
from shared.web.routes import Routes

routes = Routes("reports", __name__, url_prefix="/v1")

# Where in our code it went wrong is in the log.
_OUR_MISTAKE = Text(
    "This report could not be written. The mistake is ours: the log of reporting has it under the job's id.",
    "Ce rapport n'a pas pu être écrit. L'erreur vient de nous : le journal du service des bilans la garde sous "
    "l'identifiant de la demande.",
)
_STAFF = ("adviser", "manager", "operator")
# Of a stream, the document describes each event.
_PROGRESS_EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "const": "progress"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}


def _file_of(media: str, says: str, *, binary: bool = False) -> Callable[[Any], Any]:
    """Document that a file may be of this type, too."""
    schema = {"type": "string", **({"format": "binary"} if binary else {})}
    given: Callable[[Any], Any] = routes.alt_response(
        200, schema=schema, content_type=media, description=says
    )
    return given


@routes.route("/reports")
@routes.access(*_STAFF)
@routes.response(200, ReportKindList)
def kinds() -> dict[str, Any]:
    """The kinds of report, with their parameters and formats."""
    return {"items": [_kind(kind) for kind in KINDS.values()], "next": None}


@routes.route("/report-jobs", methods=["POST"])
@routes.access(*_STAFF)
@routes.arguments(ReportJobRequest)
@routes.response(
    202,
    ReportJobSchema,
    headers={
        "Location": {
            "description": "Where to follow the job.",
            "schema": {"type": "string", "format": "uri-reference"},
        }
    },
)
def create(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Ask for a report. It is written in the background: follow the job, or its stream."""
    with transaction() as session:
        check_heard_of(session, body["parameters"])
        if "session_id" in body["parameters"]:
            try:
                session_figures.describe_session(session, UUID(body["parameters"]["session_id"]))
            except SessionUnknown as unknown:
                raise invalid("parameters.session_id", unknown.text.en, unknown.text.fr) from None
        job_id = jobs.queue_job(session, **body)
        assert job_id is not None  # noqa: S101 - without a cause there is no conflict
        after_commit(session, partial(hurry, RUN_JOB, job_id))
        job = shown_job(jobs.find_job(session, job_id))
    return job, {"Location": url_for("reports.shown", job_id=job_id)}


@routes.route("/report-jobs")
@routes.access(*_STAFF)
@routes.arguments(ReportJobQuery, location="query")
@routes.response(200, page_of(ReportJobSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Report jobs, the newest first."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = jobs.list_jobs(
            session,
            report=query["report"],
            status=query["status"],
            before=after[0] if after else None,
            limit=query["limit"] + 1,
        )
    page, following = cut(rows, query["limit"], lambda job: (job.id,))
    return {"items": [shown_job(job) for job in page], "next": following}


@routes.route("/report-jobs/<uuid:job_id>")
@routes.access(*_STAFF)
@routes.refuses(404)
@routes.response(200, ReportJobSchema)
def shown(job_id: UUID) -> dict[str, Any]:
    """A report job as it stands."""
    return _read(job_id)


@routes.route("/report-jobs/<uuid:job_id>/cancel", methods=["POST"])
@routes.access(*_STAFF)
@routes.refuses(404, 409)
@routes.response(200, ReportJobSchema)
def cancel(job_id: UUID) -> dict[str, Any]:
    """Have a report not written; what is under way stops and leaves no file."""
    with transaction() as session:
        return shown_job(jobs.cancel_job(session, job_id))


@routes.route("/report-jobs/<uuid:job_id>/stream")
@routes.access(*_STAFF)
@routes.refuses(404)
@routes.response(200, _PROGRESS_EVENT, content_type="text/event-stream")
def stream(job_id: UUID) -> Response:
    """The job's progress as server-sent events, until it is done, failed or cancelled, or for a minute.

    Each event is named `progress` and its data is the job, as JSON. When the minute is over, or too many
    streams are open, the stream ends: an EventSource asks again by itself.
    """

    def read() -> dict[str, Any]:
        state: dict[str, Any] = ReportJobSchema().dump(_read(job_id))
        return state

    return Response(
        stream_with_context(open_stream(read(), read)),
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@routes.route("/report-jobs/<uuid:job_id>/files/<string:name>")
@routes.access(*_STAFF)
@routes.refuses(404)
@routes.response(200, ReportDocument)
@_file_of("text/csv", "One of its tables as CSV.")
@_file_of("text/html", "The whole report as a page.")
@_file_of("application/pdf", "The whole report on paper (PDF/UA-1).", binary=True)
@_file_of(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "The whole report as a workbook.",
    binary=True,
)
def file(job_id: UUID, name: str) -> Response:
    """One file of a finished report; as JSON, its whole document."""
    with transaction() as session:
        found = jobs.find_file(session, job_id, name)
        content, mimetype = found.content, found.type
    disposition = f'attachment; filename="{found.name}"'
    return Response(content, content_type=mimetype, headers={"Content-Disposition": disposition})


def _read(job_id: UUID) -> dict[str, Any]:
    with transaction() as session:
        return shown_job(jobs.find_job(session, job_id))


def shown_job(job: ReportJob) -> dict[str, Any]:
    columns = (
        "id",
        "report",
        "parameters",
        "formats",
        "language",
        "audience",
        "edition_id",
        "status",
        "progress",
        "cause",
        "subscription_id",
        "occurrence",
    )
    return {
        **{name: getattr(job, name) for name in columns},
        "files": [
            {
                "name": file.name,
                "type": file.type,
                "size": file.size,
                "sha256": file.sha256,
                "url": url_for("reports.file", job_id=job.id, name=file.name),
            }
            for file in job.files
        ],
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "error": _why(job),
    }


def _why(job: ReportJob) -> str | None:
    """Why it failed, or is tried again, in the reader's language."""
    if job.error is None:
        return None
    said = Text(job.error, job.error_fr) if job.error_fr else _OUR_MISTAKE
    return said.in_language(request_language())


def _kind(kind: ReportKind) -> dict[str, Any]:
    types = {ma.fields.UUID: "uuid", ma.fields.Date: "date"}
    return {
        "report": kind.name,
        "meaning": kind.says,
        "parameters": [
            {
                "name": field.data_key or name,
                "type": types.get(type(field), "text"),
                "required": field.required,
                "description": field.metadata.get("description"),
            }
            for name, field in kind.parameters.fields.items()
        ],
        "formats": list(FORMATS),
        "audiences": list(audiences_of(kind)),
    }
