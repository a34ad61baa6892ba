"""Fields that accept what a person may type and nothing that storage or logs would choke on."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import marshmallow as ma
from marshmallow import validate

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_CODE = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Words(ma.fields.String):
    """Text as a person types it: outer space taken off, neither empty (unless ``blank``) nor endless."""

    def __init__(self, *, most: int, blank: bool = False, **options: Any) -> None:
        limits = validate.Length(min=0 if blank else 1, max=most)
        given = options.pop("validate", [])
        super().__init__(
            validate=[limits, *(given if isinstance(given, list) else [given])], **options
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options).strip()
        if _UNSTORABLE.search(text):
            raise ma.ValidationError("Contains a character that cannot be stored.")
        return text


class Code(Words):
    """A short name for addresses: lower-case letters, digits and hyphens."""

    def __init__(self, **options: Any) -> None:
        message = "Lower-case letters, digits and hyphens only."
        super().__init__(most=80, validate=validate.Regexp(_CODE, error=message), **options)


class EmailAddress(ma.fields.Email):
    """An e-mail address, in lower case."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options).strip().lower()
        if _UNSTORABLE.search(text) or len(text) > 254:
            raise ma.ValidationError("Not a valid email address.")
        return text


class WebAddress(ma.fields.URL):
    """The address of a page."""

    def __init__(self, **options: Any) -> None:
        super().__init__(schemes={"http", "https"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if not text.isprintable() or len(text) > 2000 or not _leads_to_a_port(text):
            raise ma.ValidationError("Not a valid URL.")
        return text


def _leads_to_a_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


class Moment(ma.fields.AwareDateTime):
    """An RFC 3339 time with its offset, in this century."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        moment = super()._deserialize(value, attr, data, **options)
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise ma.ValidationError("Not a date of this century.") from None
        if not _EARLIEST <= moment < _LATEST:
            raise ma.ValidationError("Not a date of this century.")
        return moment


class DayOrMoment(Moment):
    """A time as :class:`Moment`, or a date, which stands for its beginning in UTC."""

    def __init__(self, **options: Any) -> None:
        expected = "A date, or a time with its offset (RFC 3339), is expected."
        said = {"invalid": expected, "invalid_awareness": expected}
        super().__init__(error_messages=said, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        if isinstance(value, str) and _DAY.match(value):
            value = f"{value}T00:00:00Z"
        return super()._deserialize(value, attr, data, **options)
