"""Nothing lost, nothing done twice, whatever is killed: the whole platform under steady load."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from local import trial
from local.errors import Failure
from local.platform import Platform
from tests.place import Place, SteadyLoad
from tests.servers import wait_until

pytestmark = pytest.mark.system

_KINDS = ("api", "relay", "worker")
_SERVICES = ("registrations", "notifications", "reporting")
_HASTE = {
    "ARCEAUX_PUBLIC_RATE": "off",
    "ARCEAUX_CATCH_UP_EVERY": "1",
    "ARCEAUX_SWEEP_EVERY": "1",
    "ARCEAUX_SEND_LEASE": "15",
}


@pytest.fixture
def breakable(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Makes a platform that a test may break."""
    running = []

    def make(**environment: str) -> Place:
        manager = trial.platform(tmp_path / "data", environment={**_HASTE, **environment})
        place = Place(manager.__enter__())
        running.append(manager)
        return place

    yield make
    for manager in running:
        manager.__exit__(None, None, None)


def test_nothing_is_lost_or_told_twice_when_everything_is_killed_in_turn(
    breakable: Callable[..., Place],
) -> None:
    _play_havoc(breakable(), rounds=1)


@pytest.mark.slow
def test_nothing_is_lost_or_told_twice_when_everything_is_killed_many_times(
    breakable: Callable[..., Place],
) -> None:
    _play_havoc(breakable(), rounds=5)


def test_batches_lost_with_the_broker_are_found_by_the_catch_up(
    breakable: Callable[..., Place],
) -> None:
    place = breakable()
    _lose_a_batch(place)
    wait_until(lambda: place.indicators()["registrations"] == 3, "caught up")


def test_without_the_catch_up_they_would_stay_lost(breakable: Callable[..., Place]) -> None:
    """Shows that the tests here can fail: this is what they guard against."""
    place = breakable(ARCEAUX_CATCH_UP_EVERY="86400")
    _lose_a_batch(place)
    broker = _broker(place.platform)
    wait_until(lambda: broker.llen("reporting.events") == 0, "nothing is on its way")
    # The broker may have handed over one batch before it was emptied, but not all three.
    assert place.indicators()["registrations"] < 3


def _play_havoc(place: Place, rounds: int) -> None:
    platform = place.platform
    sessions = [place.session(seats=100_000) for _ in range(5)]
    load = SteadyLoad(place, sessions, pause=0.05)
    load.start()
    try:
        for _ in range(rounds):
            for service in _SERVICES:
                for kind in _KINDS:
                    _kill_and_go_on(load, platform, f"{service}-{kind}")
        _kill_and_go_on(load, platform, "broker")
        _broker(platform).flushall()
        _more(load, 20)
        _kill_and_go_on(load, platform, "postgres")
    finally:
        load.stop()
    assert load.surprises == []
    _assert_everything_arrived(place, load)


def _kill_and_go_on(load: SteadyLoad, platform: Platform, name: str) -> None:
    platform.kill(name)
    trial.await_ready(platform, 60)
    _more(load, 10)


def _more(load: SteadyLoad, count: int) -> None:
    goal = len(load.accepted) + count
    wait_until(lambda: len(load.accepted) >= goal, "people can register again", seconds=60)


def _assert_everything_arrived(place: Place, load: SteadyLoad) -> None:
    accepted = load.accepted
    assert len(set(accepted.values())) == len(accepted), "someone was registered twice"
    wait_until(
        lambda: place.indicators()["registrations"] >= len(accepted), "all are counted", seconds=90
    )
    figures = place.indicators()
    assert (figures["registrations"], figures["people"]) == (len(accepted), len(accepted))

    wait_until(
        lambda: place.told() >= len(accepted), "every message is sent or unknown", seconds=90
    )
    statuses, inbox = place.statuses(), place.inbox()
    unknown = 0
    for registration, address in accepted.items():
        assert set(statuses[registration]) <= {"sent", "unknown"}, statuses[registration]
        assert sum(statuses[registration].values()) == 1, statuses[registration]
        received = len(inbox.get(address, []))
        if statuses[registration]["unknown"]:
            unknown += 1
            assert received <= 1
        else:
            assert received == 1, f"{received} messages for one registration"
    # Only a kill that fell between the last dot and the answer may leave one in doubt.
    assert unknown <= 5, f"{unknown} of {len(accepted)} messages in doubt"
    listed = trial.call(["events", "list", "--data", str(place.platform.folder.path)])
    assert listed.returncode == 0, listed.stdout[-300:]
    print(
        f"{len(accepted)} accepted with {load.retries} retries, all counted and told, "
        f"{unknown} in doubt"
    )


def _lose_a_batch(place: Place) -> None:
    """Let batches for reporting wait in the broker's queue, and empty the broker under them."""
    session = place.session(seats=5)
    wait_until(lambda: _reported_sessions(place) >= 1, "reporting follows")
    worker = psutil.Process(place.platform.pid("reporting-worker"))
    family = [worker, *worker.children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGSTOP)
    try:
        broker = _broker(place.platform)
        for number in range(3):
            assert place.register(session, f"p{number}")[0] == 201
        wait_until(lambda: broker.llen("reporting.events") >= 1, "a batch waits in the queue")
        wait_until(lambda: len(place.inbox()) == 3, "the relay has sent everything")
        broker.flushall()
    finally:
        for process in family:
            process.send_signal(signal.SIGCONT)


def _reported_sessions(place: Place) -> int:
    try:
        return int(place.indicators()["sessions"])
    except Failure:
        # On a busy machine it may not have had registrations' keys yet, and says to ask again.
        return 0


def _broker(platform: Platform) -> redis.Redis:
    return redis.Redis.from_url(platform.urls["broker"])
