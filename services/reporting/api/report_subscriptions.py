"""Standing orders for reports."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.reporting.db import transaction
from services.reporting.operations import subscriptions
from services.reporting.subscribing import SubscriptionRequest, SubscriptionSchema
from shared.web.pagination import PageQuery, cut, page_of, position
from shared.web.routes import Routes

routes = Routes("report-subscriptions", __name__, url_prefix="/v1/report-subscriptions")


@routes.route("")
@routes.access("adviser", "manager", "operator")
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(SubscriptionSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """What sets off reports, which, in which formats, and who is told."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = subscriptions.list_subscriptions(
            session, after=after[0] if after else None, limit=query["limit"] + 1
        )
    page, following = cut(rows, query["limit"], lambda order: (order.id,))
    return {"items": page, "next": following}


@routes.route("", methods=["POST"])
@routes.access("manager")
@routes.arguments(SubscriptionRequest)
@routes.response(201, SubscriptionSchema)
def subscribe(body: dict[str, Any]) -> Any:
    """Have a report written whenever something happens, or by the calendar, from now on; once per cause."""
    with transaction() as session:
        return subscriptions.subscribe(session, now=datetime.now(UTC), **body)


@routes.route("/<uuid:subscription_id>", methods=["DELETE"])
@routes.access("manager")
@routes.refuses(404)
@routes.response(204)
def unsubscribe(subscription_id: UUID) -> None:
    """Have it written no more; reports that were stay."""
    with transaction() as session:
        subscriptions.unsubscribe(session, subscription_id)
