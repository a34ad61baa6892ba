"""The platform on one machine, driven as its operator would: through its commands alone."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import processes, state, trial
from local.folder import SERVICES, DataFolder
from local.platform import Platform

pytestmark = pytest.mark.system

NAMES = {"postgres", "broker", "inbox"} | {
    f"{service}-{kind}" for service in SERVICES for kind in ("api", "relay", "worker")
}


@pytest.fixture(scope="module")
def ports() -> dict[str, str]:
    return trial.free_ports()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a space in its path; as root, one under a folder only root may enter."""
    return tmp_path_factory.mktemp("one machine") / "data"


@pytest.fixture
def running(data: Path, ports: dict[str, str]) -> Platform:
    """The platform, brought up if a test before left it down; it stays up between tests."""
    started = trial.call(["up", "--detach", "--data", str(data)], ports)
    assert started.returncode == 0, started.stderr
    return Platform.at(data)


@pytest.fixture(scope="module", autouse=True)
def _stopped_at_the_end(data: Path) -> Iterator[None]:
    yield
    trial.call(["down", "--data", str(data)])
    assert not _processes_of(data)


def test_says_what_comes_up_and_where_it_is(data: Path, ports: dict[str, str]) -> None:
    trial.call(["down", "--data", str(data)])
    started = trial.call(["up", "--detach", "--data", str(data)], ports)

    assert started.returncode == 0, started.stderr
    for name in NAMES:
        assert f"  {name} " in started.stdout
    assert f"http://127.0.0.1:{ports['ARCEAUX_REGISTRATIONS_PORT']}" in started.stdout


def test_status_tells_what_runs(running: Platform, data: Path) -> None:
    found = _status(data)

    assert found["ready"] is True
    assert {process["name"] for process in found["processes"]} == NAMES
    assert all(process["ready"] and process["pss_bytes"] > 0 for process in found["processes"])
    assert found["pss_bytes"] >= sum(process["pss_bytes"] for process in found["processes"])
    assert {*SERVICES, "inbox", "smtp", "broker", "registrations_db"} <= set(found["urls"])
    assert found["data"] == str(data)
    for service in (*SERVICES, "inbox"):
        with urllib.request.urlopen(f"{found['urls'][service]}/health/ready") as answer:
            assert answer.status == 200


def test_the_programme_is_there(running: Platform) -> None:
    with urllib.request.urlopen(f"{running.urls['registrations']}/v1/activities?limit=1") as answer:
        assert json.load(answer)["items"]


def test_a_token_opens_what_is_for_staff(running: Platform, data: Path) -> None:
    printed = trial.call(["token", "--role", "operator", "--data", str(data)])
    address = f"{running.urls['registrations']}/v1/events?after=0&limit=1"
    request = urllib.request.Request(
        address, headers={"Authorization": f"Bearer {printed.stdout.strip()}"}
    )

    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def test_up_again_says_that_it_runs(running: Platform, data: Path, ports: dict[str, str]) -> None:
    before = running.pid("registrations-api")

    again = trial.call(["up", "--detach", "--data", str(data)], ports)

    assert again.returncode == 0
    assert "already runs" in again.stdout
    assert running.urls["registrations"] in again.stdout
    assert running.pid("registrations-api") == before


@pytest.mark.parametrize("name", sorted(NAMES))
def test_what_is_killed_comes_back(running: Platform, name: str) -> None:
    trial.await_ready(running)
    killed = running.kill(name)

    trial.until(lambda: _pid(running, name) not in (None, killed), f"another {name}")
    trial.await_ready(running)


def test_down_stops_everything_and_up_finds_the_data_again(
    running: Platform, data: Path, ports: dict[str, str]
) -> None:
    stopped = trial.call(["down", "--data", str(data)])

    assert stopped.returncode == 0
    assert not _processes_of(data)
    assert _status_code(data) == 1
    assert trial.call(["down", "--data", str(data)]).stdout.strip() == "Nothing was running"

    started = trial.call(["up", "--detach", "--data", str(data)], ports)
    assert started.returncode == 0, started.stderr
    assert "kept as it is" in started.stdout


@pytest.mark.parametrize("left", ["everything but the supervisor's children", "nothing"])
def test_comes_up_after_a_sudden_death(
    running: Platform, data: Path, ports: dict[str, str], left: str
) -> None:
    """The supervisor is killed, alone or with every process at once."""
    held = state.load(DataFolder(data))
    assert held is not None
    doomed = {held.supervisor}
    if left == "nothing":
        doomed |= {process.pid for process in held.processes}
    before = _processes_of(data)

    processes.send(doomed, signal.SIGKILL)
    trial.until(lambda: _status_code(data) == 1, "the death to be seen")
    started = trial.call(["up", "--detach", "--data", str(data)], ports)

    assert started.returncode == 0, started.stderr
    assert _status(data)["ready"] is True
    assert not before & _processes_of(data)


def test_down_ends_what_a_killed_supervisor_left(running: Platform, data: Path) -> None:
    held = state.load(DataFolder(data))
    assert held is not None
    os.kill(held.supervisor, signal.SIGKILL)

    assert trial.call(["down", "--data", str(data)]).returncode == 0
    assert not _processes_of(data)


def test_a_taken_port_is_one_clear_line(data: Path, ports: dict[str, str]) -> None:
    trial.call(["down", "--data", str(data)])
    port = ports["ARCEAUX_NOTIFICATIONS_PORT"]
    with socket.create_server(("127.0.0.1", int(port))):
        refused = trial.call(["up", "--detach", "--data", str(data)], ports)

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"port {port}" in refused.stderr
    assert "ARCEAUX_NOTIFICATIONS_PORT" in refused.stderr
    assert not _processes_of(data)


def test_one_service_alone(tmp_path: Path) -> None:
    with trial.platform(tmp_path / "data", only="registrations") as running:
        names = {process["name"] for process in _status(tmp_path / "data")["processes"]}
        assert names == {
            "postgres",
            "broker",
            "registrations-api",
            "registrations-relay",
            "registrations-worker",
        }
        assert "reporting" not in running.urls


def _status(data: Path) -> dict[str, Any]:
    printed = trial.call(["status", "--json", "--data", str(data)])
    found: dict[str, Any] = json.loads(printed.stdout)
    return found


def _status_code(data: Path) -> int:
    return trial.call(["status", "--data", str(data)]).returncode


def _pid(running: Platform, name: str) -> int | None:
    held = state.load(running.folder)
    found = [process.pid for process in held.processes if process.name == name] if held else []
    return found[0] if found else None


def _processes_of(data: Path) -> set[int]:
    """Everything that runs for this data folder, whoever its parent is."""
    held = state.load(DataFolder(data))
    if held is None:
        return set()
    recorded = {
        member
        for process in held.processes
        if processes.is_same(process.pid, process.started)
        for member in processes.family(process.pid)
    }
    return recorded | set(processes.marked(f"{held.run}/"))
