"""Providers of SMS on this machine, and settings that lead to them."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.notifications.settings import mail_settings, sms_settings
from services.notifications.sms.callbacks import signature
from tests.provider_server import Asked, ProviderServer, provider_server

GATEWAY_SECRET = "hmac-key"
CALLBACK_SECRET = "s3cret"


@dataclass
class Providers:
    """A gateway, Brevo behind it, and OVHcloud; each keeps what it was posted and answers as it does."""

    gateway: ProviderServer
    brevo: ProviderServer
    ovh: ProviderServer
    monkeypatch: pytest.MonkeyPatch
    # What each has, by our reference: what a provider was posted although nobody heard its answer.
    kept: dict[str, Any] = field(default_factory=dict)

    def use(self, *names: str, **settings: object) -> None:
        """Carry SMS by ``names``, in this order, with ``settings`` such as ``SMS_BUDGET``."""
        values = {"SMS_PROVIDERS": ",".join(names), **settings}
        for name, value in values.items():
            self.monkeypatch.setenv(f"ARCEAUX_{name}", str(value))
        sms_settings.cache_clear()

    def texts(self) -> list[str]:
        """What people were sent, by any."""
        gateway = [one.json()["text"] for one in self.gateway.posted()]
        brevo = [one.json()["content"] for one in self.brevo.posted()]
        return gateway + brevo + [one.json()["message"] for one in self.ovh.posted()]

    def references(self) -> list[str]:
        gateway = [one.json()["reference"] for one in self.gateway.posted()]
        return gateway + [one.json()["tag"] for one in (*self.brevo.posted(), *self.ovh.posted())]


def _as_gateway(kept: dict[str, Any]) -> Any:
    def answer(asked: Asked) -> tuple[int, Any]:
        if asked.method == "GET":
            known = next((one for one in kept.values() if one["id"] in asked.path), None)
            found = kept.get(asked.path.rpartition("reference=")[2]) or known
            return (200, found) if found else (404, {})
        body = asked.json()
        kept[body["reference"]] = {"id": f"g-{len(kept)}", "cost": 6, "state": "sent"}
        return 202, kept[body["reference"]]

    return answer


def _as_brevo(asked: Asked) -> tuple[int, Any]:
    """https://developers.brevo.com/reference/send-transac-sms and get-sms-events."""
    if asked.method == "GET":
        return 200, {"events": None}
    return 201, {
        "reference": "ab1cde2fgh3i4jklmno",
        "messageId": 77,
        "smsCount": 1,
        "usedCredits": 1,
        "remainingCredits": 9,
    }


def _as_ovh(asked: Asked) -> tuple[int, Any]:
    """https://help.ovhcloud.com/csm/en-gb-sms-api: what is sent is soon no job any more, but among the outgoing."""
    if asked.path.endswith("/auth/time"):
        return 200, round(time.time())
    if asked.method == "GET":
        return 200, {"id": 77, "deliveryReceipt": 1} if "/outgoing/" in asked.path else []
    receivers = asked.json()["receivers"]
    return 200, {
        "ids": [77],
        "totalCreditsRemoved": 1,
        "validReceivers": receivers,
        "invalidReceivers": [],
    }


@contextmanager
def made_providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Providers]:
    with ExitStack() as stack:
        gateway, brevo, ovh = (stack.enter_context(provider_server()) for _ in range(3))
        providers = Providers(gateway, brevo, ovh, monkeypatch)
        gateway.answers, brevo.answers = _as_gateway(providers.kept), _as_brevo
        ovh.answers = _as_ovh
        for name, value in {
            "SMS_GATEWAY_URL": f"{gateway.url}/sms",
            "SMS_GATEWAY_SECRET": GATEWAY_SECRET,
            "BREVO_URL": brevo.url,
            "BREVO_API_KEY": "key",
            "OVH_ENDPOINT": ovh.url,
            "OVH_APPLICATION_KEY": "key",
            "OVH_APPLICATION_SECRET": "app-secret",
            "OVH_CONSUMER_KEY": "consumer",
            "OVH_SMS_SERVICE": "sms-ab1-1",
            "SMS_CALLBACK_SECRET": CALLBACK_SECRET,
            "SMS_TIMEOUT": "0.5",
        }.items():
            monkeypatch.setenv(f"ARCEAUX_{name}", value)
        providers.use("gateway", "brevo")
        yield providers
    sms_settings.cache_clear()
    mail_settings.cache_clear()


def signed(body: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a request as the gateway makes it."""
    content = json.dumps(body).encode()
    return {
        "data": content,
        "content_type": "application/json",
        "headers": {"X-Signature": signature(content, GATEWAY_SECRET)},
    }
