"""Rows of the project's own programme document that are not those of the API."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.importing.when import read_hour
from services.registrations.recurring.hours import Hours
from services.registrations.schemas.offer import ActivityChange
from shared.web.fields import Code, Words

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHAPES = ("workshops", "course", "appointments")
HOLIDAYS = ("public-holidays", "school-holidays")


class ProgrammeActivity(ActivityChange):
    """An activity, with the name by which the document's sessions refer to it."""

    id = Code(required=True)
    title = Words(most=300, required=True)
    organisation = Code(required=True, attribute="organisation_code")
    programme = Code(required=True, attribute="programme_code")


def _is_hour(text: str) -> None:
    if read_hour(text) is None:
        raise ma.ValidationError("Invalid value.")


class _Hour(Words):
    """``14:00``, kept as text once it is known to be an hour."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=10, validate=_is_hour, **options)


def _whole(least: int, most: int, **options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **options)


class SessionRule(ma.Schema):
    """Sessions of one activity in one room; the next ``dates`` days that the rule names."""

    id = Code(required=True)
    activity = Code(required=True)
    place = Code(required=True)
    room = Words(most=100, load_default=None, allow_none=True)
    weekdays = fields.List(
        fields.String(validate=validate.OneOf(WEEKDAYS)),
        required=True,
        validate=validate.Length(1, 7),
    )
    starts = _Hour(required=True)
    ends = _Hour(required=True)
    every_weeks = _whole(1, 52, load_default=1)
    in_week = _whole(0, 51, load_default=0)
    begins_in_weeks = _whole(0, 52, load_default=0)
    dates = _whole(1, 60, required=True)
    shape = fields.String(required=True, data_key="as", validate=validate.OneOf(SHAPES))
    minutes = _whole(5, 24 * 60, load_default=None, allow_none=True)
    capacity = _whole(1, 100_000, required=True)
    minimum = _whole(1, 100_000, load_default=None, allow_none=True)
    facilitator = Words(most=200, load_default=None, allow_none=True)
    leaves_out = fields.List(
        fields.String(validate=validate.OneOf(HOLIDAYS)), load_default=["public-holidays"]
    )

    @ma.post_load
    def _hours(self, row: dict[str, Any], **_: Any) -> dict[str, Any]:
        starts, ends = read_hour(row.pop("starts")), read_hour(row.pop("ends"))
        if starts is None or ends is None or ends <= starts:
            raise ma.ValidationError("It ends before it starts.", "ends")
        row["hours"] = Hours(starts, ends)
        if row["in_week"] >= row["every_weeks"]:
            raise ma.ValidationError("Invalid value.", "in_week")
        if (row["minimum"] or 0) > row["capacity"]:
            raise ma.ValidationError("Invalid value.", "minimum")
        if row["shape"] == "appointments" and row["minutes"] is None:
            raise ma.ValidationError("Missing data for required field.", "minutes")
        if (row["minutes"] or 0) > row["hours"].minutes:
            raise ma.ValidationError("Invalid value.", "minutes")
        return row
