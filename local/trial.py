"""A platform of one's own, on free ports and in a folder of one's choice, for tests and benchmarks.

    with trial.platform(tmp_path / "data") as running:
        running.urls["registrations"]      # http://127.0.0.1:…
        running.token("manager")
        running.kill("registrations-relay")

It does not disturb one that runs beside it, nor is it disturbed by that one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local import ports
from local.errors import Failure
from local.folder import ROOT
from local.platform import Platform, status


def free_ports() -> dict[str, str]:
    """A free port for every server, as the environment variables that choose them."""
    chosen: list[int] = []
    for _ in ports.VARIABLES:
        chosen.append(ports.free(chosen))
    return {
        variable: str(port) for variable, port in zip(ports.VARIABLES.values(), chosen, strict=True)
    }


def call(
    arguments: list[str], environment: Mapping[str, str] | None = None, seconds: float = 240.0
) -> subprocess.CompletedProcess[str]:
    """Runs ``./arceaux ARGUMENTS`` and returns how it ended, with what it wrote.

    ``environment`` is added to the caller's.
    """
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@contextmanager
def platform(
    data: Path, *, only: str = "", environment: Mapping[str, str] | None = None
) -> Iterator[Platform]:
    """A running platform, stopped at the end; its data stays in ``data``.

    ``only`` is as for ``up``: a list of services, or ``servers`` for PostgreSQL and the broker
    alone. ``environment`` goes to every process, and may choose ports. Raises ``Failure`` with
    what was said when it does not start.
    """
    arguments = ["up", "--detach", "--data", str(data), *(["--only", only] if only else [])]
    started = call(arguments, {**free_ports(), **(environment or {})})
    try:
        if started.returncode != 0:
            raise Failure(started.stderr.strip() or "the platform did not start")
        yield Platform.at(data)
    finally:
        call(["down", "--data", str(data)])


def await_ready(running: Platform, seconds: float = 30.0) -> None:
    """Returns once every process is ready again; raises ``Failure`` after ``seconds``."""
    until(lambda: status(running.folder).ready, "the platform to be ready", seconds)


def until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Returns once ``condition`` holds; raises ``Failure`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds:.0f} seconds in vain for {what}")
        time.sleep(0.05)
