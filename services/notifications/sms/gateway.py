"""Any other provider, or a gateway of one's own: JSON to one address, its fields named in settings.

What we post is signed as what it posts back has to be: ``X-Signature: sha256=…``, the HMAC-SHA256 of the body
with the secret both know. Posted back are ``{"id" or "reference", "state"}``, under the names that were set.
"""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from services.notifications.domain.receipts import State
from services.notifications.domain.states import Answer, Outcome
from services.notifications.settings import GatewaySettings
from services.notifications.sms.callbacks import SIGNATURE, check_signature, signature
from services.notifications.sms.exchange import Request, Response, ask, hand_over_by, refusal
from services.notifications.sms.provider import (
    Callback,
    Receipt,
    Reply,
    Sms,
    UnreadableCallback,
    cents,
)

_CENT = Decimal(1)
_RECEIPTS = {one.value: one for one in (State.SENT, State.DELIVERED, State.UNDELIVERED)}


class Gateway:
    """``settings.fields`` gives each field of ours the name it has there."""

    name = "gateway"

    def __init__(self, settings: GatewaySettings, *, timeout: float) -> None:
        self._settings = settings
        self._timeout = timeout

    def send(self, sms: Sms, hand_over: Callable[[], bool]) -> Reply | None:
        ours = {
            "to": sms.to,
            "text": sms.content.text,
            "sender": sms.sender,
            "reference": sms.reference,
        }
        content = json.dumps({self._named(name): value for name, value in ours.items()}).encode()
        headers = {"Content-Type": "application/json", **self._signature(content)}
        request = Request("POST", self._settings.url, headers, content)
        response = hand_over_by(request, self._timeout, hand_over)
        if not isinstance(response, Response):
            return response
        if not 200 <= response.status < 300:
            return refusal(response)
        return self._accepted(response.json(), response.status)

    def find(self, reference: str, since: datetime) -> Reply | State:  # noqa: ARG002 - it keeps few
        found = self._found({self._named("reference"): reference})
        return self._accepted(found, 200) if isinstance(found, dict) else found

    def look_up(self, id: str) -> State:
        found = self._found({self._named("id"): id})
        return self._state(found) or State.UNCLEAR if isinstance(found, dict) else found

    def receipts(self, callback: Callback) -> list[Receipt]:
        check_signature(callback, self._settings.secret)
        try:
            said = json.loads(callback.body)
        except (ValueError, RecursionError):
            raise UnreadableCallback from None
        if not isinstance(said, dict):
            raise UnreadableCallback
        state = self._state(said)
        receipt = Receipt(state, id=self._text(said, "id"), reference=self._text(said, "reference"))
        return [receipt] if state and (receipt.id or receipt.reference) else []

    def _found(self, query: dict[str, str]) -> dict[str, Any] | State:
        """What the address answers when asked about one SMS: 404 says that it has none."""
        asked = urlencode(query)
        request = Request("GET", f"{self._settings.url}?{asked}", self._signature(asked.encode()))
        response = ask(request, self._timeout)
        if response is not None and response.status == 404:
            return State.ABSENT
        found = response.json() if response is not None and response.status == 200 else None
        return found if isinstance(found, dict) else State.UNCLEAR

    def _accepted(self, body: Any, status: int) -> Reply:
        known = body if isinstance(body, dict) else {}
        return Reply(
            Answer(Outcome.ACCEPTED, status),
            id=self._text(known, "id"),
            cost=cents(known.get(self._named("cost")), _CENT),
        )

    def _state(self, said: dict[str, Any]) -> State | None:
        return _RECEIPTS.get(str(said.get(self._named("state"), "")).lower())

    def _text(self, said: dict[str, Any], name: str) -> str | None:
        value = said.get(self._named(name))
        return str(value) if isinstance(value, str | int) and str(value) else None

    def _signature(self, content: bytes) -> dict[str, str]:
        return {SIGNATURE: signature(content, self._settings.secret)}

    def _named(self, name: str) -> str:
        return self._settings.fields.get(name, name)
