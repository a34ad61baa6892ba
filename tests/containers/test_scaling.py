"""Each service is scaled, stopped and replaced on its own, while the others go on."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
import urllib3

from tests.containers.stack import SERVICES, Stack
from tests.place import Place, SteadyLoad
from tests.servers import wait_until

pytestmark = pytest.mark.containers


def test_each_service_is_scaled_on_its_own(place: Place) -> None:
    stack: Stack = place.platform
    session = place.session(seats=100)
    stack.run(
        *("up", "--wait"),
        *("--scale", "registrations-api=3", "--scale", "notifications-worker=4"),
    )
    try:
        assert len(stack.containers("registrations-api")) == 3
        assert len(stack.containers("notifications-worker")) == 4
        for number in range(30):
            assert place.register(session, f"p{number}")[0] == 201
        wait_until(lambda: len(place.inbox()) == 30, "everyone is told")
        assert all(_served(one) for one in stack.containers("registrations-api"))
    finally:
        stack.run("up", "--wait")


def test_a_stopped_service_leaves_the_others_at_work_and_catches_up(place: Place) -> None:
    stack: Stack = place.platform
    session = place.session(seats=100)
    for away in ("notifications", "reporting"):
        names = [f"{away}-{kind}" for kind in ("api", "relay", "worker", "db")]
        stack.run("stop", *names)
        try:
            assert place.register(session, f"while-{away}-is-away")[0] == 201
            answer = urllib3.request("GET", f"{stack.urls[away]}/health/ready", retries=False)
            assert (answer.status, answer.json()["status"]) == (503, 503)
        finally:
            stack.run("start", *names)
            stack.await_healthy()
    wait_until(lambda: len(place.inbox()) == 2, "both are told")
    wait_until(lambda: place.indicators()["registrations"] == 2, "both are counted")


def test_without_registrations_the_other_services_still_answer(place: Place) -> None:
    stack: Stack = place.platform
    # Each web process of theirs has met a token once, and so knows the key it was signed with.
    for _ in range(20):
        assert place.indicators()["registrations"] == 0
        assert place.statuses() is not None
    names = [f"registrations-{kind}" for kind in ("api", "relay", "worker", "db")]
    stack.run("stop", *names)
    try:
        assert place.indicators()["registrations"] == 0
        assert place.statuses() is not None
    finally:
        stack.run("start", *names)
        stack.await_healthy()
    assert place.register(place.session(seats=1), "afterwards")[0] == 201


def test_no_request_fails_while_each_web_process_is_restarted_in_turn(place: Place) -> None:
    stack: Stack = place.platform
    # Nobody insists here: whoever is refused once is counted.
    people = SteadyLoad(place, [place.session(seats=100_000)])
    readers = _Readers([f"{url}/openapi.json" for url in map(stack.urls.get, SERVICES)])
    people.start()
    readers.start()
    try:
        for service in SERVICES:
            for container in stack.containers(f"{service}-api"):
                container.restart()
                stack.await_healthy()
    finally:
        people.stop()
        readers.stop()

    print(f"\n{len(people.accepted)} registered, {people.retries} refused; {dict(readers.answers)}")
    assert len(people.accepted) > 100
    assert people.retries == 0
    assert people.surprises == []
    assert set(readers.answers) == {200}


def _served(container: object) -> bool:
    return b'"status": 201' in container.logs()


class _Readers:
    """Somebody who reads one address after the other, and counts the answers by status."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read_for_ever)
        self.answers: Counter[int | str] = Counter()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(60)

    def _read_for_ever(self) -> None:
        http = urllib3.PoolManager(timeout=10.0, retries=False)
        while not self._ended.is_set():
            for address in self._addresses:
                try:
                    self.answers[http.request("GET", address).status] += 1
                except urllib3.exceptions.HTTPError as error:
                    self.answers[type(error).__name__] += 1
            self._ended.wait(0.02)
