"""A fork runs a module as a process of its own, and ends as one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

_PARENT = """
import os, sys
from pathlib import Path
from local import forking

log = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
forked = forking.fork(
    sys.argv[3:], log=log, directory=Path(sys.argv[2]), environment={"NAME": "Léa", **os.environ}
)
print(forked.pid, forked.wait())
"""


def _fork(tmp_path: Path, program: str, *arguments: str) -> tuple[int, int, str]:
    """The pid, exit code and output of ``python -m program`` in a fork (made from a fresh parent)."""
    (tmp_path / "program.py").write_text(program)
    log = tmp_path / "log"
    done = subprocess.run(
        [sys.executable, "-c", _PARENT, str(log), str(tmp_path), "program", *arguments],
        env={**os.environ, "PYTHONPATH": f"{Path.cwd()}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    pid, code = map(int, done.stdout.split())
    return pid, code, log.read_text()


def test_it_has_its_own_arguments_environment_folder_session_and_log(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "print(sys.argv[1:], os.environ['NAME'], os.getcwd(), os.getsid(0) == os.getpid(), __name__)"
    )
    pid, code, said = _fork(tmp_path, program, "--queues", "a b")
    assert code == 0
    assert said == f"['--queues', 'a b'] Léa {tmp_path} True __main__\n"
    assert pid != os.getpid()


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("raise SystemExit(3)", 3),
        ("raise SystemExit('no')", 1),
        ("raise ValueError", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
    ],
)
def test_it_ends_as_the_program_ends(tmp_path: Path, program: str, code: int) -> None:
    assert _fork(tmp_path, program)[1] == code


def test_what_a_program_does_at_its_end_is_done(tmp_path: Path) -> None:
    program = (
        "import atexit, threading\n"
        "atexit.register(print, 'goodbye')\n"
        "threading.Thread(target=lambda: print('worked')).start()"
    )
    assert sorted(_fork(tmp_path, program)[2].split()) == ["goodbye", "worked"]
