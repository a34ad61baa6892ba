"""The fields of facts, each with its meaning, which the documents show."""

from typing import Any

from marshmallow import fields


def identifier(meaning: str, **options: Any) -> fields.UUID:
    return fields.UUID(required=True, metadata=means(meaning), **options)


def moment(meaning: str, **options: Any) -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, format="iso", metadata=means(meaning), **options)


def text(meaning: str, **options: Any) -> fields.String:
    return fields.String(required=True, metadata=means(meaning), **options)


def label(meaning: str) -> fields.String:
    """What something is called: null where it was told before this was."""
    return fields.String(load_default=None, allow_none=True, metadata=means(meaning))


def number(meaning: str, **options: Any) -> fields.Integer:
    return fields.Integer(required=True, metadata=means(meaning), **options)


def day(meaning: str, **options: Any) -> fields.Date:
    return fields.Date(required=True, metadata=means(meaning), **options)


def means(meaning: str) -> dict[str, str]:
    # What the generated documents say of a field. A test holds that every field says something.
    return {"description": meaning}
