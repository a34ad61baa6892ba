"""Who a process is, whom it belongs to, how it is ended."""

import os
import signal
import subprocess
import sys

import pytest

from local import processes, trial

SLEEP = "import signal; signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
PARENT = """
import os, signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(child.pid, flush=True)
signal.pause()
"""


@pytest.fixture
def start():
    begun = []

    def spawn(code, **environment):
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield spawn
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_process_is_known_by_its_number_and_start(start):
    process = start(SLEEP)
    begun = processes.started(process.pid)

    assert begun
    assert processes.is_same(process.pid, begun)
    assert not processes.is_same(os.getpid(), begun)


def test_one_that_only_waits_to_be_buried_is_dead(start):
    process = start(SLEEP)
    begun = processes.started(process.pid)
    process.kill()

    trial.until(lambda: not processes.is_same(process.pid, begun), "the end")
    assert processes.started(process.pid) is None


def test_no_such_process():
    assert processes.started(2**22 + 1) is None
    assert processes.family(2**22 + 1) == []
    assert processes.memory(2**22 + 1) == 0


def test_a_family_is_a_process_and_its_descendants(start):
    parent = start(PARENT)
    child = int(parent.stdout.readline())

    assert processes.family(parent.pid) == [parent.pid, child]
    # One that has only just been started has nothing of its own yet.
    trial.until(lambda: processes.memory(child) > 1_000_000, "the child to have begun")
    assert processes.memory(parent.pid) > processes.memory(child)
    processes.end([parent.pid, child], signal.SIGKILL, 0)
    assert processes.started(child) is None


def test_children_keep_the_mark_of_a_parent_that_is_gone(start):
    parent = start(PARENT, **{processes.MARK: "run-1/name"})
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()

    assert processes.marked("run-1/name") == [child]
    assert processes.marked("run-1/") == [child]
    assert processes.marked("run-1/nam") == []
    assert processes.marked("run-2/") == []
    processes.end([child], signal.SIGKILL, 0)


def test_what_will_not_stop_is_killed(start):
    process = start(STUBBORN)
    process.stdout.readline()

    processes.end([process.pid], signal.SIGTERM, 0.1)

    assert process.wait(5) == -signal.SIGKILL


def test_what_stops_is_not_killed(start):
    process = start(SLEEP)

    processes.end([process.pid], signal.SIGTERM, 5)

    assert process.wait(5) == -signal.SIGTERM
