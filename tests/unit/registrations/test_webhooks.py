"""The rules of webhooks: what is said, how it is signed, when it is tried again."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from services.registrations import webhooks
from services.registrations.webhooks import Verdict
from shared.events.catalogue import CATALOGUE

NOW = datetime.now(UTC)


def test_every_type_that_is_told_is_one_that_registrations_tells() -> None:
    told = {schema.event_type for schema in CATALOGUE.values() if schema.source == "registrations"}
    assert set(webhooks.EVENTS) <= told
    assert {name for name in told if name.startswith("registration.")} == set(
        webhooks.REGISTRATION_EVENTS
    )


@pytest.mark.parametrize("event_type", webhooks.REGISTRATION_EVENTS)
def test_of_a_registration_nothing_is_told_of_the_person(event_type: str) -> None:
    schema = CATALOGUE[event_type, 1]
    data: dict[str, Any] = dict.fromkeys(schema.instance().fields, "x")
    told = json.loads(webhooks.body(event_type, NOW, data))
    assert set(told) == {"type", "timestamp", "data"}
    assert told["type"] == event_type
    assert datetime.fromisoformat(told["timestamp"]) == NOW
    assert {"registration_id", "session_id"} <= set(told["data"])
    assert not set(told["data"]) & {"person", "participant_id", "by", "reason"}


def test_of_a_session_everything_is_told() -> None:
    data = {"session_id": "1", "title": "Créer un tuto", "place": {"code": "arceaux"}}
    told = webhooks.body("session.published", NOW, data)
    assert json.loads(told)["data"] == data
    assert "Créer" in told


@given(st.text(max_size=200), st.integers(1, 3))
def test_whoever_has_one_of_the_secrets_can_check_a_message(text: str, count: int) -> None:
    # Whoever checks refuses what is minutes old.
    sent = datetime.now(UTC)
    secrets = [webhooks.new_secret() for _ in range(count)]
    message_id = str(uuid4())
    posted = webhooks.body("session.published", sent, {"title": text})
    signature = webhooks.signatures(message_id, sent, posted, secrets)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent.timestamp())),
        "webhook-signature": signature,
    }
    for secret in secrets:
        assert Webhook(secret).verify(posted, headers)["data"]["title"] == text
    # And by hand, as the standard says.
    key = base64.b64decode(secrets[0].removeprefix("whsec_"))
    signed = f"{message_id}.{int(sent.timestamp())}.{posted}".encode()
    by_hand = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert signature.split(" ")[0] == f"v1,{by_hand}"


def test_secrets_are_long_enough_and_never_the_same() -> None:
    made = {webhooks.new_secret() for _ in range(100)}
    assert len(made) == 100
    # Standard Webhooks asks for 24 to 64 bytes.
    assert all(24 <= len(base64.b64decode(one.removeprefix("whsec_"))) <= 64 for one in made)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.DELIVERED),
        (204, Verdict.DELIVERED),
        (301, Verdict.AGAIN),
        (400, Verdict.AGAIN),
        (410, Verdict.GONE),
        (429, Verdict.AGAIN),
        (500, Verdict.AGAIN),
        (None, Verdict.AGAIN),
    ],
)
def test_what_an_answer_means(status: int | None, verdict: Verdict) -> None:
    assert webhooks.verdict(status) == verdict


def test_it_is_tried_for_about_three_days_with_ever_longer_waits() -> None:
    waits = [webhooks.wait_after(number) for number in range(1, webhooks.ATTEMPTS)]
    assert None not in waits
    assert waits == sorted(waits)  # type: ignore[type-var]
    assert timedelta(days=3) < sum(waits, timedelta()) < timedelta(days=4)  # type: ignore[arg-type]
    assert webhooks.wait_after(webhooks.ATTEMPTS) is None


@given(st.integers(1, webhooks.ATTEMPTS - 1), st.integers(0, 10**9))
def test_whoever_asks_to_be_left_alone_is_for_a_day_at_most(attempts: int, seconds: int) -> None:
    usual, asked = webhooks.wait_after(attempts), webhooks.wait_after(attempts, seconds)
    assert usual is not None
    assert asked is not None
    assert usual <= asked <= timedelta(days=1)
    assert asked >= min(timedelta(seconds=seconds), timedelta(days=1))
