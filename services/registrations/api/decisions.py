"""Sessions with a minimum: which are to be decided upon, and what was decided."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.registrations.api.caller import STAFF, actor, organisation_limit
from services.registrations.db import transaction
from services.registrations.models import Session
from services.registrations.operations.offer import form
from services.registrations.operations.staff import audit
from services.registrations.schemas.sessions import DecisionRequest, SessionSchema
from shared.web.pagination import PageQuery, cut, page_of, position
from shared.web.routes import Routes

routes = Routes("decisions", __name__, url_prefix="/v1/sessions")


@routes.route("/to-decide")
@routes.access(*STAFF)
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(SessionSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Sessions with too few people whose day of decision has come; facilitators see their organisation's."""
    after = position(query["cursor"], datetime.fromisoformat, UUID)
    with transaction() as session:
        rows = form.sessions_to_decide(
            session,
            organisation=organisation_limit(),
            after=(after[0], after[1]) if after else None,
            limit=query["limit"] + 1,
        )
    items, following = cut(rows, query["limit"], lambda row: (row.decide_by, row.id))
    return {"items": items, "next": following}


@routes.route("/<uuid:session_id>/decide", methods=["POST"])
@routes.access("manager", "facilitator")
@routes.refuses(404, 409)
@routes.arguments(DecisionRequest)
@routes.response(200, SessionSchema)
def decide(body: dict[str, Any], session_id: UUID) -> Session:
    """Hold it with fewer people, wait for more, or cancel it; everyone registered is told. Before the day too."""
    organisation = organisation_limit()
    with transaction() as session:
        audit.record(session, actor(), "decide", "session", session_id)
        match body["decision"]:
            case "hold":
                return form.hold_session(session, session_id, organisation=organisation)
            case "extend":
                until = body["until"]
                return form.extend_decision(session, session_id, until, organisation=organisation)
            case _:
                return form.give_up_session(session, session_id, organisation=organisation)
