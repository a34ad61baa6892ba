"""The advisers' call list."""

from typing import Any
from uuid import UUID

from services.registrations.api.caller import DESK, actor, scope
from services.registrations.db import transaction
from services.registrations.models import Call
from services.registrations.operations.held import calls
from services.registrations.operations.staff import audit
from services.registrations.schemas.calls import CallDoneRequest, CallQuery, CallSchema
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes, staff

routes = Routes("calls", __name__, url_prefix="/v1/calls")


@routes.route("")
@routes.access(*DESK)
@routes.arguments(CallQuery, location="query")
@routes.response(200, page_of(CallSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """People to call because they stopped coming, the longest on the list first."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = calls.list_calls(
            session,
            scope(),
            is_open=query["open"],
            after=after[0] if after else None,
            limit=query["limit"] + 1,
        )
        audit.record(session, actor(), "read", "calls")
    items, following = cut(rows, query["limit"], lambda call: (call.id,))
    return {"items": items, "next": following}


@routes.route("/<uuid:call_id>/done", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.arguments(CallDoneRequest)
@routes.response(200, CallSchema)
def done(body: dict[str, Any], call_id: UUID) -> Call:
    """Someone called: what came of it. Who was not reached comes back on the list with their next absence."""
    with transaction() as session:
        call = calls.settle_call(
            session,
            call_id,
            outcome=body["outcome"],
            note=body["note"],
            done_by=staff().subject,
            scope=scope(),
        )
        whose = call.registration.participant_id
        audit.record(session, actor(), "settle", "call", call_id, participant=whose)
        return call
