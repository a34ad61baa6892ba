"""The arches as an AsyncAPI 3 document: queues, feeds, who sends and who receives what.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.events.catalogue import CATALOGUE, EventSchema
from shared.events.documentation import payload_name, payload_schemas, summary
from shared.events.subscriptions import SUBSCRIPTIONS, subscribers_of
from shared.messaging.celery import events_queue, receive_task

_CLOUDEVENT = "application/cloudevents+json"
_FEED_PATH = "/v1/events"
_PORTS = {"registrations": 8001, "notifications": 8002, "reporting": 8003}

_QUEUE = (
    "One Celery task per batch, sent to this queue directly. `source` is the service whose log the events"
    " are from; `after` the position of the event that precedes the batch for this subscriber; `events` the"
    " batch, in order, each like one of the messages of this channel. What lies at or before the"
    " subscriber's cursor is a duplicate; an `after` past it is a gap, to be fetched from the source's feed."
)
_FEED = (
    'The event log in order, as pages `{"items": [event, …], "next": …}`. Each service is given the types it'
    " subscribes to, an operator all of them, without what is personal. The log is the truth: the queues only"
    " make it quick."
)


def asyncapi() -> dict[str, Any]:
    """The document on all queues, feeds and events."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Arceaux · events",
            "version": "v1",
            "description": "What registrations, notifications and reporting tell each other. "
            "Each event is handled exactly once in effect, whatever the wire does.",
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": _CLOUDEVENT,
        "servers": _servers(),
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": {_key(schema): _message(schema) for schema in CATALOGUE.values()},
            "schemas": {"CloudEvent": _envelope(), **payload_schemas()},
            "securitySchemes": {
                "service": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _servers() -> dict[str, Any]:
    broker = {
        "host": "127.0.0.1:6379",
        "protocol": "redis",
        "description": "The wire: a broker that speaks Redis' protocol. It may be lost and lose nothing.",
    }
    feeds = {
        service: {
            "host": f"127.0.0.1:{port}",
            "protocol": "http",
            "description": f"The web process of {service}.",
            "security": [{"$ref": "#/components/securitySchemes/service"}],
        }
        for service, port in _PORTS.items()
    }
    return {"broker": broker, **feeds}


def _channels() -> dict[str, Any]:
    queues = {
        events_queue(subscriber): {
            "address": events_queue(subscriber),
            "title": f"Events for {subscriber}",
            "description": _QUEUE,
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": _references(_heard(sources)),
            "x-celery": {
                "task": receive_task(subscriber),
                "arguments": ["source", "after", "events"],
            },
        }
        for subscriber, sources in SUBSCRIPTIONS.items()
        if sources
    }
    feeds = {
        _feed(source): {
            "address": _FEED_PATH,
            "title": f"The event log of {source}",
            "description": _FEED,
            "servers": [{"$ref": f"#/servers/{source}"}],
            "messages": _references(_told(source)),
        }
        for source in SUBSCRIPTIONS
        if _told(source)
    }
    return {**queues, **feeds}


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for source in SUBSCRIPTIONS:
        told = _told(source)
        for subscriber, types in subscribers_of(source).items():
            heard = [schema for schema in told if schema.event_type in types]
            operations[f"{source}.tells.{subscriber}"] = _operation(
                "send",
                events_queue(subscriber),
                heard,
                f"The relay of {source} sends {subscriber} what it subscribes to.",
            )
            operations[f"{subscriber}.reads.{source}"] = _operation(
                "receive",
                _feed(source),
                heard,
                f"{subscriber.capitalize()} fetches from {source} what its queue did not bring.",
                bindings=_feed_binding(),
            )
        if told:
            operations[f"{source}.serves"] = _operation(
                "send",
                _feed(source),
                told,
                f"The web process of {source} answers those who read its log.",
                bindings=_feed_binding(),
            )
    for subscriber, sources in SUBSCRIPTIONS.items():
        if sources:
            operations[f"{subscriber}.hears"] = _operation(
                "receive",
                events_queue(subscriber),
                _heard(sources),
                f"The worker of {subscriber} handles each event once, with its cursor.",
            )
    return dict(sorted(operations.items()))


def _operation(
    action: str,
    channel: str,
    schemas: Iterable[type[EventSchema]],
    says: str,
    *,
    bindings: dict[str, Any] | None = None,
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": says,
        "messages": [
            {"$ref": f"#/channels/{channel}/messages/{_key(schema)}"} for schema in schemas
        ],
    }
    if bindings is not None:
        operation["bindings"] = bindings
    return operation


def _feed_binding() -> dict[str, Any]:
    query = {
        "type": "object",
        "properties": {
            "after": {
                "type": "integer",
                "minimum": 0,
                "description": "Position of the last event known.",
            },
            "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
        },
    }
    return {"http": {"method": "GET", "query": query, "bindingVersion": "0.3.0"}}


def _message(schema: type[EventSchema]) -> dict[str, Any]:
    return {
        "name": schema.event_type,
        "title": f"{schema.event_type}, version {schema.version}",
        "summary": summary(schema),
        "contentType": _CLOUDEVENT,
        "x-personal": schema.personal,
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": schema.event_type},
                        "source": {"const": f"urn:arceaux:{schema.source}"},
                        "dataschema": {
                            "const": f"urn:arceaux:event:{schema.event_type}:{schema.version}"
                        },
                        "data": {"$ref": f"#/components/schemas/{payload_name(schema)}"},
                    },
                },
            ]
        },
    }


def _envelope() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    properties = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "type": text,
        "source": {**text, "format": "uri-reference"},
        "subject": text,
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {**text, "format": "uri"},
        "position": {
            "type": "integer",
            "minimum": 1,
            "description": "Place in the source's log: from 1, without gaps.",
        },
        "traceparent": {"type": "string", "description": "W3C trace context."},
        "data": {"type": "object"},
    }
    optional = {"traceparent", "data"}
    return {
        "type": "object",
        "description": "CloudEvents 1.0 in structured JSON. `data` is left out where an operator reads"
        " what is personal.",
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


def _told(source: str) -> list[type[EventSchema]]:
    return [schema for schema in CATALOGUE.values() if schema.source == source]


def _heard(sources: Mapping[str, frozenset[str]]) -> list[type[EventSchema]]:
    return [
        schema
        for schema in CATALOGUE.values()
        if schema.event_type in sources.get(schema.source, ())
    ]


def _references(schemas: Iterable[type[EventSchema]]) -> dict[str, Any]:
    return {_key(schema): {"$ref": f"#/components/messages/{_key(schema)}"} for schema in schemas}


def _feed(source: str) -> str:
    return f"{source}.feed"


def _key(schema: type[EventSchema]) -> str:
    return f"{schema.event_type}.v{schema.version}"
