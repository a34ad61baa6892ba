"""Parameters that several kinds of report take, and the indicators too."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from services.reporting.domain import Scope
from shared.web.fields import Code

_DAY = "day at the place of the session's first meeting"


class Period(ma.Schema):
    """From one day to another; everything when absent."""

    from_ = ma.fields.Date(
        data_key="from",
        load_default=None,
        allow_none=True,
        metadata={"description": f"First {_DAY}; with no limit when absent."},
    )
    to = ma.fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": f"The {_DAY} is before this one; with no limit when absent."},
    )

    @ma.validates_schema(skip_on_field_errors=True)
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("from_") and data.get("to") and data["to"] < data["from_"]:
            raise ma.ValidationError("Must not be before `from`.", "to")


class Filters(ma.Schema):
    """Which sessions, by what they belong to."""

    programme = Code(load_default=None, allow_none=True, metadata={"description": "Its code."})
    organisation = Code(load_default=None, allow_none=True, metadata={"description": "Its code."})
    place = Code(load_default=None, allow_none=True, metadata={"description": "Its code."})


def scope_of(parameters: Mapping[str, Any]) -> Scope:
    """The sessions that loaded ``parameters`` ask about; what they do not name is not limited."""
    return Scope(
        since=parameters.get("from_"),
        until=parameters.get("to"),
        programme=parameters.get("programme"),
        organisation=parameters.get("organisation"),
        place=parameters.get("place"),
    )
