"""What the operating system knows of a process: its identity, its family, its memory, its end."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

import psutil

# Set in the environment of everything the supervisor starts, as "RUN/NAME": children inherit it,
# so they can be told from strangers even when the process that started them is gone.
MARK = "ARCEAUX_PROCESS"


def started(pid: int) -> str | None:
    """When the process began, as an opaque text that no other process of that number shares.

    None when there is no such process or only its unread exit status is left.
    """
    if sys.platform != "linux":
        try:
            process = psutil.Process(pid)
            return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
        except psutil.Error:
            return None
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The name, in brackets, may itself hold spaces and brackets.
    fields = stat[stat.rindex(b")") + 2 :].split()
    if fields[0] in (b"Z", b"X"):
        return None
    return f"{_boot()}:{fields[19].decode()}"


def is_same(pid: int, start: str) -> bool:
    """Whether ``pid`` is still the process that began at ``start``."""
    return started(pid) == start


def family(pid: int) -> list[int]:
    """``pid``, if it runs, and all its descendants."""
    try:
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    except psutil.Error:
        return []


def marked(mark: str) -> list[int]:
    """The processes begun with ``mark``, or with any of a run when it ends in a slash.

    Those of other users are seen only as far as the caller may look at their environment.
    """
    wanted = f"{MARK}={mark}".encode()
    found = []
    for pid in psutil.pids():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in environment or (
            mark.endswith("/") and any(entry.startswith(wanted) for entry in environment)
        ):
            found.append(pid)
    return found


def memory(pid: int) -> int:
    """Bytes of memory of ``pid`` and its descendants: PSS, which counts shared pages once."""
    return sum(memory_of_one(member) for member in family(pid))


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Sends a signal to each process that is still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def end(pids: Collection[int], number: signal.Signals, seconds: float) -> None:
    """Sends a signal, waits up to ``seconds`` for all to end, then kills those that have not."""
    alive = {pid: start for pid in pids if (start := started(pid))}
    send(alive, number)
    alive = _outlasting(alive, seconds)
    send(alive, signal.SIGKILL)
    _outlasting(alive, 5)


def _outlasting(alive: dict[int, str], seconds: float) -> dict[int, str]:
    deadline = time.monotonic() + seconds
    while alive := {pid: start for pid, start in alive.items() if is_same(pid, start)}:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return alive


def memory_of_one(pid: int) -> int:
    """Bytes of memory of ``pid`` alone; all it holds, shared or not, where PSS is not told."""
    try:
        with Path(f"/proc/{pid}/smaps_rollup").open("rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "boot"
