"""Starts what is in a table, keeps it alive, stops it in order. One thread, no busy waiting."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import IO

from local import forking, processes
from local.errors import Failure
from local.forking import Forked
from local.logs import open_log, tail
from local.probes import Probe
from local.state import Recorded
from local.units import Unit

# How long anything may take to be ready before the start is given up.
START_SECONDS = 120.0
# A process that lived this long had started well: it is restarted at once.
_SETTLED_SECONDS = 10.0
_LONGEST_DELAY = 30.0
_UNREADY_PATIENCE = 2.0
# Of the caller's environment, what would change the programs we start without anyone meaning it.
_NOT_PASSED_ON = ("PG", "GRANIAN_", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONPATH", "PYTHONSAFEPATH")


class Interrupted(Exception):
    """Someone asked to stop while the platform was starting."""


@dataclass
class _Member:
    """A unit and how it is doing."""

    unit: Unit
    process: subprocess.Popen[bytes] | Forked | None = None
    started: str = ""
    since: float = 0.0
    probe: Probe | None = None
    ready: bool = False
    attempts: int = 0
    restarts: int = 0
    delay: float = 0.0
    due: float = 0.0


class Supervisor:
    """Runs ``units``, which share the mark of one ``run``.

    ``changed`` is called whenever a process has come or gone; ``say`` gets a line for a person
    at each step.
    """

    def __init__(
        self,
        run: str,
        units: Sequence[Unit],
        say: Callable[[str], None],
        changed: Callable[[list[Recorded]], None] = lambda _: None,
    ) -> None:
        self._run = run
        self._members = {unit.name: _Member(unit) for unit in units}
        self._say = say
        self._changed = changed
        self._asked_to_stop = 0
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)
        }
        self._wake_up, self._woken = os.pipe()

    def start(self, seconds: float = START_SECONDS) -> None:
        """Starts everything and returns when all is ready.

        Raises ``Failure`` when something fails or is not ready after ``seconds``, ``Interrupted``
        when asked to stop meanwhile. What was started then still runs: call ``stop``.
        """
        deadline = time.monotonic() + seconds
        share = any(member.unit.forked for member in self._members.values())
        while pending := [member for member in self._members.values() if not member.ready]:
            if self._asked_to_stop:
                raise Interrupted
            for member in pending:
                if member.process is None:
                    if self._may_start(member):
                        self._spawn(member)
                else:
                    self._look(member)
            if share:
                # While the servers, which need nothing, are coming up.
                forking.load_libraries()
                share = False
            if time.monotonic() > deadline:
                late = next((m for m in pending if m.process is not None), pending[0])
                raise self._failure(late, f"was not ready after {seconds:.0f} seconds")
            self._wait(0.02)

    def watch(self) -> None:
        """Restarts whatever dies, until asked to stop."""
        while not self._asked_to_stop:
            now = time.monotonic()
            nearest = now + 3600
            for member in self._members.values():
                if not member.unit.probe:
                    continue
                if member.process is not None and member.process.poll() is not None:
                    self._bury(member)
                if member.process is None:
                    if member.due <= time.monotonic():
                        self._revive(member)
                    else:
                        nearest = min(nearest, member.due)
            self._wait(nearest - now)

    def stop(self) -> None:
        """Stops everything, in turn; a second request to stop shortens every wait to nothing."""
        asked = self._asked_to_stop
        for turn in sorted({member.unit.turn for member in self._members.values()}):
            members = [
                member
                for member in self._members.values()
                if member.unit.turn == turn and member.process is not None
            ]
            for member in members:
                self._signal(member, member.unit.stop_signal)
            start = time.monotonic()
            for member in members:
                # One that never got ready has no work to put away, and may not listen yet.
                patience = member.unit.patience if member.ready else _UNREADY_PATIENCE
                deadline = start + patience
                while member.process is not None and member.process.poll() is None:
                    if time.monotonic() > deadline or self._asked_to_stop > asked + 1:
                        self._say(f"{member.unit.name} did not stop in time and was killed")
                        self._signal(member, signal.SIGKILL)
                        member.process.wait()
                    else:
                        self._wait(0.1)
                self._end_family(member)
                member.process = None
        self._changed([])
        os.close(self._wake_up)
        os.close(self._woken)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Takes SIGINT, SIGTERM and SIGHUP as requests to stop; wakes up when a child dies."""
        os.set_blocking(self._woken, False)
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        former = {number: signal.signal(number, self._on_stop) for number in signals}
        former[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in former.items():
                signal.signal(number, handler)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop += 1

    def _wait(self, seconds: float) -> None:
        readable, _, _ = select.select([self._wake_up], [], [], max(0.0, seconds))
        if readable:
            os.read(self._wake_up, 512)

    def _may_start(self, member: _Member) -> bool:
        return member.due <= time.monotonic() and all(
            self._members[name].ready for name in member.unit.after
        )

    def _spawn(self, member: _Member) -> None:
        unit = member.unit
        member.since = time.monotonic()
        if unit.prepare is not None:
            unit.prepare()
        environment = {
            **self._environment,
            **unit.environment,
            "PYTHONUNBUFFERED": "1",
            processes.MARK: f"{self._run}/{unit.name}",
        }
        try:
            with open_log(unit.log) as log:
                member.process = (
                    forking.fork(
                        unit.command[2:],
                        log=log.fileno(),
                        directory=unit.directory,
                        environment=environment,
                    )
                    if unit.forked
                    else _execute(unit, log, environment)
                )
        except OSError as error:
            raise Failure(f"{unit.name} cannot be started: {error}") from error
        member.started = processes.started(member.process.pid) or ""
        member.probe = Probe(unit.probe, member.process.pid) if unit.probe else None
        member.attempts += 1
        if unit.probe:
            self._record()

    def _look(self, member: _Member) -> None:
        """Sees whether a unit that is starting has become ready, or has failed."""
        assert member.process is not None
        code = member.process.poll()
        if member.probe is None:
            if code is None:
                return
            if code != 0:
                raise self._failure(member, f"failed ({_ending(code)})")
        elif code is not None:
            if member.attempts >= member.unit.attempts:
                raise self._failure(member, f"did not start ({_ending(code)})")
            self._bury(member)
            member.due = time.monotonic() + 0.5 * member.attempts
            return
        elif not member.probe.ready():
            return
        member.ready = True
        seconds = time.monotonic() - member.since
        note = "".join(f"  {line}" for line in tail(member.unit.log, 1) if member.unit.speaks)
        done = "ready" if member.unit.probe else "done"
        if not member.unit.probe:
            member.process = None
        self._say(f"  {member.unit.name:<26} {done:<5} {seconds:4.1f} s{note}")

    def _bury(self, member: _Member) -> None:
        """Notes a death and when the next life may begin."""
        assert member.process is not None
        lived = time.monotonic() - member.since
        if lived > _SETTLED_SECONDS:
            member.delay = 0.0
        if member.ready:
            after = f", again after {member.delay:.1f} s" if member.delay else ""
            self._say(
                f"{member.unit.name} ended ({_ending(member.process.returncode or 0)}); "
                f"it is started again{after}"
            )
        self._end_family(member)
        member.process = None
        member.due = time.monotonic() + member.delay
        member.delay = min(_LONGEST_DELAY, max(0.5, member.delay * 2))

    def _revive(self, member: _Member) -> None:
        member.restarts += 1
        try:
            self._spawn(member)
        except (Failure, OSError) as error:
            self._say(f"{member.unit.name} cannot be started again: {error}")
            member.due = time.monotonic() + _LONGEST_DELAY

    def _end_family(self, member: _Member) -> None:
        """Ends what a dead process left behind: such children may hold its port or its work."""
        processes.end(processes.marked(f"{self._run}/{member.unit.name}"), signal.SIGKILL, 0)

    def _signal(self, member: _Member, number: signal.Signals) -> None:
        if member.process is not None:
            member.process.send_signal(number)

    def _record(self) -> None:
        self._changed(
            [
                Recorded(
                    name=member.unit.name,
                    pid=member.process.pid,
                    started=member.started,
                    port=member.unit.port,
                    probe=member.unit.probe,
                    restarts=member.restarts,
                )
                for member in self._members.values()
                if member.process is not None and member.unit.probe
            ]
        )

    def _failure(self, member: _Member, what: str) -> Failure:
        unit = member.unit
        lines = tail(unit.log)
        where = f"{unit.log} ends with:" if lines else f"it wrote nothing to {unit.log}"
        return Failure(f"{unit.name} {what}; {where}", lines)


def _execute(unit: Unit, log: IO[bytes], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        unit.command,
        stdin=subprocess.PIPE if unit.input else subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=unit.directory,
        env=environment,
        # Ctrl-C in the terminal is for the supervisor, which then stops in order.
        start_new_session=True,
    )
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(unit.input.encode())
    return process


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
