"""Under steady load, everything fails in turn: nothing accepted is lost, told twice or oversold."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from docker.models.containers import Container

from tests.containers.faults import killed, paused, stopped, unplugged, without_its_data
from tests.containers.stack import Stack
from tests.place import Place, SteadyLoad
from tests.servers import wait_until

pytestmark = pytest.mark.containers

_HOT_SEATS = 30
_KINDS = ("api", "relay", "worker")
_SERVICES = ("registrations", "notifications", "reporting")

Fault = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Trial:
    """One thing that happens to the platform, for ``seconds``."""

    what: str
    to_whom: str
    fault: Fault
    seconds: float


def test_nothing_is_lost_told_twice_or_oversold_whatever_fails(place: Place) -> None:
    """One of each kind of container, and one kind of fault after the other."""
    stack: Stack = place.platform
    faults = (killed, paused, unplugged)
    one_each = [
        stack.containers(f"{service}-{kind}")[0] for service in _SERVICES for kind in _KINDS
    ]
    one_each += [stack.containers(name)[0] for name in ("gateway", "mail", "registrations-db")]
    trials = [
        _trial(faults[number % len(faults)], container, seconds=2)
        for number, container in enumerate(one_each)
    ]
    _play(place, [*trials, *_of_the_broker(stack, 2), *_of_a_database(stack, "reporting", 5)])


@pytest.mark.slow
def test_nothing_is_lost_told_twice_or_oversold_when_each_container_fails_in_each_way(
    place: Place,
) -> None:
    stack: Stack = place.platform
    trials = [
        _trial(fault, container, seconds=5)
        for fault in (killed, paused, unplugged)
        for container in stack.containers()
    ]
    databases = [trial for service in _SERVICES for trial in _of_a_database(stack, service, 60)]
    _play(place, [*trials, *_of_the_broker(stack, 10), *databases])


def _trial(
    fault: Callable[[Container], AbstractContextManager[None]], container: Container, seconds: float
) -> Trial:
    name = container.labels["com.docker.compose.service"]
    return Trial(fault.__name__, name, lambda: fault(container), seconds)


def _of_the_broker(stack: Stack, seconds: float) -> Iterator[Trial]:
    broker = stack.containers("broker")[0]
    yield Trial("restarted", "broker", lambda: stopped(broker), seconds)
    yield Trial("emptied", "broker", lambda: without_its_data(stack), seconds)


def _of_a_database(stack: Stack, service: str, seconds: float) -> Iterator[Trial]:
    [database] = stack.containers(f"{service}-db")
    yield Trial(f"stopped for {seconds:.0f} s", f"{service}-db", lambda: stopped(database), seconds)


def _play(place: Place, trials: list[Trial]) -> None:
    hot = place.session(seats=_HOT_SEATS)
    sessions = [hot, *(place.session(seats=100_000) for _ in range(4))]
    # What is told must not fall behind: how soon all is well again is to show the fault, not the load.
    load = SteadyLoad(place, sessions, pause=0.2)
    load.start()
    print(f"\n{'what':<18}{'to whom':<24}{'accepted':>9}{'again':>8}{'told':>8}{'counted':>9}")
    try:
        for trial in trials:
            _undergo(place, load, trial)
    finally:
        load.stop()
    assert load.surprises == []
    place.platform.await_healthy()
    _assert_everything_arrived(place, load, hot)


def _undergo(place: Place, load: SteadyLoad, trial: Trial) -> None:
    """Let it happen, and print how many were accepted meanwhile and how soon all was well again."""
    before = len(load.accepted)
    with trial.fault():
        # How long a fault lasts is part of it: there is no condition to wait for.
        threading.Event().wait(trial.seconds)
        during = len(load.accepted) - before
    over = time.monotonic()

    def since(condition: Callable[[], object], what: str) -> float:
        wait_until(condition, f"{what} after {trial.to_whom} was {trial.what}", seconds=120)
        return time.monotonic() - over

    known = set(load.accepted)
    again = since(lambda: len(load.accepted) > len(known) + 5, "people can register")
    accepted = len(load.accepted)
    newest = next(reversed(load.accepted))
    told = since(lambda: _is_told(place, newest), "the newest is told")
    counted = since(lambda: _is_counted(place, accepted), "all are counted")
    print(
        f"{trial.what:<18}{trial.to_whom:<24}{during:>9}{again:>7.1f}s{told:>7.1f}s{counted:>8.1f}s",
        flush=True,
    )


def _is_told(place: Place, registration: str) -> bool:
    try:
        said = place.notifications(registration)
    except Exception:
        # The service may be the one that has just come back.
        return False
    return any(one["status"] in ("sent", "unknown") for one in said)


def _is_counted(place: Place, accepted: int) -> bool:
    try:
        return bool(place.indicators()["registrations"] >= accepted)
    except Exception:
        return False


def _assert_everything_arrived(place: Place, load: SteadyLoad, hot: str) -> None:
    accepted = load.accepted
    assert len(set(accepted.values())) == len(accepted), "someone was registered twice"
    wait_until(lambda: _is_counted(place, len(accepted)), "all are counted", seconds=120)
    figures = place.indicators()
    assert (figures["registrations"], figures["people"]) == (len(accepted), len(accepted))

    def settled() -> bool:
        statuses = place.statuses()
        return all(set(statuses.get(one, {})) & {"sent", "unknown"} for one in accepted)

    # A mail server that was away is tried again after 30 seconds, then after two minutes.
    wait_until(settled, "every message is sent or unknown", seconds=240)
    statuses, inbox = place.statuses(), place.inbox()
    unknown = 0
    for registration, address in accepted.items():
        assert sum(statuses[registration].values()) == 1, statuses[registration]
        received = len(inbox.get(address, []))
        unknown += statuses[registration]["unknown"]
        assert received <= 1, f"{received} messages for one registration"
        assert received or statuses[registration]["unknown"], "no message for a registration"
    client = place.platform.client("registrations", "adviser")
    in_hot = list(client.items("/v1/registrations", session=hot, limit=100))
    assert sum(one["status"] == "confirmed" for one in in_hot) == min(_HOT_SEATS, len(in_hot))
    print(
        f"{len(accepted)} accepted with {load.retries} retries, all counted and told once, "
        f"{unknown} in doubt; {len(in_hot)} for {_HOT_SEATS} seats"
    )
