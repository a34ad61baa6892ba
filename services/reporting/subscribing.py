"""Standing orders for reports, in and out over HTTP."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.calendar_rules import NotARule, TooOften, following, is_rule
from services.reporting.operations.subscriptions import EVENTS, names_told, refers_to
from services.reporting.reports import KINDS
from services.reporting.reports.audiences import AUDIENCES, check_audience
from services.reporting.reports.formats import FORMATS
from shared.events.catalogue import CATALOGUE
from shared.i18n import SCREEN_LANGUAGES
from shared.web.fields import Words

_NO_SUCH_EVENT = "Neither an event nor a rule of the calendar that reports can follow."
_NEVER = "This rule cannot be read or never comes round."
_TOO_OFTEN = "Reports come by the day, week, month or year: FREQ=DAILY, WEEKLY, MONTHLY, YEARLY."
_NOT_TOLD = "Nothing of this name is told then."
_NOT_OF_A_DAY = "A rule of the calendar has nothing to filter."


class SubscriptionRequest(ma.Schema):
    on = Words(
        most=200,
        required=True,
        metadata={
            "description": f"A type of event ({', '.join(f'`{name}`' for name in EVENTS)}), or a rule of the calendar "
            "by the day or rarer (RFC 5545: `FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=7`), at 06:00 where it names no hour."
        },
    )
    filter = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={
            "description": "Only events that say this: a field of theirs, or `programme`, `organisation`, `theme`, "
            "`place` or `title` of their session, and the value that it must have."
        },
    )
    report = fields.String(required=True, validate=validate.OneOf(tuple(KINDS)))
    parameters = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={
            "description": "As `GET /v1/reports` says for this report. `$` and a name stand for what is told then: a "
            "field of the event or of its session (`$session_id`), or, by the calendar, `$day`, `$month`, "
            "`$month_start`, `$previous_month`, `$previous_month_start`, `$year_start`, `$previous_year_start`. "
            "An order may come before the first session of what it names; until then its reports fail and say why."
        },
    )
    formats = fields.List(
        fields.String(validate=validate.OneOf(tuple(FORMATS))),
        load_default=lambda: ["pdf"],
        validate=validate.Length(min=1, max=10),
    )
    language = fields.String(load_default="fr", validate=validate.OneOf(SCREEN_LANGUAGES))
    audience = fields.String(load_default="staff", validate=validate.OneOf(AUDIENCES))
    recipients = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Members of staff who are told when a report is there."},
    )

    timezone = Words(
        most=60,
        load_default="Europe/Paris",
        metadata={"description": "On whose clocks a rule of the calendar is read (an IANA name)."},
    )

    @ma.validates("timezone")
    def exists(self, name: str, **_: Any) -> None:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ma.ValidationError("Not a time zone such as Europe/Paris.") from None

    @ma.validates_schema(skip_on_field_errors=True)
    def check(self, data: Mapping[str, Any], **_: Any) -> None:
        """What is waited for exists, what is filtered and referred to is told then, the parameters are the report's."""
        check_audience(KINDS[data["report"]], data["audience"])
        on = data["on"]
        if is_rule(on):
            _check_rule(on, data["timezone"])
        elif on not in EVENTS:
            raise ma.ValidationError(_NO_SUCH_EVENT, "on")
        wrong = {
            "filter": _wrong_filter(on, data["filter"]),
            "parameters": _wrong_parameters(on, data["report"], data["parameters"]),
        }
        if any(wrong.values()):
            raise ma.ValidationError({name: said for name, said in wrong.items() if said})

    @ma.post_load
    def each_once(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        for name in ("formats", "recipients"):
            data[name] = list(dict.fromkeys(data[name]))
        return data


class SubscriptionSchema(ma.Schema):
    id = fields.UUID(required=True)
    on = fields.String(required=True)
    filter = fields.Dict(required=True)
    report = fields.String(required=True)
    parameters = fields.Dict(required=True)
    formats = fields.List(fields.String(), required=True)
    language = fields.String(required=True)
    audience = fields.String(required=True)
    recipients = fields.List(fields.UUID(), required=True)
    timezone = fields.String(required=True)
    since = fields.AwareDateTime(
        required=True, metadata={"description": "What happened before sets nothing off."}
    )
    next_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the calendar sets it off next; null for events."},
    )


def _check_rule(rule: str, timezone: str) -> None:
    now = datetime.now(UTC)
    try:
        following(rule, now, since=now, timezone=timezone)
    except TooOften:
        raise ma.ValidationError(_TOO_OFTEN, "on") from None
    except NotARule:
        raise ma.ValidationError(_NEVER, "on") from None


def _wrong_filter(on: str, wanted: Mapping[str, Any]) -> Mapping[str, list[str]] | list[str]:
    if is_rule(on):
        return [_NOT_OF_A_DAY] if wanted else []
    names = names_told(on)
    wrong: dict[str, list[str]] = {}
    for name, value in wanted.items():
        if name not in names:
            wrong[name] = [_NOT_TOLD]
        elif error := _wrong_value(CATALOGUE[on, 1].instance().fields.get(name), value):
            wrong[name] = error
    return wrong


def _wrong_value(field: fields.Field[Any] | None, value: Any) -> list[str] | None:
    """What is wrong with a value to be held against ``field`` (a text of the session's if it is None)."""
    field = (
        field
        if isinstance(field, fields.UUID | fields.Integer | fields.Boolean)
        else Words(most=200)
    )
    try:
        field.deserialize(value)
    except ma.ValidationError as error:
        return list(error.messages)
    return None


def _wrong_parameters(on: str, report: str, given: Mapping[str, Any]) -> dict[str, Any]:
    schema = KINDS[report].parameters
    referred = {name: refers_to(value) for name, value in given.items()}
    literal = {name: value for name, value in given.items() if referred[name] is None}
    wrong: dict[str, Any] = {
        name: [_NOT_TOLD]
        for name, told in referred.items()
        if told is not None and told not in names_told(on)
    }
    known = {field.data_key or name: name for name, field in schema.fields.items()}
    unknown = {name: ["Unknown field."] for name in given if name not in known}
    # Those that refer to something are known when it happens.
    later = [known[name] for name in given if name in known and name not in literal]
    errors = schema.validate(literal, partial=later)
    missing = {name: [_missing(on, name)] for name in errors if name not in given}
    return {**unknown, **wrong, **errors, **missing}


def _missing(on: str, name: str) -> str:
    """That a parameter is required, and how to write that it is to be what is told then, if something fit is."""
    fit = [f"${told}" for told in names_told(on) if told == name or told.endswith(f"_{name}")]
    if not fit:
        return "Missing data for required field."
    return f"Give a value, or one of these for what is told then: {', '.join(fit)}."
