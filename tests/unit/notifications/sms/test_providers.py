"""Each provider as its documentation says it answers, and every way in which that goes wrong."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.notifications.domain.receipts import State
from services.notifications.domain.segments import as_sms
from services.notifications.domain.states import Outcome
from services.notifications.settings import BrevoSettings, GatewaySettings, OvhSettings
from services.notifications.sms.brevo import Brevo
from services.notifications.sms.callbacks import signature
from services.notifications.sms.gateway import Gateway
from services.notifications.sms.ovh import Ovh
from services.notifications.sms.provider import (
    Callback,
    ForgedCallback,
    Provider,
    Receipt,
    Reply,
    Sms,
    UnreadableCallback,
)
from tests.provider_server import Asked, ProviderServer, provider_server
from tests.servers import free_port

SMS = Sms("+33612345678", "Arceaux", as_sms("Place confirmée."), "abcdefghij0123456789")
SINCE = datetime.now(UTC)
KINDS = ("ovh", "brevo", "gateway")
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with provider_server() as made:
        yield made


def provider(kind: str, url: str, *, timeout: float = 5) -> Provider:
    match kind:
        case "ovh":
            settings = OvhSettings(url, "key", "app-secret", "consumer", "sms-ab1-1")
            return Ovh(settings, price=Decimal("5.5"), timeout=timeout, secret="s3cret")
        case "brevo":
            return Brevo(
                BrevoSettings(url, "the-key"),
                price=Decimal(4),
                timeout=timeout,
                secret="s3cret",
                address="https://arceaux.example/v1/callbacks",
            )
        case _:
            fields = {"to": "destination", "id": "message_id"}
            return Gateway(GatewaySettings(f"{url}/sms", "hmac-key", fields), timeout=timeout)


def answers(kind: str, send: tuple[int, Any], asked: Any = None) -> Callable[[Asked], Any]:
    """As ``kind`` does: ``send`` to a hand-over; OVHcloud tells the time besides."""

    def answer(request: Asked) -> tuple[int, Any]:
        if request.path.endswith("/auth/time"):
            return 200, round(time.time()) - 300
        return send if request.method == "POST" else (200, asked)

    return answer


GOOD = {
    "ovh": (
        200,
        {
            "ids": [26929925],
            "totalCreditsRemoved": 1,
            "invalidReceivers": [],
            "validReceivers": ["+33612345678"],
        },
    ),
    "brevo": (
        201,
        {
            "reference": "ab1cde2fgh3i4jklmno",
            "messageId": 1511882900176220,
            "smsCount": 2,
            "usedCredits": 1.5,
            "remainingCredits": 82.85,
        },
    ),
    "gateway": (202, {"message_id": "m-7", "cost": 6}),
}
IDS = {"ovh": "26929925", "brevo": "1511882900176220", "gateway": "m-7"}
COSTS = {"ovh": "5.50", "brevo": "6.00", "gateway": "6.00"}


@kinds
def test_an_accepted_sms_has_the_providers_id_and_cost(kind: str, server: ProviderServer) -> None:
    server.answers = answers(kind, GOOD[kind])
    reply = provider(kind, server.url).send(SMS, lambda: True)
    assert reply is not None
    assert reply.answer.outcome == Outcome.ACCEPTED
    assert (reply.id, reply.cost) == (IDS[kind], Decimal(COSTS[kind]))
    assert len(server.posted()) == 1


@kinds
def test_what_is_not_allowed_is_never_posted(kind: str, server: ProviderServer) -> None:
    server.answers = answers(kind, GOOD[kind])
    assert provider(kind, server.url).send(SMS, lambda: False) is None
    assert server.posted() == []


@kinds
def test_hand_over_is_asked_for_before_anything_is_posted(
    kind: str, server: ProviderServer
) -> None:
    server.answers = answers(kind, GOOD[kind])
    posted_before: list[int] = []

    def hand_over() -> bool:
        posted_before.append(len(server.posted()))
        return True

    provider(kind, server.url).send(SMS, hand_over)
    assert posted_before == [0]


@kinds
@pytest.mark.parametrize(
    ("status", "outcome", "at_fault"),
    [
        (401, Outcome.DEFERRED, True),
        (403, Outcome.DEFERRED, True),
        (422, Outcome.REFUSED, False),
        (429, Outcome.DEFERRED, True),
        (500, Outcome.UNANSWERED, True),
        (502, Outcome.UNANSWERED, True),
        (503, Outcome.DEFERRED, True),
        (504, Outcome.UNANSWERED, True),
    ],
)
def test_what_each_status_says(
    kind: str, status: int, outcome: Outcome, at_fault: bool, server: ProviderServer
) -> None:
    server.answers = answers(kind, (status, {"message": "+33612345678 is no number"}))
    reply = provider(kind, server.url).send(SMS, lambda: True)
    assert reply is not None
    assert (reply.answer.outcome, reply.at_fault) == (outcome, at_fault)
    assert reply.answer.code == status
    assert "336" not in (reply.answer.text or ""), "a provider's words may repeat the number"


@kinds
def test_whoever_cannot_be_reached_has_nothing(kind: str) -> None:
    allowed: list[bool] = []

    def hand_over() -> bool:
        allowed.append(True)
        return True

    reply = provider(kind, f"http://127.0.0.1:{free_port()}").send(SMS, hand_over)
    assert reply is not None
    assert (reply.answer.outcome, reply.at_fault) == (Outcome.DEFERRED, True)
    assert allowed == []


@pytest.mark.parametrize("kind", ["brevo", "gateway"])
def test_whoever_does_not_prove_who_they_are_has_nothing(kind: str, server: ProviderServer) -> None:
    reply = provider(kind, server.url.replace("http:", "https:")).send(SMS, lambda: True)
    assert reply is not None
    assert (reply.answer.outcome, reply.answer.text) == (Outcome.DEFERRED, "SSLError")
    assert server.posted() == []


@kinds
def test_an_unknown_name_has_nothing(kind: str) -> None:
    reply = provider(kind, "http://sms.invalid").send(SMS, lambda: True)
    assert reply is not None
    assert reply.answer.outcome == Outcome.DEFERRED


@kinds
def test_after_the_request_silence_says_nothing(kind: str, server: ProviderServer) -> None:
    server.answers = answers(kind, GOOD[kind])
    server.slowness = 1.0
    reply = provider(kind, server.url, timeout=0.3).send(SMS, lambda: True)
    assert reply is not None
    assert (reply.answer.outcome, reply.at_fault) == (Outcome.UNANSWERED, True)


@kinds
def test_after_the_request_a_hang_up_says_nothing_and_it_is_not_made_again(
    kind: str, server: ProviderServer
) -> None:
    server.answers = answers(kind, GOOD[kind])
    server.mood = "hang-up"
    reply = provider(kind, server.url).send(SMS, lambda: True)
    assert reply is not None
    assert reply.answer.outcome == Outcome.UNANSWERED
    assert len(server.posted()) == 1


@pytest.mark.parametrize("kind", ["ovh", "brevo"])
@pytest.mark.parametrize("body", [b"<html>", b"[" * 5000, b"null", b"[]"])
def test_success_that_is_no_receipt_says_nothing(
    kind: str, body: bytes, server: ProviderServer
) -> None:
    server.answers = answers(kind, (200, body))
    reply = provider(kind, server.url).send(SMS, lambda: True)
    assert reply is not None
    assert reply.answer.outcome == Outcome.UNANSWERED


def test_ovh_requests_are_signed_by_ovhclouds_own_clock(server: ProviderServer) -> None:
    server.answers = answers("ovh", GOOD["ovh"])
    provider("ovh", server.url).send(SMS, lambda: True)
    (posted,) = server.posted()
    stamp = posted.headers["X-Ovh-Timestamp"]
    assert abs(int(stamp) - (time.time() - 300)) < 5
    url = f"{server.url}/sms/sms-ab1-1/jobs"
    signed = f"app-secret+consumer+POST+{url}+{posted.content.decode()}+{stamp}"
    expected = "$1$" + hashlib.sha1(signed.encode()).hexdigest()
    assert posted.headers["X-Ovh-Signature"] == expected
    assert posted.json()["noStopClause"] is True
    assert posted.json()["tag"] == SMS.reference
    assert posted.json()["coding"] == "7bit"


def test_ovh_says_which_numbers_it_does_not_take(server: ProviderServer) -> None:
    report = {"ids": [], "validReceivers": [], "invalidReceivers": ["+33612345678"]}
    server.answers = answers("ovh", (200, report))
    reply = provider("ovh", server.url).send(SMS, lambda: True)
    assert reply is not None
    assert reply.answer.outcome == Outcome.REFUSED


def test_ovh_is_asked_by_our_tag_and_has_it(server: ProviderServer) -> None:
    server.answers = answers("ovh", GOOD["ovh"], [88])
    found = provider("ovh", server.url).find(SMS.reference, SINCE)
    assert isinstance(found, Reply)
    assert found.id == "88"
    assert parse_qs(urlsplit(server.asked[-1].path).query)["tag"] == [SMS.reference]


def test_ovh_has_it_not_only_when_nothing_waits_there_either(server: ProviderServer) -> None:
    waiting: list[int] = []

    def answer(asked: Asked) -> tuple[int, Any]:
        if asked.path.endswith("/auth/time"):
            return 200, round(time.time())
        return 200, waiting if asked.path.endswith("/jobs") else []

    server.answers = answer
    assert provider("ovh", server.url).find(SMS.reference, SINCE) == State.ABSENT
    waiting.append(7)
    assert provider("ovh", server.url).find(SMS.reference, SINCE) == State.UNCLEAR


@pytest.mark.parametrize(
    ("receipt", "state"),
    [
        (0, "sent"),
        (1, "delivered"),
        (2, "undelivered"),
        (4, "sent"),
        (8, "sent"),
        (16, "undelivered"),
        (None, "unclear"),
    ],
)
def test_ovh_tells_the_state_of_an_sms(
    receipt: int | None, state: str, server: ProviderServer
) -> None:
    server.answers = answers("ovh", GOOD["ovh"], {"id": 88, "deliveryReceipt": receipt})
    assert provider("ovh", server.url).look_up("88") == state


def test_brevo_gets_the_number_in_its_form_and_where_to_call_back(server: ProviderServer) -> None:
    server.answers = answers("brevo", GOOD["brevo"])
    provider("brevo", server.url).send(SMS, lambda: True)
    (posted,) = server.posted()
    assert posted.headers["api-key"] == "the-key"
    body = posted.json()
    assert body["recipient"] == "33612345678"
    assert body["webUrl"] == "https://arceaux.example/v1/callbacks/brevo?secret=s3cret"
    assert body["type"] == "transactional"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("invalid_parameter", Outcome.REFUSED),
        ("not_enough_credits", Outcome.DEFERRED),
        (None, Outcome.DEFERRED),
    ],
)
def test_brevo_refuses_a_number_for_good_and_our_account_for_now(
    code: str | None, outcome: Outcome, server: ProviderServer
) -> None:
    server.answers = answers("brevo", (400, {"code": code}))
    reply = provider("brevo", server.url).send(SMS, lambda: True)
    assert reply is not None
    assert reply.answer.outcome == outcome


def test_brevo_is_asked_by_our_tag(server: ProviderServer) -> None:
    event = {"tag": SMS.reference, "messageId": "9", "event": "delivered"}
    server.answers = answers("brevo", GOOD["brevo"], {"events": [event]})
    found = provider("brevo", server.url).find(SMS.reference, SINCE)
    assert isinstance(found, Reply)
    assert found.id == "9"
    asked = parse_qs(urlsplit(server.asked[-1].path).query)
    assert asked["tags"] == [json.dumps([SMS.reference])]
    # Not by dates: its days begin before those of UTC, and what it was sent since would be left out.
    assert asked["days"] == ["3"]
    assert "endDate" not in asked
    for nothing in ({}, {"events": []}, {"events": None}):
        server.answers = answers("brevo", GOOD["brevo"], nothing)
        assert provider("brevo", server.url).find(SMS.reference, SINCE) == State.ABSENT
    # It did not understand what it was asked for.
    server.answers = answers("brevo", GOOD["brevo"], {"events": [event | {"tag": "another"}]})
    assert provider("brevo", server.url).find(SMS.reference, SINCE) == State.UNCLEAR


def test_a_gateway_gets_its_own_names_signed(server: ProviderServer) -> None:
    server.answers = answers("gateway", GOOD["gateway"])
    provider("gateway", server.url).send(SMS, lambda: True)
    (posted,) = server.posted()
    assert posted.json()["destination"] == SMS.to
    assert posted.headers["X-Signature"] == signature(posted.content, "hmac-key")


def test_a_gateway_says_that_it_has_none(server: ProviderServer) -> None:
    server.answers = lambda _: (404, {})
    assert provider("gateway", server.url).find(SMS.reference, SINCE) == State.ABSENT


@kinds
def test_who_does_not_answer_a_question_leaves_it_open(kind: str, server: ProviderServer) -> None:
    server.answers = lambda _: (500, {})
    assert provider(kind, server.url).find(SMS.reference, SINCE) == State.UNCLEAR
    away = provider(kind, f"http://127.0.0.1:{free_port()}")
    assert away.find(SMS.reference, SINCE) == State.UNCLEAR
    assert away.look_up("1") == State.UNCLEAR


def callback(kind: str, body: Any, *, honest: bool = True, **query: str) -> Callback:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    secret = "hmac-key" if honest else "another"
    if kind == "gateway":
        return Callback({"X-Signature": signature(content, secret)}, query, content)
    return Callback({}, query | {"secret": "s3cret" if honest else "another"}, content)


@kinds
def test_a_forged_callback_is_told_from_an_honest_one(kind: str) -> None:
    who = provider(kind, "http://127.0.0.1:1")
    who.receipts(callback(kind, {}))
    with pytest.raises(ForgedCallback):
        who.receipts(callback(kind, {}, honest=False))
    with pytest.raises(ForgedCallback):
        who.receipts(Callback({}, {}, b"{}"))


def test_without_a_secret_no_callback_is_believed() -> None:
    settings = OvhSettings("http://127.0.0.1:1", "k", "s", "c", "a")
    who = Ovh(settings, price=Decimal(1), timeout=1, secret=None)
    with pytest.raises(ForgedCallback):
        who.receipts(Callback({}, {"secret": ""}, b""))


@pytest.mark.parametrize("kind", ["brevo", "gateway"])
@pytest.mark.parametrize("body", [b"", b"nothing", b"[" * 5000, b"[]"])
def test_what_is_no_callback_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(UnreadableCallback):
        provider(kind, "http://127.0.0.1:1").receipts(callback(kind, body))


def test_what_callbacks_say() -> None:
    brevo = provider("brevo", "http://127.0.0.1:1")
    said = {"msg_status": "delivered", "messageId": 123, "to": "33612345678"}
    assert brevo.receipts(callback("brevo", said)) == [Receipt(State.DELIVERED, id="123")]
    assert brevo.receipts(callback("brevo", {"msg_status": "unsubscribe", "messageId": 1})) == []
    gateway = provider("gateway", "http://127.0.0.1:1")
    told = {"reference": "abc", "state": "undelivered"}
    expected = [Receipt(State.UNDELIVERED, reference="abc")]
    assert gateway.receipts(callback("gateway", told)) == expected
    ovh = provider("ovh", "http://127.0.0.1:1")
    # All that it says besides is not signed, and so is asked for.
    besides = {
        "ptt": "4",
        "date": "20261128120000",
        "description": "1",
        "descriptionDlr": "Success",
    }
    said_by_ovh = callback("ovh", b"", id="26929925", **besides)
    assert ovh.receipts(said_by_ovh) == [Receipt(None, id="26929925")]
    assert ovh.receipts(callback("ovh", b"id=26929925&ptt=1")) == [Receipt(None, id="26929925")]
    assert ovh.receipts(callback("ovh", b"", id="x" * 400)) == []
