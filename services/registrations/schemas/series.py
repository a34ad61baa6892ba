"""Many dates of one activity at once, in and out."""

from datetime import date, datetime, time
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.operations.offer.series import Shape
from services.registrations.recurring.dates import Reason
from services.registrations.schemas.sessions import REGISTRATION_MODES
from shared.web.fields import Code, Moment, Words

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CENTURY = (date(2000, 1, 1), date(2099, 12, 31))


class WallClock(fields.NaiveDateTime):
    """A time on the wall clock of the place, in this century; an offset would contradict it."""

    def __init__(self, **options: Any) -> None:
        message = "A date with its hour is expected, without offset."
        super().__init__(
            format="iso",
            error_messages=dict.fromkeys(("invalid", "invalid_awareness"), message),
            **options,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        moment = super()._deserialize(value, attr, data, **options)
        if not _CENTURY[0] <= moment.date() <= _CENTURY[1]:
            raise ma.ValidationError("Not a date of this century.")
        return moment.replace(microsecond=0)


class DayOrWallClock(fields.Field[date]):
    """A day, or a time of one on the wall clock of the place."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> date:
        one: fields.Field[Any] = fields.Date()
        if isinstance(value, str) and "T" in value:
            one = WallClock()
        found: date = one.deserialize(value, attr, data, **options)
        return found


def _means(meaning: str) -> dict[str, str]:
    return {"description": meaning}


class _SeriesRequest(ma.Schema):
    place = Code(required=True)
    room_id = fields.UUID(load_default=None, allow_none=True)
    minutes = fields.Integer(
        required=True, strict=True, validate=validate.Range(5, 24 * 60), metadata=_means("Length.")
    )
    skip = fields.List(
        fields.String(validate=validate.OneOf(("public-holidays", "school-holidays"))),
        load_default=list,
        metadata=_means("Days on which nothing is held; school holidays are those of the place."),
    )
    except_ = fields.List(
        DayOrWallClock(metadata={"type": "string", "format": "date"}),
        data_key="except",
        load_default=list,
        validate=validate.Length(max=400),
        metadata=_means("Days, or single times (EXDATE), on which nothing is held."),
    )
    opens_days_before = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 365)
    )
    closes_hours_before = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 24 * 60)
    )
    collisions = fields.String(
        load_default="refuse",
        validate=validate.OneOf(("refuse", "skip")),
        metadata=_means(
            "When the room or the facilitator is taken: `refuse` everything, or `skip` that date."
        ),
    )
    publish = fields.Boolean(load_default=False, metadata=_means("Let people register at once."))


class RecurrenceRequest(_SeriesRequest):
    starts = WallClock(
        required=True,
        metadata=_means("DTSTART: the first date, on the wall clock of the place, without offset."),
    )
    rrule = Words(
        most=500,
        load_default=None,
        allow_none=True,
        metadata=_means("RFC 5545, whole days, with its end: `FREQ=WEEKLY;BYDAY=TU;COUNT=10`."),
    )
    dates = fields.List(
        WallClock(),
        load_default=list,
        validate=validate.Length(max=400),
        metadata=_means("Further dates (RDATE)."),
    )
    shape = fields.Enum(
        Shape,
        by_value=True,
        load_default=Shape.SESSIONS,
        metadata=_means("A session for each date, or one `course` with all dates as its meetings."),
    )
    facilitator = Words(most=200, load_default=None, allow_none=True)
    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(1, 100_000))
    minimum = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 100_000)
    )
    registration = fields.String(
        load_default="required", validate=validate.OneOf(REGISTRATION_MODES)
    )


class OpeningSchema(ma.Schema):
    """Hours on one day of the week; a break is the time between two of them."""

    weekday = fields.String(required=True, validate=validate.OneOf(WEEKDAYS))
    opens = fields.Time(required=True, format="%H:%M", data_key="from")
    closes = fields.Time(
        required=True,
        format="%H:%M",
        data_key="to",
        metadata=_means("`00:00`: midnight at the end of the day."),
    )

    @ma.validates_schema
    def _in_order(self, hours: dict[str, Any], **_: Any) -> None:
        opens, closes = hours.get("opens"), hours.get("closes")
        if opens and closes and closes != time() and closes <= opens:
            raise ma.ValidationError("It must end after it starts.", "to")


class AppointmentsRequest(_SeriesRequest):
    facilitator = Words(required=True, most=200, metadata=_means("The professional whom one sees."))
    first = fields.Date(required=True, data_key="from", validate=validate.Range(*_CENTURY))
    last = fields.Date(
        required=True,
        data_key="until",
        validate=validate.Range(*_CENTURY),
        metadata=_means("Last day."),
    )
    hours = fields.List(
        fields.Nested(OpeningSchema), required=True, validate=validate.Length(1, 50)
    )
    pause = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(0, 240),
        metadata=_means("Minutes between two appointments."),
    )


class SeriesQuery(ma.Schema):
    dry_run = fields.Boolean(
        load_default=False, metadata=_means("Say what would be made, and make nothing.")
    )


class SeriesDateSchema(ma.Schema):
    local = fields.NaiveDateTime(
        required=True, format="iso", attribute="planned.local", metadata=_means("At the place.")
    )
    starts_at = Moment(required=True, attribute="planned.starts_at")
    ends_at = Moment(required=True, attribute="planned.ends_at")
    session_id = fields.UUID(
        required=True, allow_none=True, metadata=_means("Null on a dry run, if it would be new.")
    )
    is_new = fields.Boolean(
        required=True, metadata=_means("False: the session was there before, and is left as it is.")
    )


class LeftOutSchema(ma.Schema):
    local = fields.NaiveDateTime(required=True, format="iso")
    reason = fields.String(required=True, validate=validate.OneOf([*Reason]))
    detail = fields.String(required=True)


class SeriesSchema(ma.Schema):
    """The dates that are held, or would be, and those that are left out."""

    dates = fields.List(fields.Nested(SeriesDateSchema), required=True)
    left_out = fields.List(fields.Nested(LeftOutSchema), required=True)
    school_holidays_known_until = fields.Date(
        required=True,
        allow_none=True,
        metadata=_means("School holidays after this day are not set yet; null where none matter."),
    )
