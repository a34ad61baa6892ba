"""What was told to whom, how that went, and sending it again."""

from typing import Any
from uuid import UUID

from services.notifications.broker import hurry_after_commit
from services.notifications.db import transaction
from services.notifications.models import Notification
from services.notifications.operations import listing
from services.notifications.operations.retry import retry
from services.notifications.schemas import (
    NotificationQuery,
    NotificationSchema,
    SummaryQuery,
    SummarySchema,
)
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes

routes = Routes("notifications", __name__, url_prefix="/v1/notifications")

_STAFF = ("adviser", "manager", "operator")


@routes.route("")
@routes.access(*_STAFF)
@routes.arguments(NotificationQuery, location="query")
@routes.response(200, page_of(NotificationSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Messages with their attempts, the newest first."""
    before = position(query["cursor"], UUID)
    filters = {
        "registration_id": query["registration"],
        "participant_id": query["participant"],
        "status": query["status"],
        "channel": query["channel"],
        "kind": query["kind"],
    }
    with transaction() as session:
        rows = listing.list_notifications(
            session,
            filters=filters,
            since=query["since"],
            before=before[0] if before else None,
            limit=query["limit"] + 1,
        )
    items, following = cut(rows, query["limit"], lambda row: (row.id,))
    return {"items": items, "next": following}


@routes.route("/summary")
@routes.access(*_STAFF)
@routes.arguments(SummaryQuery, location="query")
@routes.response(200, SummarySchema)
def summary(query: dict[str, Any]) -> dict[str, Any]:
    """How many messages there are of each kind, by channel and state."""
    with transaction() as session:
        items = listing.summarise(session, since=query["since"])
    return {"total": sum(item["count"] for item in items), "items": items}


@routes.route("/<uuid:notification_id>")
@routes.access(*_STAFF)
@routes.refuses(404)
@routes.response(200, NotificationSchema)
def shown(notification_id: UUID) -> Notification:
    """One message with every attempt."""
    with transaction() as session:
        return listing.find(session, notification_id)


@routes.route("/<uuid:notification_id>/retry", methods=["POST"])
@routes.access(*_STAFF)
@routes.refuses(404, 409)
@routes.response(200, NotificationSchema)
def retry_one(notification_id: UUID) -> Notification:
    """Send a message again that failed, or whose fate is unknown: the person may then get it twice."""
    with transaction() as session:
        notification = retry(session, notification_id)
        hurry_after_commit(session, [notification.id])
    return notification
