"""What those who carry messages call back to say: what became of them."""

from typing import Any

import marshmallow as ma
from flask import request

from services.notifications.db import transaction
from services.notifications.operations.sms_receipts import hear_receipt
from services.notifications.refusals import (
    CallbackForged,
    CallbackUnreadable,
    ProviderNotFound,
)
from services.notifications.settings import sms_settings
from services.notifications.sms.provider import Callback, ForgedCallback, UnreadableCallback
from services.notifications.sms.providers import make_providers
from shared.web.routes import Routes

routes = Routes("callbacks", __name__, url_prefix="/v1/callbacks")

_SAID = {
    "required": False,
    "description": "As the provider sends it.",
    "content": {
        "application/json": {"schema": {"type": "object"}},
        "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
    },
}


class CallbackQuery(ma.Schema):
    """Providers may say more than this."""

    class Meta:
        unknown = ma.EXCLUDE

    secret = ma.fields.String(
        metadata={"description": "The secret of the address, for a provider that signs nothing."}
    )
    id = ma.fields.String(metadata={"description": "The provider's own name of the message."})


@routes.route("/<provider>", methods=["POST"])
@routes.access(public=True)
@routes.arguments(CallbackQuery, location="query")
@routes.refuses(403, 404, 413)
@routes.doc(requestBody=_SAID)
@routes.response(204)
def posted(_query: dict[str, Any], provider: str) -> None:
    """A provider's word on what became of messages it carries, proven by a signature or by a secret address.

    Heard twice, late or out of order it changes nothing; what is not known here is answered as if it were,
    so that the provider does not say it again.
    """
    _hear(provider)


@routes.route("/<provider>")
@routes.access(public=True)
@routes.arguments(CallbackQuery, location="query")
@routes.refuses(403, 404)
@routes.response(204)
def called(_query: dict[str, Any], provider: str) -> None:
    """The same from a provider that calls by GET, such as OVHcloud: it names a message to ask about."""
    _hear(provider)


def _hear(provider: str) -> None:
    settings = sms_settings()
    who = make_providers(settings).get(provider)
    if who is None:
        raise ProviderNotFound
    callback = Callback(
        dict(request.headers), request.args.to_dict(), request.get_data(cache=False)
    )
    try:
        receipts = who.receipts(callback)
    except ForgedCallback:
        raise CallbackForged from None
    except UnreadableCallback:
        raise CallbackUnreadable from None
    with transaction() as session:
        for receipt in receipts:
            hear_receipt(
                session,
                who.name,
                receipt.state,
                provider_id=receipt.id,
                reference=receipt.reference,
                most=settings.attempts,
            )
