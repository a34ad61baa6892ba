"""Up and down: one supervisor per data folder, and nothing of an earlier run left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from local import ports, postgres, processes, state, table
from local.errors import Failure
from local.folder import DataFolder
from local.logs import open_log
from local.state import Recorded, State
from local.supervisor import Interrupted, Supervisor

Say = Callable[[str], None]

# Longer than the supervisor itself may take: the sum of the patience of every turn.
_DOWN_SECONDS = 120.0
_ELSEWHERE_SECONDS = 150.0
_ORPHAN_SECONDS = 10.0
_LETTING_GO_SECONDS = 5.0


def running(folder: DataFolder) -> State | None:
    """The state of the platform that runs in ``folder``, ready or not; None when none does."""
    held = state.load(folder)
    if held is None or not processes.is_same(held.supervisor, held.started):
        return None
    return held


def up(
    folder: DataFolder, services: Sequence[str], say: Say, ready: Callable[[State], None]
) -> None:
    """Runs the platform in this process until it is asked to stop.

    ``ready`` is called once, when everything is ready or when another process has it running
    already, in which case this returns at once. Raises ``Failure`` when the start fails; nothing
    is left running then.
    """
    folder.create()
    with folder.supervised() as ours:
        if not ours:
            ready(_await_other(folder, say))
            return
        previous = state.load(folder)
        orphans = _orphans(folder, previous)
        if orphans:
            listed = ", ".join(map(str, sorted(orphans)))
            say(f"Ending what an earlier run left behind (process {listed})")
            _end_orphans(folder, previous)
        if previous and previous.processes:
            ports.await_free(previous.ports.values(), _LETTING_GO_SECONDS)
        _supervise(folder, _plan(folder, services, previous), _logged(folder, say), ready)


def detach(
    folder: DataFolder, services: Sequence[str], say: Say, ready: Callable[[State], None]
) -> int:
    """Runs the platform in a process of its own; returns when it is ready, with an exit code.

    That process shows its progress, and a failure, where this one would have.
    """
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()

        def let_go(held: State) -> None:
            ready(held)
            _leave_terminal(folder)
            with suppress(BrokenPipeError):
                os.write(writer, b"ready")
            os.close(writer)

        up(folder, services, say, let_go)
        return 0
    os.close(writer)
    try:
        with os.fdopen(reader, "rb") as news:
            if news.read() == b"ready":
                return 0
    except KeyboardInterrupt:
        os.kill(child, signal.SIGTERM)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) or 1


def down(folder: DataFolder) -> int:
    """Stops what runs in ``folder``, or what is left of it; returns how many processes ended."""
    held = state.load(folder)
    if held is None:
        return 0
    count = 0
    if processes.is_same(held.supervisor, held.started):
        count = len(held.processes)
        processes.end([held.supervisor], signal.SIGTERM, _DOWN_SECONDS)
    with folder.supervised() as ours:
        if not ours:
            raise Failure("another command is starting the platform here: wait for it, then again")
        held = state.load(folder) or held
        orphans = _orphans(folder, held)
        _end_orphans(folder, held)
        held.processes, held.ready = [], False
        held.save(folder)
    return count + len(orphans)


def _plan(folder: DataFolder, services: Sequence[str], previous: State | None) -> table.Plan:
    host = os.environ.get("ARCEAUX_HOST") or ports.LOOPBACK
    return table.Plan(
        folder=folder,
        services=tuple(services),
        ports=ports.choose(
            table.wanted_ports(services), host, previous.ports if previous else {}, os.environ
        ),
        host=host,
        caller=dict(os.environ),
    )


def _supervise(
    folder: DataFolder, plan: table.Plan, say: Say, ready: Callable[[State], None]
) -> None:
    held = State(
        run=os.urandom(8).hex(),
        supervisor=os.getpid(),
        started=processes.started(os.getpid()) or "",
        services=list(plan.services),
        ports=dict(plan.ports),
        urls=table.urls(plan, folder.secrets()),
    )

    def changed(recorded: list[Recorded]) -> None:
        held.processes = recorded
        held.save(folder)

    held.save(folder)
    supervisor = Supervisor(held.run, table.units(plan), say, changed)
    with supervisor.listening():
        try:
            supervisor.start()
            held.ready = True
            held.save(folder)
            ready(held)
            supervisor.watch()
        except Interrupted as error:
            raise Failure("stopped before the platform was ready") from error
        finally:
            say("Stopping")
            held.ready = False
            supervisor.stop()
            say("Stopped")


def _await_other(folder: DataFolder, say: Say) -> State:
    """Waits until the supervisor that holds the folder is ready; raises ``Failure`` if it ends."""
    deadline = time.monotonic() + _ELSEWHERE_SECONDS
    told = False
    while time.monotonic() < deadline:
        held = running(folder)
        if held is not None and held.ready:
            say(f"The platform already runs here, with its data in {folder.path}")
            return held
        if not told:
            say("The platform is being started or stopped by another command; waiting for it")
            told = True
        with folder.supervised() as ours:
            if ours:
                raise Failure("the other command ended and nothing runs: try again")
        time.sleep(0.1)
    raise Failure("another command holds the data folder and is not ready: try ./arceaux down")


def _orphans(folder: DataFolder, held: State | None) -> set[int]:
    """What an earlier supervisor started and did not live to stop."""
    if held is None:
        return set()
    found: set[int] = set()
    for process in held.processes:
        if processes.is_same(process.pid, process.started):
            found.update(processes.family(process.pid))
    found.update(processes.marked(f"{held.run}/"))
    found.update(postgres.leftovers(folder))
    return found - {os.getpid()}


def _end_orphans(folder: DataFolder, held: State | None) -> None:
    """Ends them, the database last so that the others can still put their work away."""
    alive = {
        process.name: process.pid
        for process in (held.processes if held else ())
        if processes.is_same(process.pid, process.started)
    }
    database = {alive.pop("postgres")} if "postgres" in alive else set()
    # Children are left to their parents, as long as these are there to end them.
    processes.end(alive.values(), signal.SIGTERM, _ORPHAN_SECONDS)
    servers = set(postgres.leftovers(folder)).union(*map(processes.family, database))
    processes.end(_orphans(folder, held) - servers, signal.SIGKILL, 0)
    processes.end(database, signal.SIGINT, 2 * _ORPHAN_SECONDS)
    processes.end(_orphans(folder, held), signal.SIGKILL, 0)


def _logged(folder: DataFolder, say: Say) -> Say:
    file = folder.log("supervisor")
    open_log(file).close()

    def both(line: str) -> None:
        stamp = datetime.now().astimezone().isoformat(timespec="milliseconds")
        with file.open("a") as log:
            log.write(f"{stamp} {line.strip()}\n")
        say(line)

    return both


def _leave_terminal(folder: DataFolder) -> None:
    """Lets go of the caller's input and output, so that these can end; errors go to the log."""
    with suppress(OSError):
        sys.stdout.flush()
    with open_log(folder.log("supervisor")) as log, Path(os.devnull).open("r+b") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
        os.dup2(log.fileno(), 2)
