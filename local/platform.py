"""A running platform, as its commands, demo, tests and benchmarks see it."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local import keys, lifecycle, processes, state
from local.errors import Failure
from local.folder import ROOT, SERVICES, DataFolder
from local.probes import is_ready
from local.state import Recorded

if TYPE_CHECKING:
    from local.client import Client


@dataclass(frozen=True)
class ProcessStatus:
    """One process as it is now; its memory includes that of its children, in bytes."""

    name: str
    pid: int
    port: int | None
    ready: bool
    restarts: int
    pss_bytes: int


@dataclass(frozen=True)
class Status:
    """All that runs in one data folder; ``pss_bytes`` is the sum with the supervisor's own."""

    ready: bool
    processes: tuple[ProcessStatus, ...]
    pss_bytes: int
    supervisor: int | None
    urls: Mapping[str, str]
    data: str

    def as_json(self) -> dict[str, object]:
        """The answer of ``status --json``."""
        return {**asdict(self), "processes": [asdict(process) for process in self.processes]}


@dataclass(frozen=True)
class Platform:
    """The platform running in one data folder, found through its state file.

    ``urls`` has the HTTP address of each service that runs, of the ``inbox``, and those of
    ``smtp``, ``broker`` and ``{service}_db``, passwords included.
    """

    folder: DataFolder
    urls: Mapping[str, str]
    services: tuple[str, ...]

    @classmethod
    def at(cls, data: Path) -> Platform:
        """The platform whose data is in ``data``; raises ``Failure`` when none runs there."""
        folder = DataFolder(data)
        held = lifecycle.running(folder)
        if held is None:
            raise Failure(f"nothing runs with its data in {data}: start it with ./arceaux up")
        return cls(folder, held.urls, tuple(held.services))

    def url(self, name: str) -> str:
        """The address called ``name``; raises ``Failure`` when that does not run here."""
        try:
            return self.urls[name]
        except KeyError as error:
            raise Failure(
                f"{name} does not run here: what does is {', '.join(self.urls)}"
            ) from error

    def token(
        self, role: str, organisation: str | None = None, programmes: Sequence[str] = ()
    ) -> str:
        """A staff token, good for an hour; see :func:`local.keys.token`."""
        key = keys.private_key(self.folder.keys, "registrations")
        return keys.token(key, role, organisation, programmes)

    def client(self, service: str, role: str) -> Client:
        """A client of one service, signed in with ``role``."""
        # The supervisor, which calls no service, should not carry this in memory.
        from local.client import Client  # noqa: PLC0415

        return Client(service, self.url(service), self.token(role))

    def pid(self, name: str) -> int:
        """The number of the process called ``name``; raises ``Failure`` when there is none."""
        held = state.load(self.folder)
        for process in held.processes if held else ():
            if process.name == name and processes.is_same(process.pid, process.started):
                return process.pid
        raise Failure(f"no process called {name} runs here")

    def kill(self, name: str) -> int:
        """Ends one process without a word, which its supervisor then starts again; its pid.

        It is gone when this returns: whoever then asks what is ready is not told of the old one.
        """
        pid = self.pid(name)
        processes.end([pid], signal.SIGKILL, seconds=10)
        return pid


def status(folder: DataFolder) -> Status:
    """What runs in ``folder``, asking each process now."""
    held = state.load(folder)
    if held is None:
        return Status(False, (), 0, None, {}, str(folder.path))
    supervised = processes.is_same(held.supervisor, held.started)
    alive = [found for found in held.processes if processes.is_same(found.pid, found.started)]
    with ThreadPoolExecutor(max_workers=16) as pool:
        found = tuple(pool.map(_process_status, alive))
    own = processes.memory_of_one(held.supervisor) if supervised else 0
    return Status(
        ready=supervised
        and held.ready
        and len(alive) == len(held.processes)
        and all(process.ready for process in found),
        processes=found,
        pss_bytes=sum(process.pss_bytes for process in found) + own,
        supervisor=held.supervisor if supervised else None,
        urls=held.urls if supervised else {},
        data=str(folder.path),
    )


def default_data() -> Path:
    """The data folder when none is named: ``ARCEAUX_DATA``, or ``.arceaux`` beside the code."""
    named = os.environ.get("ARCEAUX_DATA")
    return Path(named).absolute() if named else ROOT / ".arceaux"


def services(names: str | None) -> tuple[str, ...]:
    """The services of a comma-separated list: all for none given, no service for ``servers``.

    Raises ``Failure`` for a name that is no service.
    """
    if not names:
        return SERVICES
    if names == "servers":
        return ()
    asked = [name.strip() for name in names.split(",") if name.strip()]
    unknown = sorted(set(asked) - set(SERVICES))
    if unknown or not asked:
        raise Failure(
            f"there is no service called {', '.join(unknown) or repr(names)}: "
            f"choose among {', '.join(SERVICES)}, or servers for PostgreSQL and the broker alone"
        )
    return tuple(service for service in SERVICES if service in asked)


def _process_status(process: Recorded) -> ProcessStatus:
    return ProcessStatus(
        name=process.name,
        pid=process.pid,
        port=process.port,
        ready=is_ready(process.probe, process.pid),
        restarts=process.restarts,
        pss_bytes=processes.memory(process.pid),
    )
