"""What is asked and answered about indicators, and what they mean."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields

from services.reporting.domain import GROUPINGS
from services.reporting.indicators import CATALOGUE, Of
from services.reporting.reports.parameters import Dimensions, Period


class _Groupings(fields.String):
    """What is grouped by: with commas between, given again and again, or both."""

    is_multiple = True

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        read = super()._deserialize
        return ",".join(read(one, attr, data, **options) for one in value)


class IndicatorQuery(Period, Dimensions):
    group_by = _Groupings(
        load_default=None,
        metadata={
            "description": "Without it, only the total; else one of, or two (with a comma between, or given twice), "
            f"{', '.join(f'`{name}`' for name in GROUPINGS)}. `month`, `weekday` (1 is Monday), `hour` and `room` "
            "are those of the session's first meeting, at the place. By `situation`, whoever has two counts in "
            "both groups (and once in the total). What cannot be divided so is null: by who people are, what "
            "is about sessions; by anything but programme and month, what is about "
            "referrals; by anything but programme and place, "
            "what is about money."
        },
    )
    compare_from = fields.Date(
        load_default=None,
        metadata={"description": "First day of another period, to compare with."},
    )
    compare_to = fields.Date(
        load_default=None,
        metadata={"description": "The day after the last of that other period."},
    )

    @ma.validates("group_by")
    def known(self, asked: str | None, **_: Any) -> None:
        names = asked.split(",") if asked is not None else []
        if len(names) > 2 or len(set(names)) < len(names) or set(names) - set(GROUPINGS):
            raise ma.ValidationError(f"Must be one or two of: {', '.join(GROUPINGS)}.")

    @ma.validates_schema(skip_on_field_errors=True)
    def compare_in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        since, until = data["compare_from"], data["compare_to"]
        # With one alone, the other period would be open, and hold the first.
        if until and not since:
            raise ma.ValidationError("Give `compare_from` too.", "compare_from")
        if since and not until:
            raise ma.ValidationError("Give `compare_to` too.", "compare_to")
        if since and until and until < since:
            raise ma.ValidationError("Must not be before `compare_from`.", "compare_to")


class Comparison(ma.Schema):
    """An indicator beside another value of it: null where either is null."""

    value = fields.Float(
        required=True, allow_none=True, metadata={"description": "What it is held against."}
    )
    difference = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "How much more there is than that; below 0, less."},
    )
    ratio = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "How many times that there is; null when it was 0."},
    )


_COMPARED = fields.Dict(
    keys=fields.String(),
    values=fields.Nested(Comparison),
    required=True,
    allow_none=True,
    metadata={"description": "By indicator; null unless another period was asked for."},
)


def figures() -> dict[str, fields.Field[Any]]:
    """A field per indicator, as the catalogue has it."""
    return {
        one.name: (fields.Integer if isinstance(one.compute({}), int) else fields.Float)(
            required=True,
            allow_none=one.of not in {Of.PEOPLE, Of.ONCE} or one.compute({}) is None,
            metadata={"description": f"{one.says.en} In {one.unit}."},
        )
        for one in CATALOGUE
    }


_TARGETS = fields.Dict(
    keys=fields.String(),
    values=fields.Nested(Comparison),
    required=True,
    metadata={
        "description": "By indicator that has a target: `value` is the target. Told of a whole calendar year, of "
        "everything or by programme."
    },
)


IndicatorTotal = ma.Schema.from_dict(
    {**figures(), "compared": _COMPARED, "targets": _TARGETS}, name="IndicatorTotal"
)


IndicatorItem = ma.Schema.from_dict(
    {
        "group": fields.String(
            required=True,
            allow_none=True,
            metadata={
                "description": "Null for what has none, or is of a session not told of. By two things, the first one's."
            },
        ),
        "groups": fields.Dict(
            keys=fields.String(),
            values=fields.String(allow_none=True),
            required=True,
            metadata={"description": "The group in each thing that is grouped by."},
        ),
        **figures(),
        "compared": _COMPARED,
        "targets": _TARGETS,
    },
    name="IndicatorItem",
)


class PeriodAnswer(ma.Schema):
    """What was counted, by the days that it holds; nulls where it has no limit."""

    from_ = fields.Date(
        data_key="from", required=True, allow_none=True, metadata={"description": "Its first day."}
    )
    to = fields.Date(
        required=True, allow_none=True, metadata={"description": "The day after its last."}
    )
    last_day = fields.Date(required=True, allow_none=True)
    days = fields.Integer(
        required=True, allow_none=True, metadata={"description": "How many days it has."}
    )


class IndicatorAnswer(ma.Schema):
    period = fields.Nested(PeriodAnswer, required=True)
    compared_period = fields.Nested(
        PeriodAnswer,
        required=True,
        allow_none=True,
        metadata={"description": "Null unless another period was asked for."},
    )
    items = fields.List(fields.Nested(IndicatorItem), required=True)
    total = fields.Nested(IndicatorTotal, required=True)
    next = fields.String(required=True, allow_none=True)


class Meaning(ma.Schema):
    en = fields.String(required=True)
    fr = fields.String(required=True)


class Definition(ma.Schema):
    name = fields.String(required=True)
    meaning = fields.Nested(Meaning, required=True)
    unit = fields.String(required=True)
    formula = fields.Nested(Meaning, required=True)


class DefinitionList(ma.Schema):
    items = fields.List(fields.Nested(Definition), required=True)
    next = fields.String(required=True, allow_none=True)
    version = fields.Integer(
        required=True, metadata={"description": "Raised whenever a meaning changes."}
    )
