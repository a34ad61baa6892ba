"""Webhooks of web clients: what is posted to them, as Standard Webhooks has it, and the log of it."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app

from services.registrations.api.caller import actor
from services.registrations.db import transaction
from services.registrations.models import Delivery, Webhook
from services.registrations.operations.clients import webhooks
from services.registrations.operations.staff import audit
from services.registrations.schemas.clients import (
    DeliveriesReplayedSchema,
    DeliveriesReplayRequest,
    DeliveryQuery,
    DeliverySchema,
    WebhookChange,
    WebhookQuery,
    WebhookRequest,
    WebhookSchema,
    WebhookSecretSchema,
)
from services.registrations.webhooks import may_be_public
from shared.errors import invalid
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes

routes = Routes("webhooks", __name__, url_prefix="/v1/webhooks")
PRIVATE = "arceaux.webhooks_private"


@routes.route("")
@routes.access("manager", "operator")
@routes.arguments(WebhookQuery, location="query")
@routes.response(200, page_of(WebhookSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The webhooks, in the order of their making."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = webhooks.list_webhooks(
            session,
            client_id=query["client"],
            after=after[0] if after else None,
            limit=query["limit"] + 1,
        )
    items, following = cut(rows, query["limit"], lambda row: (row.id,))
    return {"items": items, "next": following}


@routes.route("", methods=["POST"])
@routes.access("manager", "operator")
@routes.arguments(WebhookRequest)
@routes.response(201, WebhookSecretSchema)
def add(body: dict[str, Any]) -> dict[str, Any]:
    """Have facts posted to an address from now on; the answer holds the secret that signs them."""
    _check(body)
    with transaction() as session:
        webhook = webhooks.add_webhook(session, **body)
        audit.record(session, actor(), "create", "webhook", webhook.id)
        return {"webhook": webhook, "secret": webhook.secret}


@routes.route("/<uuid:webhook_id>", methods=["PATCH"])
@routes.access("manager", "operator")
@routes.refuses(404)
@routes.arguments(WebhookChange)
@routes.response(200, WebhookSchema)
def change(body: dict[str, Any], webhook_id: UUID) -> Webhook:
    """Change its address or types, stop it, or let it go on: what waited is then posted."""
    _check(body)
    with transaction() as session:
        audit.record(session, actor(), "change", "webhook", webhook_id)
        return webhooks.change_webhook(session, webhook_id, body)


@routes.route("/<uuid:webhook_id>", methods=["DELETE"])
@routes.access("manager", "operator")
@routes.refuses(404)
@routes.response(204)
def remove(webhook_id: UUID) -> None:
    """Forget it, with the log of its deliveries."""
    with transaction() as session:
        audit.record(session, actor(), "remove", "webhook", webhook_id)
        webhooks.remove_webhook(session, webhook_id)


@routes.route("/<uuid:webhook_id>/secret", methods=["POST"])
@routes.access("manager", "operator")
@routes.refuses(404)
@routes.response(200, WebhookSecretSchema)
def renew_secret(webhook_id: UUID) -> dict[str, Any]:
    """A new secret; for 24 hours both sign."""
    with transaction() as session:
        audit.record(session, actor(), "renew-secret", "webhook", webhook_id)
        webhook = webhooks.renew_secret(session, webhook_id)
        return {"webhook": webhook, "secret": webhook.secret}


@routes.route("/<uuid:webhook_id>/ping", methods=["POST"])
@routes.access("manager", "operator")
@routes.refuses(404, 409)
@routes.response(202, DeliverySchema)
def ping(webhook_id: UUID) -> Delivery:
    """Post a `webhook.ping`, to see in the log whether the address works."""
    with transaction() as session:
        audit.record(session, actor(), "ping", "webhook", webhook_id)
        return webhooks.ping(session, webhook_id)


@routes.route("/<uuid:webhook_id>/deliveries")
@routes.access("manager", "operator")
@routes.refuses(404)
@routes.arguments(DeliveryQuery, location="query")
@routes.response(200, page_of(DeliverySchema))
def deliveries(query: dict[str, Any], webhook_id: UUID) -> dict[str, Any]:
    """What was posted, or is going to be, newest first, with every attempt; kept for 30 days."""
    before = position(query["cursor"], UUID)
    with transaction() as session:
        rows = webhooks.list_deliveries(
            session,
            webhook_id,
            status=query["status"],
            before=before[0] if before else None,
            limit=query["limit"] + 1,
        )
    items, following = cut(rows, query["limit"], lambda row: (row.id,))
    return {"items": items, "next": following}


@routes.route("/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay", methods=["POST"])
@routes.access("manager", "operator")
@routes.refuses(404)
@routes.response(202, DeliverySchema)
def replay(webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Post one delivery again, under its old id."""
    with transaction() as session:
        audit.record(session, actor(), "replay", "webhook", webhook_id)
        return webhooks.replay(session, webhook_id, delivery_id)


@routes.route("/<uuid:webhook_id>/replay", methods=["POST"])
@routes.access("manager", "operator")
@routes.refuses(404)
@routes.arguments(DeliveriesReplayRequest)
@routes.response(202, DeliveriesReplayedSchema)
def replay_failed(body: dict[str, Any], webhook_id: UUID) -> dict[str, int]:
    """Post again all that failed for good since a time: for a receiver that was away for days."""
    with transaction() as session:
        audit.record(session, actor(), "replay", "webhook", webhook_id)
        return {"replayed": webhooks.replay_failed(session, webhook_id, body["since"])}


def _check(body: dict[str, Any]) -> None:
    """Say at once what posting would refuse later. Where a name leads is only known then."""
    if "url" not in body:
        return
    parts = urlsplit(body["url"])
    if parts.username is not None:
        raise invalid(
            "url",
            "No user name or password: who posts is known by the signature.",
            "Sans nom ni mot de passe : la signature dit qui envoie.",
        )
    if current_app.extensions[PRIVATE]:
        return
    if parts.scheme != "https":
        raise invalid("url", "Only https:// addresses.", "Seulement des adresses en https://.")
    if not may_be_public(parts.hostname or ""):
        raise invalid(
            "url",
            "Not a public address of the Internet.",
            "Cette adresse n’est pas une adresse publique d’Internet.",
        )
