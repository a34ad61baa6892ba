"""CloudEvents 1.0 in structured JSON: how a fact travels.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from shared.events.catalogue import CATALOGUE

_SOURCE_PREFIX = "urn:arceaux:"
_SCHEMA_PREFIX = "urn:arceaux:event:"


class Unreadable(ValueError):
    """An envelope or its data does not fit its schema."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fact as its listeners get it: ``data`` typed by its schema (UUIDs, aware datetimes)."""

    id: UUID
    type: str
    version: int
    source: str
    subject: str
    time: datetime
    position: int
    traceparent: str | None
    data: dict[str, Any]


class _Envelope(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    specversion = fields.String(required=True, validate=validate.Equal("1.0"))
    id = fields.UUID(required=True)
    type = fields.String(required=True)
    source = fields.String(required=True)
    subject = fields.String(required=True)
    time = fields.AwareDateTime(required=True)
    dataschema = fields.String(required=True)
    traceparent = fields.String(load_default=None, allow_none=True)
    position = fields.Integer(required=True)
    data = fields.Raw(load_default=None)


_ENVELOPE = _Envelope()


def cloudevent(
    *,
    id: UUID,
    type: str,
    version: int,
    source: str,
    subject: str,
    time: datetime,
    position: int,
    traceparent: str | None,
    data: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The envelope of one fact of service ``source``; ``position`` is a CloudEvents extension."""
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(id),
        "type": type,
        "source": _SOURCE_PREFIX + source,
        "subject": subject,
        "time": time.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"{_SCHEMA_PREFIX}{type}:{version}",
        "position": position,
    }
    if traceparent:
        envelope["traceparent"] = traceparent
    if data is not None:
        envelope["data"] = data
    return envelope


def read(envelope: Mapping[str, Any]) -> Event:
    """The event that ``envelope`` holds; unknown fields are ignored.

    Raises:
        Unreadable: the envelope is not a CloudEvent of ours, or its data does not fit its schema.
    """
    try:
        attributes = _ENVELOPE.load(envelope)
        version = int(attributes["dataschema"].rpartition(":")[2])
        schema = CATALOGUE.get((attributes["type"], version))
        if schema is None:
            raise Unreadable(f"no such event: {attributes['type']} version {version}")
        data = schema.instance().load(attributes["data"])
    except ma.ValidationError as error:
        # The messages name fields, never values: nothing personal can get into a log by this way.
        raise Unreadable(f"wrong or missing: {sorted(error.messages_dict)}") from None
    except ValueError as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("dataschema does not end in a version") from None
    return Event(
        id=attributes["id"],
        type=attributes["type"],
        version=version,
        source=attributes["source"].removeprefix(_SOURCE_PREFIX),
        subject=attributes["subject"],
        time=attributes["time"],
        position=attributes["position"],
        traceparent=attributes["traceparent"],
        data=data,
    )
