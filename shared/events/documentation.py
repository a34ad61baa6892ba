"""The catalogue as documents: a page for people, and JSON Schemas for programs.

Made from the catalogue and the subscriptions alone, so that they cannot say anything else.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import fields, validate

from shared.events.catalogue import CATALOGUE, EventSchema
from shared.events.subscriptions import SUBSCRIPTIONS, UNHEARD, subscribers_of

Examples = Mapping[tuple[str, int], Mapping[str, Any]]

_INTRODUCTION = """\
# Events

What the services tell each other. Each event is a fact: it happened, it is told once in effect to every service that
listens, and it is never taken back; a correction is another fact. Within a version no field is removed or changes its
type; a listener ignores fields and types it does not know.

This page is written by `python -m docs.generate` from `shared/events/`. [asyncapi.json](asyncapi.json) says the same to
programs.
"""

_ENVELOPE = """\
## The envelope

Every event travels as a CloudEvent 1.0 in
[structured JSON](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).

| attribute | meaning |
| --- | --- |
| `specversion` | `1.0` |
| `id` | UUIDv7 of this event; with `source` it is unique |
| `type` | what happened: one of the types on this page |
| `source` | who says it: `urn:arceaux:` and the service |
| `subject` | id of the thing it is about |
| `time` | when it happened, RFC 3339 |
| `datacontenttype` | `application/json` |
| `dataschema` | `urn:arceaux:event:`, the type, `:` and the version of `data` |
| `position` | place in the source's log, from 1 without gaps (extension) |
| `traceparent` | [W3C trace context](https://www.w3.org/TR/trace-context/) of the work that caused it (extension) |
| `data` | what is told: see each type |
"""

_WORDS: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.UUID, "UUID"),
    (fields.AwareDateTime, "time"),
    (fields.Date, "day"),
    (fields.Boolean, "true or false"),
    (fields.Integer, "whole number"),
    (fields.String, "text"),
    (fields.Nested, "object"),
)


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """One field of an event, as people read of it; ``path`` is like ``meetings[].room``."""

    path: str
    kind: str
    meaning: str


def events_markdown(examples: Examples) -> str:
    """The page on all events; ``examples`` holds an envelope for each type and version."""
    parts = [_INTRODUCTION, _overview(), _ENVELOPE]
    for source in SUBSCRIPTIONS:
        told = [schema for schema in CATALOGUE.values() if schema.source == source]
        parts.append(f"## Told by {source}\n")
        parts += [_section(schema, examples[schema.event_type, schema.version]) for schema in told]
    return "\n".join(parts)


def payload_schemas() -> dict[str, dict[str, Any]]:
    """A JSON Schema of the data of every event, and of the objects within, by component name."""
    spec = APISpec("", "", "3.1.0", plugins=[MarshmallowPlugin()])
    for schema in CATALOGUE.values():
        spec.components.schema(payload_name(schema), schema=schema)
    schemas: dict[str, dict[str, Any]] = spec.to_dict()["components"]["schemas"]
    for schema in CATALOGUE.values():
        schemas[payload_name(schema)]["description"] = summary(schema)
    return schemas


def payload_name(schema: type[EventSchema]) -> str:
    """The component name of the data of ``schema``: ``SessionPublished.v1``."""
    return f"{schema.__name__}.v{schema.version}"


def summary(schema: type[EventSchema]) -> str:
    """What the event says, in the words of the catalogue."""
    return " ".join((inspect.getdoc(schema) or "").replace("``", "`").split())


def describe(schema: ma.Schema, path: str = "") -> Iterator[FieldDescription]:
    """Every field of ``schema``, those of nested objects after the one that holds them."""
    for name, field in schema.fields.items():
        here = f"{path}{name}"
        yield FieldDescription(here, _kind(field), _meaning(field))
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            mark = "[]." if inner is not field else "."
            yield from describe(inner.schema, here + mark)


def _overview() -> str:
    lines = [
        "## Who says what to whom\n",
        "| event | told by | heard by | what it says |",
        "| --- | --- | --- | --- |",
    ]
    for schema in CATALOGUE.values():
        anchor = schema.event_type.replace(".", "")
        name = f"[`{schema.event_type}`](#{anchor})"
        name += " **personal**" if schema.personal else ""
        heard = ", ".join(_listeners(schema)) or "nobody here"
        lines.append(f"| {name} | {schema.source} | {heard} | {summary(schema)} |")
    lines.append(
        "\nA listener gets its own types and no others, from its queue and from the feed alike. Only events"
        " marked **personal** hold a name, a contact or a secret; reporting hears none of them.\n"
    )
    return "\n".join(lines)


def _section(schema: type[EventSchema], example: Mapping[str, Any]) -> str:
    listeners = _listeners(schema)
    heard = (
        f"Heard by {' and '.join(f'**{name}**' for name in listeners)}."
        if listeners
        else f"Heard by no service: {UNHEARD[schema.event_type]}."
    )
    personal = " **Personal**: never sent to reporting." if schema.personal else ""
    rows = [f"| `{one.path}` | {one.kind} | {one.meaning} |" for one in describe(schema.instance())]
    return "\n".join(
        [
            f"### {schema.event_type}\n",
            f"{summary(schema)}\n",
            f"Version {schema.version}. The subject is `{schema.subject_field}`. {heard}{personal}\n",
            "| field | type | meaning |",
            "| --- | --- | --- |",
            *rows,
            "\n<details><summary>Example</summary>\n",
            "```json",
            json.dumps(example, ensure_ascii=False, indent=2),
            "```\n",
            "</details>\n",
        ]
    )


def _listeners(schema: type[EventSchema]) -> list[str]:
    subscribers = subscribers_of(schema.source)
    return [name for name, types in subscribers.items() if schema.event_type in types]


def _kind(field: fields.Field[Any]) -> str:
    if isinstance(field, fields.List):
        kind = f"list of {_kind(field.inner)}s".replace("texts", "text")
    else:
        kind = next(word for known, word in _WORDS if isinstance(field, known))
    return f"{kind} or null" if field.allow_none else kind


def _meaning(field: fields.Field[Any]) -> str:
    says = [field.metadata["description"]]
    for check in field.validators:
        if isinstance(check, validate.OneOf):
            choices = [f"`{choice}`" for choice in check.choices if choice is not None]
            says.append(f"One of {', '.join(choices)}.")
    return " ".join(says)
