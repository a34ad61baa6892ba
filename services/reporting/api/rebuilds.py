"""Emptying the figures and filling them again from the events."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from flask import url_for

from services.reporting.broker import REBUILD, hurry
from services.reporting.db import transaction
from services.reporting.operations import rebuilds
from services.reporting.schemas.rebuilds import RebuildSchema, RebuildStarted
from shared.db import after_commit
from shared.web.routes import Routes

routes = Routes("rebuild", __name__, url_prefix="/v1/rebuild")

_STAFF = ("operator", "manager")


@routes.route("", methods=["POST"])
@routes.access(*_STAFF)
@routes.refuses(409)
@routes.response(
    202,
    RebuildStarted,
    headers={
        "Location": {
            "description": "Where to follow it.",
            "schema": {"type": "string", "format": "uri-reference"},
        }
    },
)
def start() -> tuple[dict[str, Any], dict[str, str]]:
    """Rebuild every figure from the events; the old ones answer until the new ones are whole."""
    with transaction() as session:
        rebuild_id = rebuilds.start_rebuild(session)
        after_commit(session, partial(hurry, REBUILD, rebuild_id))
    return {"id": rebuild_id}, {"Location": url_for("rebuild.shown", rebuild_id=rebuild_id)}


@routes.route("/<uuid:rebuild_id>")
@routes.access(*_STAFF)
@routes.refuses(404)
@routes.response(200, RebuildSchema)
def shown(rebuild_id: UUID) -> dict[str, Any]:
    """How a rebuild goes, or went."""
    with transaction() as session:
        found = rebuilds.find_rebuild(session, rebuild_id)
    lasted = (found.finished_at or datetime.now(UTC)) - found.started_at
    return {
        "id": found.id,
        "status": found.status,
        "events": found.events,
        "seconds": round(lasted.total_seconds(), 3),
        "error": found.error,
    }
