"""Lists as ``{"items": [...], "next": cursor or null}``, by keyset: page N costs what page 1 costs."""

import base64
import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

import marshmallow as ma

from shared.errors import Text, invalid

Row = TypeVar("Row")

MOST = 500


class PageQuery(ma.Schema):
    """What every list takes."""

    limit = ma.fields.Integer(
        load_default=50,
        validate=ma.validate.Range(1, MOST),
        metadata={"description": "How many items at most."},
    )
    cursor = ma.fields.String(
        load_default=None, metadata={"description": "The `next` of the page before."}
    )


@cache
def page_of(item: type[ma.Schema]) -> ma.Schema:
    """The schema of a page of ``item``; the same one however many lists give such pages."""
    name = item.__name__.removesuffix("Schema")
    schema = type(
        f"{name}Page",
        (ma.Schema,),
        {
            "items": ma.fields.List(ma.fields.Nested(item), required=True),
            "next": ma.fields.String(required=True, allow_none=True),
        },
    )
    instance: ma.Schema = schema()
    return instance


def cut(
    rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[Any]]
) -> tuple[Sequence[Row], str | None]:
    """A page and its cursor out of up to ``limit + 1`` rows; ``key`` gives a row's place in the order."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], encode(key(rows[limit - 1]))


def position(cursor: str | None, *kinds: Callable[[str], Any]) -> tuple[Any, ...] | None:
    """The place a cursor points after: one value per kind, None for no cursor.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=="))
        if not isinstance(values, list) or not all(map(_is_ours, values)):
            raise ValueError
        return tuple(kind(value) for kind, value in zip(kinds, values, strict=True))
    except (ValueError, OverflowError, RecursionError):
        text = Text("This is not a cursor given by this list.", "Ce curseur ne vient pas d'ici.")
        raise invalid("cursor", text.en, text.fr) from None


def _is_ours(value: object) -> bool:
    # Codes, ids and times: nothing that storage would choke on.
    return isinstance(value, str) and value.isprintable()


def encode(values: Sequence[Any]) -> str:
    """The cursor that points after the place ``values``."""
    packed = json.dumps([str(value) for value in values]).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
