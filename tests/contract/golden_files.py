"""The golden files: one envelope, as it travels, for every type and version of the catalogue."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import marshmallow as ma
from marshmallow import fields

GOLDEN = Path(__file__).parent / "golden"

_WRITTEN_AS: tuple[tuple[re.Pattern[str], type[fields.Field[Any]]], ...] = (
    (re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"), fields.UUID),
    (re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+\d\d:\d\d$"), fields.AwareDateTime),
    (re.compile(r"^\d{4}-\d\d-\d\d$"), fields.Date),
)
_KINDS: Mapping[type, type[fields.Field[Any]]] = {
    bool: fields.Boolean,
    int: fields.Integer,
    list: fields.List,
    dict: fields.Nested,
    type(None): fields.String,
}


def golden(event_type: str, version: int) -> dict[str, Any]:
    """The golden envelope of a type and version."""
    envelope: dict[str, Any] = json.loads((GOLDEN / f"{event_type}.v{version}.json").read_text())
    return envelope


def disagreements(schema: ma.Schema, data: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Where ``schema`` does not say what ``data``, written down earlier, shows: a field gone, new or retyped."""
    for name in sorted(data.keys() - schema.fields.keys()):
        yield f"{path}{name}: gone from the schema"
    for name in sorted(schema.fields.keys() - data.keys()):
        yield f"{path}{name}: not in the golden file"
    for name, value in data.items():
        if name in schema.fields:
            yield from _retyped(schema.fields[name], value, f"{path}{name}")


def _retyped(field: fields.Field[Any], value: Any, path: str) -> Iterator[str]:
    expected = _kind(value)
    if type(field) is not expected:
        yield f"{path}: {expected.__name__} became {type(field).__name__}"
    elif isinstance(field, fields.List):
        # An empty list would not show what it holds.
        yield from _retyped(field.inner, value[0], f"{path}[]") if value else [f"{path}: empty"]
    elif isinstance(field, fields.Nested):
        yield from disagreements(field.schema, value, f"{path}.")
    elif value is None and not field.allow_none:
        yield f"{path}: may no longer be null"


def _kind(value: Any) -> type[fields.Field[Any]]:
    """The class of the field that writes ``value`` so. A null stands for a text that may be absent."""
    if isinstance(value, str):
        return next((kind for form, kind in _WRITTEN_AS if form.match(value)), fields.String)
    return _KINDS[type(value)]
