"""Starting Python programs as forks of this process, which share what it has imported.

Relays and workers of three services load the same libraries: forked from one process that has loaded
them already, they take a third of the memory and start at once. Each is a process of its own all the
same, in its own session, with its own environment, log and end.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import random
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

# What all of them load. Our own modules are left to them: nothing of the services runs in here.
_LIBRARIES = (
    "celery.app.base",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "celery.worker.components",
    "celery.worker.consumer",
    "cryptography.hazmat.primitives.serialization",
    "environs",
    "jwt.algorithms",
    "kombu.transport.redis",
    "marshmallow",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.orm",
    "structlog",
    "urllib3",
    "uuid_utils.compat",
)
_HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


@dataclass
class Forked:
    """A process that was forked, seen as ``subprocess.Popen`` shows one it began."""

    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code (negative for a signal), or None while it runs."""
        if self.returncode is None:
            self._reap(os.WNOHANG)
        return self.returncode

    def wait(self) -> int:
        """The exit code, once it has ended."""
        while self.returncode is None:
            self._reap(0)
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Sends a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _reap(self, options: int) -> None:
        pid, status = os.waitpid(self.pid, options)
        if pid:
            self.returncode = os.waitstatus_to_exitcode(status)


def load_libraries() -> None:
    """Imports what the forks will share, and keeps the collector from touching (so copying) it."""
    for name in _LIBRARIES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def fork(
    arguments: Sequence[str], *, log: int, directory: Path, environment: Mapping[str, str]
) -> Forked:
    """Runs ``python -m ARGUMENTS`` in a fork of this process, which must have a single thread.

    ``log`` is the open file that gets what it writes.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _become(arguments, log, directory, environment)
    return Forked(pid)


def _become(
    arguments: Sequence[str], log: int, directory: Path, environment: Mapping[str, str]
) -> NoReturn:
    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in _HANDLED:
            signal.signal(number, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv[:] = arguments
        random.seed()
        atexit._clear()  # noqa: SLF001 - what was to be done at the parent's end is the parent's
        code = _run(arguments[0])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _run(module: str) -> int:
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    finally:
        # What the interpreter does at its end, to which a fork does not come.
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
        atexit._run_exitfuncs()  # noqa: SLF001
    return 0
