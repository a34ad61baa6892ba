"""Brevo's transactional SMS (https://developers.brevo.com/reference/send-transac-sms).

The newer ``/send`` answers neither cost nor reference, and this one stays in service. An SMS is known there by
our tag, among its events too; it calls back at the address given with each SMS
(https://developers.brevo.com/docs/transactional-webhooks).
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from services.notifications.domain.receipts import State
from services.notifications.domain.states import Answer, Outcome
from services.notifications.settings import BrevoSettings
from services.notifications.sms.callbacks import check_secret, secret_address
from services.notifications.sms.exchange import Request, Response, ask, hand_over_by, refusal
from services.notifications.sms.provider import (
    Callback,
    Receipt,
    Reply,
    Sms,
    UnreadableCallback,
    cents,
)

_STATES = {
    "sent": State.SENT,
    "accepted": State.SENT,
    "delivered": State.DELIVERED,
    "replied": State.DELIVERED,
    "soft_bounce": State.UNDELIVERED,
    "hard_bounce": State.UNDELIVERED,
    "softbounce": State.UNDELIVERED,
    "hardbounce": State.UNDELIVERED,
    "softbounces": State.UNDELIVERED,
    "hardbounces": State.UNDELIVERED,
    "blacklisted": State.UNDELIVERED,
    "blocked": State.UNDELIVERED,
    "rejected": State.UNDELIVERED,
    "skip": State.UNDELIVERED,
}
# A number that it cannot send to; other refusals of a request are about our account or its form.
_BAD_NUMBER = frozenset({"invalid_parameter", "out_of_range"})


class Brevo:
    """``price``: cents of a euro for one credit. ``address``: where it calls back, None for nowhere."""

    name = "brevo"

    def __init__(
        self,
        settings: BrevoSettings,
        *,
        price: Decimal,
        timeout: float,
        secret: str | None,
        address: str | None,
    ) -> None:
        self._settings = settings
        self._price = price
        self._timeout = timeout
        self._secret = secret
        self._calls_back = secret_address(address, self.name, secret)

    def send(self, sms: Sms, hand_over: Callable[[], bool]) -> Reply | None:
        body = {
            "sender": sms.sender,
            # Its form of a number has no plus.
            "recipient": sms.to.removeprefix("+"),
            "content": sms.content.text,
            "type": "transactional",
            "tag": sms.reference,
            "unicodeEnabled": sms.content.alphabet == "ucs-2",
        }
        if self._calls_back:
            body["webUrl"] = self._calls_back
        request = self._request("POST", "/transactionalSMS/sms", json.dumps(body).encode())
        response = hand_over_by(request, self._timeout, hand_over)
        if not isinstance(response, Response):
            return response
        return self._reply(response)

    def find(self, reference: str, since: datetime) -> Reply | State:
        events = self._events(reference, since)
        if events is None:
            return State.UNCLEAR
        if not events:
            return State.ABSENT
        ours = [event for event in events if reference in str(event.get("tag"))]
        if not ours:
            # Asked for one tag it answers with others: then it is not certain that it has none.
            return State.UNCLEAR
        return Reply(Answer(Outcome.ACCEPTED), id=str(ours[0].get("messageId")))

    def look_up(self, id: str) -> State:  # noqa: ARG002 - its events cannot be asked for by its id
        return State.UNCLEAR

    def receipts(self, callback: Callback) -> list[Receipt]:
        check_secret(callback, self._secret)
        try:
            said = json.loads(callback.body)
        except (ValueError, RecursionError):
            raise UnreadableCallback from None
        if not isinstance(said, dict):
            raise UnreadableCallback
        state = _STATES.get(str(said.get("msg_status", "")).lower())
        theirs = said.get("messageId")
        if state is None or not isinstance(theirs, int | str):
            return []
        return [Receipt(state, id=str(theirs))]

    def _reply(self, response: Response) -> Reply:
        body = response.json()
        if response.status not in (200, 201, 202):
            code = body.get("code") if isinstance(body, dict) else None
            if response.status == 400 and code not in _BAD_NUMBER:
                # not_enough_credits, unauthorized…: nothing about this one SMS.
                text = "the account is refused"
                return Reply(Answer(Outcome.DEFERRED, 400, text), at_fault=True)
            return refusal(response)
        if not isinstance(body, dict) or "messageId" not in body:
            return Reply(
                Answer(Outcome.UNANSWERED, response.status, "not a receipt"), at_fault=True
            )
        cost = cents(body.get("usedCredits"), self._price)
        return Reply(
            Answer(Outcome.ACCEPTED, response.status), id=str(body["messageId"]), cost=cost
        )

    def _events(self, tag: str, since: datetime) -> list[dict[str, Any]] | None:
        """Its events with ``tag`` since the day before ``since``; None when it does not say.

        Counted in days back from its own today: its days begin an hour or two before those of UTC.
        """
        passed = datetime.now(UTC) - since
        query = {"tags": json.dumps([tag]), "days": passed.days + 3, "limit": 100}
        path = "/transactionalSMS/statistics/events?" + urlencode(query)
        response = ask(self._request("GET", path), self._timeout)
        body = response.json() if response and response.status == 200 else None
        if not isinstance(body, dict):
            return None
        # Without events it answers null.
        return [one for one in body.get("events") or [] if isinstance(one, dict)]

    def _request(self, method: str, path: str, content: bytes = b"") -> Request:
        headers = {"api-key": self._settings.api_key}
        if content:
            headers["Content-Type"] = "application/json"
        return Request(method, self._settings.url + path, headers, content)
