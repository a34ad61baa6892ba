"""Web clients: other people's programs, with keys and limits of their own, kept by managers."""

from typing import Any
from uuid import UUID

from services.registrations.api.caller import actor
from services.registrations.db import transaction
from services.registrations.models import WebClient
from services.registrations.operations.clients import holders as clients
from services.registrations.operations.staff import audit
from services.registrations.schemas.clients import (
    WebClientChange,
    WebClientKeySchema,
    WebClientRequest,
    WebClientSchema,
)
from shared.web.pagination import PageQuery, cut, page_of, position
from shared.web.rates import Client
from shared.web.routes import Routes

routes = Routes("clients", __name__, url_prefix="/v1/clients")


def client_of(key: str) -> Client:
    """Whose API key this is: what the guard of a route asks.

    Raises:
        UnknownKey: nobody's, or not any more.
    """
    with transaction() as session:
        client = clients.client_of(session, key)
        return Client(client.id, client.rate)


@routes.route("")
@routes.access("manager", "operator")
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(WebClientSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The web clients, in the order of their making."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = clients.list_clients(
            session, after=after[0] if after else None, limit=query["limit"] + 1
        )
    items, following = cut(rows, query["limit"], lambda row: (row.id,))
    return {"items": items, "next": following}


@routes.route("", methods=["POST"])
@routes.access("manager", "operator")
@routes.refuses(409)
@routes.arguments(WebClientRequest)
@routes.response(201, WebClientKeySchema)
def add(body: dict[str, Any]) -> dict[str, Any]:
    """Make a web client; the answer holds its key, which is not shown again."""
    with transaction() as session:
        client, key = clients.add_client(session, **body)
        audit.record(session, actor(), "create", "client", client.id)
        return {"client": client, "key": key}


@routes.route("/<uuid:client_id>", methods=["PATCH"])
@routes.access("manager", "operator")
@routes.refuses(404)
@routes.arguments(WebClientChange)
@routes.response(200, WebClientSchema)
def change(body: dict[str, Any], client_id: UUID) -> WebClient:
    """Change its name or limit, keep it out at once, or let it in again."""
    with transaction() as session:
        audit.record(session, actor(), "change", "client", client_id)
        return clients.change_client(session, client_id, body)


@routes.route("/<uuid:client_id>/key", methods=["POST"])
@routes.access("manager", "operator")
@routes.refuses(404)
@routes.response(200, WebClientKeySchema)
def renew_key(client_id: UUID) -> dict[str, Any]:
    """A new key; the one before is good for another 24 hours, unless it is renewed again."""
    with transaction() as session:
        audit.record(session, actor(), "renew-key", "client", client_id)
        client, key = clients.renew_key(session, client_id)
        return {"client": client, "key": key}
