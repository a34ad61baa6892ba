"""The trail of what staff did with people's data."""

from typing import Any

from services.registrations.api.caller import actor
from services.registrations.db import transaction
from services.registrations.operations.staff import audit
from services.registrations.schemas.audit import AuditQuery, AuditSchema
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes

routes = Routes("audit", __name__, url_prefix="/v1")


@routes.route("/audit")
@routes.access("manager", "operator")
@routes.arguments(AuditQuery, location="query")
@routes.response(200, page_of(AuditSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Who did what with people's data, newest first; looking at it is on record too."""
    before = position(query["cursor"], _number)
    with transaction() as session:
        rows = audit.list_entries(
            session,
            participant=query["participant"],
            subject=query["staff"],
            verb=query["verb"],
            since=query["since"],
            until=query["until"],
            before=before[0] if before else None,
            limit=query["limit"] + 1,
        )
        audit.record(session, actor(), "read", "audit", participant=query["participant"])
    items, following = cut(rows, query["limit"], lambda entry: (entry.id,))
    return {"items": items, "next": following}


def _number(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError
    return number
