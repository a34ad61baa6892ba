"""What is posted to webhooks, for the OpenAPI document: from the same catalogue as the facts themselves."""

import json
from collections.abc import Iterator
from typing import Any

from services.registrations.webhooks import EVENTS, PING, told_fields
from shared.events.catalogue import CATALOGUE, EventSchema
from shared.events.documentation import payload_name, payload_schemas, summary

_REF = "#/components/schemas/"
_HEADERS = {
    "webhook-id": "The same for every attempt at one message: whoever has it already has had it.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970: refuse old ones.",
    "webhook-signature": "`v1,` and HMAC-SHA256 of `id.timestamp.body`; several while a secret is renewed.",
}
_ANSWERS = {
    "2XX": {"description": "It was taken."},
    "410": {"description": "There is nobody here any more: nothing more is posted."},
    "default": {"description": "It was not taken, and is posted again later."},
}


def described_webhooks() -> tuple[dict[str, Any], dict[str, Any]]:
    """The ``webhooks`` of an OpenAPI 3.1 document, and the component schemas that they refer to."""
    known = payload_schemas()
    webhooks = {PING: _webhook(PING, "Someone asks whether the address works.", {})}
    needed: set[str] = set()
    for event_type in EVENTS:
        schema = CATALOGUE[event_type, 1]
        data = _data(schema, known)
        needed |= set(_referred(data, known))
        webhooks[event_type] = _webhook(event_type, summary(schema), data)
    components = {_renamed(name): _with_new_names(known[name]) for name in sorted(needed)}
    return _with_new_names(webhooks), components


def _data(schema: type[EventSchema], known: dict[str, Any]) -> dict[str, Any]:
    whole = known[payload_name(schema)]["properties"]
    properties = {name: whole[name] for name in told_fields(schema.event_type, whole)}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _webhook(event_type: str, says: str, data: dict[str, Any]) -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": event_type},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data or {"type": "object"},
        },
    }
    headers = [
        {
            "name": name,
            "in": "header",
            "required": True,
            "description": meaning,
            "schema": {"type": "string"},
        }
        for name, meaning in _HEADERS.items()
    ]
    posted = {
        "summary": says,
        "tags": ["posted to webhooks"],
        "parameters": headers,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": _ANSWERS,
    }
    return {"post": posted}


def _referred(part: Any, known: dict[str, Any]) -> Iterator[str]:
    """The components that ``part`` refers to, and those that they refer to."""
    if isinstance(part, list):
        for one in part:
            yield from _referred(one, known)
    elif isinstance(part, dict):
        if "$ref" in part:
            name = part["$ref"].removeprefix(_REF)
            yield name
            yield from _referred(known[name], known)
        yield from _referred(list(part.values()), known)


def _renamed(name: str) -> str:
    # Things of the API have the names of the things in facts.
    return f"Told{name}"


def _with_new_names(part: Any) -> Any:
    return json.loads(json.dumps(part).replace(f'"{_REF}', f'"{_REF}{_renamed("")}'))
