"""Web clients and their webhooks, as managers keep them."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.webhooks import EVENTS
from shared.web.fields import Code, DayOrMoment, Moment, WebAddress, Words
from shared.web.pagination import PageQuery
from shared.web.rates import read_rate


def _is_rate(text: str) -> None:
    try:
        read_rate(text)
    except ValueError:
        raise ma.ValidationError("Not a rate such as 600/minute.") from None


def _events(**options: Any) -> fields.List[str]:
    return fields.List(
        fields.String(validate=validate.OneOf(EVENTS)),
        validate=[validate.Length(min=1), _each_once],
        **options,
    )


def _each_once(values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise ma.ValidationError("Each may be named once.")


class _Rate(Words):
    def __init__(self, **options: Any) -> None:
        meaning = "What it may post, such as `600/minute`; null for no limit."
        super().__init__(
            most=40,
            validate=_is_rate,
            allow_none=True,
            metadata={"description": meaning},
            **options,
        )


class WebClientRequest(ma.Schema):
    code = Code(required=True)
    name = Words(most=200, required=True)
    rate = _Rate(load_default="600/minute")


class WebClientChange(ma.Schema):
    name = Words(most=200)
    rate = _Rate()
    disabled = fields.Boolean()


class WebClientSchema(ma.Schema):
    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    rate = fields.String(required=True, allow_none=True)
    disabled_at = Moment(required=True, allow_none=True)
    earlier_key_until = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "Until when the key before the present one is good too."},
    )
    created_at = Moment(required=True)


class WebClientKeySchema(ma.Schema):
    client = fields.Nested(WebClientSchema, required=True)
    key = fields.String(
        required=True,
        metadata={"description": "To be sent as `X-API-Key`. Shown this once: it is not kept."},
    )


class WebhookQuery(PageQuery):
    client = fields.UUID(load_default=None, metadata={"description": "Those of this web client."})


class WebhookRequest(ma.Schema):
    client_id = fields.UUID(required=True)
    url = WebAddress(
        required=True, metadata={"description": "Where facts are posted to, by HTTPS."}
    )
    events = _events(required=True)


class WebhookChange(ma.Schema):
    url = WebAddress()
    events = _events()
    disabled = fields.Boolean()


class WebhookSchema(ma.Schema):
    id = fields.UUID(required=True)
    client_id = fields.UUID(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    disabled_at = Moment(required=True, allow_none=True)
    disabled_because = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(("gone", "failing", "asked", None)),
        metadata={
            "description": "`gone`: it answered 410. `failing`: it took nothing for three days."
            " `asked`: someone here stopped it."
        },
    )
    earlier_secret_until = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "Until when the secret before the present one signs too."},
    )
    created_at = Moment(required=True)


class WebhookSecretSchema(ma.Schema):
    webhook = fields.Nested(WebhookSchema, required=True)
    secret = fields.String(
        required=True,
        metadata={"description": "With which signatures are checked. Not shown again."},
    )


class DeliveryQuery(PageQuery):
    status = fields.String(
        load_default=None, validate=validate.OneOf(("waiting", "delivered", "failed"))
    )


class DeliveryAttemptSchema(ma.Schema):
    number = fields.Integer(required=True)
    started_at = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)
    status_code = fields.Integer(required=True, allow_none=True)
    problem = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why there was no answer, such as `timeout`."},
    )


class DeliverySchema(ma.Schema):
    id = fields.UUID(
        required=True, metadata={"description": "The `webhook-id` under which it is posted."}
    )
    event_id = fields.UUID(required=True)
    type = fields.String(required=True)
    body = fields.String(required=True)
    status = fields.String(
        required=True, validate=validate.OneOf(("waiting", "delivered", "failed"))
    )
    due_at = Moment(required=True)
    delivered_at = Moment(required=True, allow_none=True)
    created_at = Moment(required=True)
    attempts = fields.List(fields.Nested(DeliveryAttemptSchema), required=True, attribute="tries")


class DeliveriesReplayRequest(ma.Schema):
    since = DayOrMoment(required=True, metadata={"description": "A time, or a date (00:00 UTC)."})


class DeliveriesReplayedSchema(ma.Schema):
    replayed = fields.Integer(
        required=True, metadata={"description": "How many deliveries are posted again."}
    )
