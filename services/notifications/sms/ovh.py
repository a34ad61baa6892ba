"""OVHcloud's SMS API, version 1 (https://eu.api.ovh.com/console/?section=%2Fsms).

Requests are signed: ``$1$`` and the SHA-1 of secret, consumer key, method, address, body and the time of
OVHcloud's own clock, joined by ``+`` (https://help.ovhcloud.com/csm/en-gb-api-getting-started-ovhcloud-api).
An SMS is known there by our tag, of at most twenty signs.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from services.notifications.domain.receipts import State
from services.notifications.domain.states import Answer, Outcome
from services.notifications.settings import OvhSettings
from services.notifications.sms.callbacks import check_secret
from services.notifications.sms.exchange import Request, Response, ask, hand_over_by, refusal
from services.notifications.sms.provider import Callback, Receipt, Reply, Sms, cents

# Delivery receipts as OVHcloud documents them: being made or waiting, success, failure, waiting, buffered, in
# error and not billed (https://docs.ovh.com/gb/en/sms/everything_you_need_to_know_about_sms_users/).
_RECEIPTS = {
    0: State.SENT,
    1: State.DELIVERED,
    2: State.UNDELIVERED,
    4: State.SENT,
    8: State.SENT,
    16: State.UNDELIVERED,
}
# The search goes by OVHcloud's clock, in whole seconds.
_MARGIN = timedelta(minutes=10)
_ID = re.compile(r"[0-9]{1,20}")


class Ovh:
    """``price``: cents of a euro for one credit, which is one segment to a number in France."""

    name = "ovh"

    def __init__(
        self, settings: OvhSettings, *, price: Decimal, timeout: float, secret: str | None
    ) -> None:
        self._settings = settings
        self._price = price
        self._timeout = timeout
        self._secret = secret
        self._ahead: float | None = None

    def send(self, sms: Sms, hand_over: Callable[[], bool]) -> Reply | None:
        job = {
            "message": sms.content.text,
            "receivers": [sms.to],
            "sender": sms.sender,
            "tag": sms.reference,
            # Neither advertising nor a campaign: no word about stopping, and no waiting for office hours.
            "noStopClause": True,
            "priority": "high",
            "charset": "UTF-8",
            "coding": "7bit" if sms.content.alphabet == "gsm-7" else "8bit",
        }
        clock = self._clock()
        if clock is None:
            return Reply(Answer(Outcome.DEFERRED, text="its clock does not answer"), at_fault=True)
        request = self._signed("POST", "/jobs", clock, json.dumps(job).encode())
        response = hand_over_by(request, self._timeout, hand_over)
        if not isinstance(response, Response):
            return response
        return self._reply(response)

    def find(self, reference: str, since: datetime) -> Reply | State:
        query = {
            "tag": reference,
            "creationDatetime.from": (since - _MARGIN)
            .astimezone(UTC)
            .isoformat(timespec="seconds"),
        }
        ids = self._asked("/outgoing?" + urlencode(query))
        if not isinstance(ids, list):
            return State.UNCLEAR
        if ids:
            return Reply(Answer(Outcome.ACCEPTED), id=str(ids[0]))
        # What was only taken note of waits among the jobs, which have no tag: then it is not certain.
        waiting = self._asked("/jobs")
        return State.ABSENT if waiting == [] else State.UNCLEAR

    def look_up(self, id: str) -> State:
        found = self._asked(f"/outgoing/{quote(id, safe='')}")
        receipt = found.get("deliveryReceipt") if isinstance(found, dict) else None
        return _RECEIPTS.get(receipt, State.UNCLEAR) if isinstance(receipt, int) else State.UNCLEAR

    def receipts(self, callback: Callback) -> list[Receipt]:
        """Its callbacks name the SMS; what became of it is then asked, for they are not signed."""
        check_secret(callback, self._secret)
        form = parse_qs(callback.body.decode(errors="replace"))
        theirs = callback.query.get("id") or form.get("id", [""])[0]
        return [Receipt(None, id=theirs)] if _ID.fullmatch(theirs) else []

    def _reply(self, response: Response) -> Reply:
        if response.status != 200:
            return refusal(response)
        report = response.json()
        if not isinstance(report, dict):
            return Reply(Answer(Outcome.UNANSWERED, 200, "not a report"), at_fault=True)
        if not report.get("validReceivers") and report.get("invalidReceivers"):
            return Reply(Answer(Outcome.REFUSED, 200, "the number is not valid"))
        ids = report.get("ids")
        theirs = str(ids[0]) if isinstance(ids, list) and ids else None
        cost = cents(report.get("totalCreditsRemoved"), self._price)
        return Reply(Answer(Outcome.ACCEPTED, 200), id=theirs, cost=cost)

    def _clock(self) -> int | None:
        """OVHcloud's time in seconds; None when it does not say. Asked once, then kept by our own clock."""
        if self._ahead is None:
            url = f"{self._settings.endpoint}/auth/time"
            answered = ask(Request("GET", url, {}), self._timeout)
            theirs = answered.json() if answered and answered.status == 200 else None
            if not isinstance(theirs, int):
                return None
            self._ahead = theirs - time.time()
        return round(time.time() + self._ahead)

    def _signed(self, method: str, path: str, clock: int, content: bytes = b"") -> Request:
        settings = self._settings
        url = f"{settings.endpoint}/sms/{quote(settings.service, safe='')}{path}"
        signed = "+".join(
            (
                settings.application_secret,
                settings.consumer_key,
                method,
                url,
                content.decode(),
                str(clock),
            )
        )
        # SHA-1 is what the API prescribes.
        digest = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
        headers = {
            "X-Ovh-Application": settings.application_key,
            "X-Ovh-Consumer": settings.consumer_key,
            "X-Ovh-Timestamp": str(clock),
            "X-Ovh-Signature": f"$1${digest}",
        }
        if content:
            headers["Content-Type"] = "application/json"
        return Request(method, url, headers, content)

    def _asked(self, path: str) -> Any:
        """What a question is answered with, or None."""
        clock = self._clock()
        if clock is None:
            return None
        response = ask(self._signed("GET", path, clock), self._timeout)
        return response.json() if response and response.status == 200 else None
