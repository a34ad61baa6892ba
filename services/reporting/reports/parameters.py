"""Parameters that several kinds of report take, and the indicators too."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from services.reporting.domain import GROUPINGS, Scope
from shared.events.catalogue import AGE_BANDS, SITUATIONS_COUNTED
from shared.web.fields import Code, Words

IS_MONTH = ma.validate.Regexp(
    r"^20\d\d-(0[1-9]|1[0-2])\Z", error="A month is expected, as YYYY-MM."
)
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


class Dimensions(Filters):
    """Which sessions and which people, by everything that figures can be divided by."""

    theme = Words(most=200, load_default=None, metadata={"description": "As it is written."})
    room = Words(most=200, load_default=None, metadata={"description": "Its name."})
    month = ma.fields.String(
        load_default=None,
        validate=IS_MONTH,
        metadata={"description": "`YYYY-MM`."},
    )
    weekday = ma.fields.Integer(
        load_default=None,
        validate=ma.validate.Range(1, 7),
        metadata={"description": "1 is Monday, 7 is Sunday."},
    )
    hour = ma.fields.Integer(
        load_default=None,
        validate=ma.validate.Range(0, 23),
        metadata={"description": "In which it begins, on the clock of the place."},
    )
    situation = ma.fields.String(load_default=None, validate=ma.validate.OneOf(SITUATIONS_COUNTED))
    age_band = ma.fields.String(load_default=None, validate=ma.validate.OneOf(AGE_BANDS))
    district = Words(most=80, load_default=None, metadata={"description": "Mostly a postcode."})


def scope_of(parameters: Mapping[str, Any]) -> Scope:
    """The sessions that loaded ``parameters`` ask about; what they do not name is not limited."""
    return Scope(
        since=parameters.get("from_"),
        until=parameters.get("to"),
        **{name: parameters.get(name) for name in GROUPINGS},
    )
