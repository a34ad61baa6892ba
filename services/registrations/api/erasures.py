"""Forgetting people, and the receipt that says what was removed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, url_for

from services.registrations.api.caller import actor
from services.registrations.db import transaction
from services.registrations.operations.people import retention
from services.registrations.operations.people.erase import erase
from services.registrations.operations.people.receipts import Receipt, find_receipt
from services.registrations.operations.staff import audit
from services.registrations.schemas.erasures import ReceiptSchema, RetentionSchema
from shared.web.pagination import PageQuery, cut, position
from shared.web.routes import Routes, staff

routes = Routes("erasures", __name__, url_prefix="/v1")


@routes.route("/retention")
@routes.access("manager")
@routes.arguments(PageQuery, location="query")
@routes.response(200, RetentionSchema)
def due(query: dict[str, Any]) -> dict[str, Any]:
    """Who would be forgotten by itself now, the longest without contact first. Asking erases nobody."""
    after = position(query["cursor"], datetime.fromisoformat, UUID)
    months: int = current_app.extensions["arceaux.retention_months"]
    before = retention.last_day_kept(months)
    with transaction() as session:
        rows = retention.list_due(
            session,
            before,
            after=(after[0], after[1]) if after else None,
            limit=query["limit"] + 1,
        )
        total = retention.count_due(session, before)
        audit.record(session, actor(), "read", "retention")
    items, following = cut(rows, query["limit"], lambda row: (row.last_contact_at, row.id))
    return {
        "months": months,
        "before": before,
        "total": total,
        "items": items,
        "next": following,
    }


@routes.route("/participants/<uuid:participant_id>", methods=["DELETE"])
@routes.access("manager")
@routes.refuses(404)
@routes.response(
    202,
    ReceiptSchema,
    headers={
        "Location": {
            "description": "The receipt.",
            "schema": {"type": "string", "format": "uri-reference"},
        }
    },
)
def erase_one(participant_id: UUID) -> tuple[Receipt, dict[str, str]]:
    """Forget a person, here at once and in the other services soon after: their places to come are given on."""
    with transaction() as session:
        erasure = erase(session, participant_id, by=staff().subject)
        audit.record(
            session, actor(), "erase", "participant", participant_id, participant=participant_id
        )
        receipt = find_receipt(session, erasure.id)
    return receipt, {"Location": url_for("erasures.shown", erasure_id=receipt.id)}


@routes.route("/erasures/<uuid:erasure_id>")
@routes.access("manager")
@routes.refuses(404)
@routes.response(200, ReceiptSchema)
def shown(erasure_id: UUID) -> Receipt:
    """What was removed in each service; complete when all have answered."""
    with transaction() as session:
        receipt = find_receipt(session, erasure_id)
        audit.record(session, actor(), "read", "erasure", erasure_id)
    return receipt
