"""What was told to whom, how that went, and putting it right: sent again, another way, or not at all."""

from typing import Any
from uuid import UUID

from services.notifications.api.caller import actor, scope
from services.notifications.broker import hurry_after_commit
from services.notifications.db import transaction
from services.notifications.domain.channels import Channel
from services.notifications.domain.states import Status
from services.notifications.models import Notification
from services.notifications.operations import audit, listing, repair
from services.notifications.schemas import (
    NotificationQuery,
    NotificationSchema,
    ResendRequest,
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
    """Messages with their attempts, the newest first; of discreet programmes those that one advises."""
    before = position(query["cursor"], UUID)
    filters = {
        "registration_id": query["registration"],
        "participant_id": query["participant"],
        "session_id": query["session"],
        "status": query["status"],
        "channel": query["channel"],
        "kind": query["kind"],
    }
    with transaction() as session:
        rows = listing.list_notifications(
            session,
            scope(),
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
        return listing.find(session, notification_id, scope())


@routes.route("/<uuid:notification_id>/retry", methods=["POST"])
@routes.access(*_STAFF)
@routes.refuses(404, 409)
@routes.response(200, NotificationSchema)
def retry(notification_id: UUID) -> Notification:
    """Send a message again that failed, or whose fate is unknown: the person may then get it twice."""
    with transaction() as session:
        notification = repair.retry(session, notification_id, scope())
        audit.record(session, actor(), "retry", [notification.id])
        hurry_after_commit(session, [notification.id])
    return notification


@routes.route("/<uuid:notification_id>/cancel", methods=["POST"])
@routes.access(*_STAFF)
@routes.refuses(404, 409)
@routes.response(200, NotificationSchema)
def cancel(notification_id: UUID) -> Notification:
    """Take back a message that has not left. Said again, nothing changes."""
    with transaction() as session:
        notification = repair.cancel(session, notification_id, scope())
        audit.record(session, actor(), "cancel", [notification.id])
    return notification


@routes.route("/<uuid:notification_id>/resend", methods=["POST"])
@routes.access(*_STAFF)
@routes.refuses(404, 409)
@routes.arguments(ResendRequest)
@routes.response(200, NotificationSchema)
def resend(body: dict[str, Any], notification_id: UUID) -> Notification:
    """Tell the same by another channel, and by no other: what was mailed and not seen is called about, or posted.

    What the person does not want, or what cannot reach them in time, is refused.
    """
    with transaction() as session:
        notification = repair.resend(session, notification_id, Channel(body["channel"]), scope())
        audit.record(session, actor(), "resend", [notification.id])
        if notification.status == Status.QUEUED:
            hurry_after_commit(session, [notification.id])
    return notification
