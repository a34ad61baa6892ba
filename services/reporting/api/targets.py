"""What is to be reached in a year."""

from typing import Any

from services.reporting.db import transaction
from services.reporting.operations import targets
from services.reporting.schemas.targets import TargetList, TargetQuery, TargetsRequest
from shared.web.routes import Routes

routes = Routes("targets", __name__, url_prefix="/v1/targets")


@routes.route("")
@routes.access("adviser", "manager", "operator")
@routes.arguments(TargetQuery, location="query")
@routes.response(200, TargetList)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The targets of a year; `GET /v1/indicators` holds the figures of that year against them."""
    with transaction() as session:
        return {"items": targets.list_targets(session, query["year"]), "next": None}


@routes.route("", methods=["PUT"])
@routes.access("manager")
@routes.arguments(TargetsRequest)
@routes.response(200, TargetList)
def put(body: dict[str, Any]) -> dict[str, Any]:
    """All targets of a year, instead of those there were."""
    with transaction() as session:
        targets.replace_targets(session, body["year"], body["items"])
        return {"items": targets.list_targets(session, body["year"]), "next": None}
