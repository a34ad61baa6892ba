"""Everybody is told once, whatever happens to workers, broker and mail server meanwhile."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope

from local import trial
from local.errors import Failure
from local.platform import Platform
from tests.place import Place, SteadyLoad
from tests.servers import free_port, wait_until

pytestmark = pytest.mark.system

_HASTE = {
    "ARCEAUX_PUBLIC_RATE": "off",
    "ARCEAUX_CATCH_UP_EVERY": "1",
    "ARCEAUX_SWEEP_EVERY": "1",
    "ARCEAUX_SEND_LEASE": "15",
}
_DROPPED = 0.01
_BETWEEN_KILLS = 10.0
# Threads of a worker, each with one message in hand.
_SENDERS = 2


@dataclass
class UnreliableMailServer:
    """Hangs up now and then, once per address: when it hears to whom, or at the end, with or without the message.

    Whoever sends can tell the first from the others, but not those two from one another.
    """

    chance: random.Random = field(default_factory=lambda: random.Random(1))
    received: Counter[str] = field(default_factory=Counter)
    hung_up_before: set[str] = field(default_factory=set)
    hung_up_with_it: set[str] = field(default_factory=set)
    hung_up_without_it: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._hangs_up(address, self.hung_up_before):
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        if self._hangs_up(address, self.hung_up_without_it):
            server.transport.abort()
            return "451 4.0.0 Gone"
        message = BytesHeaderParser().parsebytes(envelope.original_content or b"")
        self.received[str(message["Message-ID"])] += 1
        if self._hangs_up(address, self.hung_up_with_it):
            server.transport.abort()
        return "250 2.0.0 Kept"

    def _hangs_up(self, address: str, done: set[str]) -> bool:
        before = (self.hung_up_before, self.hung_up_with_it, self.hung_up_without_it)
        if any(address in one for one in before) or self.chance.random() >= _DROPPED:
            return False
        done.add(address)
        return True


@pytest.fixture
def mail_server() -> Iterator[tuple[UnreliableMailServer, int]]:
    """The server, and the port on which it listens."""
    server, port = UnreliableMailServer(), free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    yield server, port
    controller.stop()


@pytest.mark.by_hand
@pytest.mark.parametrize("people", [1_000, 10_000])
def test_everybody_is_told_once_though_workers_die_the_broker_is_emptied_and_the_mail_server_hangs_up(
    tmp_path: Path, mail_server: tuple[UnreliableMailServer, int], people: int
) -> None:
    patience = 120 + people / 10
    server, port = mail_server
    environment = {**_HASTE, "ARCEAUX_SMTP_URL": f"smtp://127.0.0.1:{port}"}
    with trial.platform(tmp_path / "data", environment=environment) as platform:
        place = Place(platform)
        load = SteadyLoad(place, [place.session(seats=100_000) for _ in range(5)], pause=0)
        killer = Killer(platform)
        killer.start()
        load.start(people=6)
        try:
            wait_until(
                lambda: len(load.accepted) >= people // 2, "half have registered", seconds=patience
            )
            redis.Redis.from_url(platform.urls["broker"]).flushall()
            wait_until(
                lambda: len(load.accepted) >= people, "all have registered", seconds=patience
            )
        finally:
            load.stop()
            wait_until(
                lambda: len(server.received) >= people // 2, "half are told", seconds=patience
            )
            kills = killer.stop()
        wait_until(
            lambda: place.told() >= len(load.accepted), "everybody is told", seconds=patience
        )
        messages = {one["registration_id"]: one for one in _messages(place)}

    assert load.surprises == []
    assert messages.keys() == load.accepted.keys(), "one message for each, and for nobody else"
    for registration, message in messages.items():
        copies = server.received[f"<{message['id']}@arceaux.example>"]
        in_doubt = message["status"] == "unknown"
        assert copies <= 1, "told twice"
        assert copies == 1 or in_doubt, (message["status"], load.accepted[registration])
    unknown = {one["id"] for one in messages.values() if one["status"] == "unknown"}
    unheard = {
        one["id"]
        for registration, one in messages.items()
        if load.accepted[registration] in server.hung_up_with_it | server.hung_up_without_it
    }
    assert unheard <= unknown, "what nobody confirmed is not taken for sent"
    # Besides those, only what was on its way when a worker died can be in doubt: one at a time each.
    assert len(unknown - unheard) <= kills * _SENDERS, (len(unknown - unheard), kills)
    print(
        f"{len(messages)} told, {sum(server.received.values())} received, none twice; "
        f"{kills} workers killed, {len(server.hung_up_before)} hung up on before the message, "
        f"{len(server.hung_up_without_it)} at its end without it and {len(server.hung_up_with_it)} "
        f"with it; {len(unknown)} in doubt"
    )


class Killer(threading.Thread):
    """Ends the worker of notifications every few seconds, without a word."""

    def __init__(self, platform: Platform) -> None:
        super().__init__()
        self._platform, self._over, self._kills = platform, threading.Event(), 0

    def run(self) -> None:
        while not self._over.wait(_BETWEEN_KILLS):
            # Between its end and its next beginning there is nothing to kill.
            with suppress(Failure):
                self._platform.kill("notifications-worker")
                self._kills += 1

    def stop(self) -> int:
        """How many were killed."""
        self._over.set()
        self.join(90)
        return self._kills


def _messages(place: Place) -> list[dict[str, Any]]:
    client = place.platform.client("notifications", "adviser")
    items: list[dict[str, Any]] = list(client.items("/v1/notifications", limit=500))
    return [one for one in items if one["kind"] != "reminder"]
