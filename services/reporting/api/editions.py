"""What was issued: it never changes, and can be had in other formats and languages."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import url_for

from services.reporting.api.report_jobs import shown_job
from services.reporting.broker import RUN_JOB, hurry
from services.reporting.db import transaction
from services.reporting.operations import editions, jobs
from services.reporting.schemas.editions import EditionFilesRequest, EditionQuery, EditionSchema
from services.reporting.schemas.report_jobs import ReportJobSchema
from shared.db import after_commit
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes

routes = Routes("editions", __name__, url_prefix="/v1/editions")

_STAFF = ("adviser", "manager", "operator")


@routes.route("")
@routes.access(*_STAFF)
@routes.arguments(EditionQuery, location="query")
@routes.response(200, page_of(EditionSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Editions, the newest first."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = editions.list_editions(
            session,
            report=query["report"],
            audience=query["audience"],
            before=after[0] if after else None,
            limit=query["limit"] + 1,
        )
    page, following = cut(rows, query["limit"], lambda edition: (edition.id,))
    return {"items": page, "next": following}


@routes.route("/<uuid:edition_id>")
@routes.access(*_STAFF)
@routes.refuses(404)
@routes.response(200, EditionSchema)
def shown(edition_id: UUID) -> Any:
    """An edition: what it answers, when, knowing which events, and the hash of what it says."""
    with transaction() as session:
        return editions.find_edition(session, edition_id)


@routes.route("/<uuid:edition_id>/files", methods=["POST"])
@routes.access(*_STAFF)
@routes.refuses(404)
@routes.arguments(EditionFilesRequest)
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
def ask_for_files(body: dict[str, Any], edition_id: UUID) -> tuple[dict[str, Any], dict[str, str]]:
    """Have files made of this very edition, in other formats or the other language. Nothing is counted again."""
    with transaction() as session:
        edition = editions.find_edition(session, edition_id)
        job_id = jobs.queue_job(
            session,
            report=edition.report,
            parameters=edition.parameters,
            formats=list(dict.fromkeys(body["formats"])),
            language=body["language"],
            audience=edition.audience,
            edition_id=edition.id,
        )
        assert job_id is not None  # noqa: S101 - without a cause there is no conflict
        after_commit(session, partial(hurry, RUN_JOB, job_id))
        job = shown_job(jobs.find_job(session, job_id))
    return job, {"Location": url_for("reports.shown", job_id=job_id)}
