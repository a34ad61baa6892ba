"""Starting in order, watching, stopping in order: with small stand-ins for the real processes."""

import signal
import sys
import threading

import pytest

from local import processes, supervisor, trial
from local.errors import Failure
from local.supervisor import Interrupted, Supervisor
from local.units import Unit

# Writes its pid to the ready file, notes in a common file that it began and that it stopped.
PROCESS = """
import os, signal, sys
name, ready, story = sys.argv[1:]
def stop(*_):
    open(story, "a").write(f"-{name} ")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
open(story, "a").write(f"+{name} ")
open(ready + ".new", "w").write(str(os.getpid()))
os.replace(ready + ".new", ready)
while True:
    signal.pause()
"""
DEAF = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[2], "w").write(str(os.getpid()))
signal.pause()
"""


class Stage:
    """A place to run stand-ins in, and what happened there."""

    def __init__(self, folder):
        self.folder, self.said, self.recorded = folder, [], []

    def process(self, name, code=PROCESS, **more):
        ready = self.folder / f"{name}.ready"
        return Unit(
            name=name,
            command=(sys.executable, "-c", code, name, str(ready), str(self.folder / "story")),
            log=self.folder / f"{name}.log",
            directory=self.folder,
            probe=f"file:{ready}",
            prepare=lambda: ready.unlink(missing_ok=True),
            **more,
        )

    def step(self, name, code, **more):
        return Unit(
            name=name,
            command=(sys.executable, "-c", code),
            log=self.folder / f"{name}.log",
            directory=self.folder,
            **more,
        )

    def supervisor(self, *units):
        def record(found):
            self.recorded = found

        return Supervisor("run", units, self.said.append, record)

    def story(self):
        return (self.folder / "story").read_text().split()


@pytest.fixture
def stage(tmp_path):
    yield Stage(tmp_path)
    assert processes.marked("run/") == []


def test_each_starts_after_what_it_needs_and_stops_in_turn(stage):
    made = stage.supervisor(
        stage.process("app", after=("migration",), turn=0),
        stage.process("server", turn=1),
        stage.step("migration", "print('done')", after=("server",)),
    )
    made.start()
    assert [process.name for process in stage.recorded] == ["app", "server"]
    made.stop()

    assert stage.story() == ["+server", "+app", "-app", "-server"]
    assert stage.recorded == []


def test_a_step_gets_its_input_and_its_last_line_is_shown(stage):
    made = stage.supervisor(stage.step("echo", "print(input() * 2)", input="ab\n", speaks=True))
    made.start()
    made.stop()

    assert "abab" in stage.said[0]


def test_a_step_that_fails_ends_the_start_with_its_last_words(stage):
    made = stage.supervisor(stage.step("migration", "raise SystemExit('no such table')"))
    with pytest.raises(Failure, match=r"migration failed \(exit code 1\)") as caught:
        made.start()
    made.stop()

    assert caught.value.details == ("no such table",)


def test_a_process_that_ends_at_once_ends_the_start(stage):
    made = stage.supervisor(
        stage.process("server"), stage.process("app", "raise SystemExit('broken')")
    )
    with pytest.raises(Failure, match="app did not start") as caught:
        made.start()
    made.stop()

    assert caught.value.details == ("broken",)


def test_a_server_may_need_a_second_go(stage):
    flaky = "import pathlib, sys; p = pathlib.Path('tried')\nif not p.exists(): p.touch(); sys.exit(1)\n"
    made = stage.supervisor(stage.process("server", flaky + PROCESS, attempts=2))
    made.start()
    made.stop()

    assert stage.story() == ["+server", "-server"]


def test_what_is_never_ready_is_given_up(stage):
    made = stage.supervisor(stage.process("app", "import signal; signal.pause()"))
    with pytest.raises(Failure, match="app was not ready after 0 seconds"):
        made.start(0.3)
    made.stop()


def test_a_program_that_is_not_there_is_a_failure(stage):
    made = stage.supervisor(Unit("app", ("/no/such/program",), stage.folder / "l", stage.folder))
    with pytest.raises(Failure, match="app cannot be started"):
        made.start()
    made.stop()


def test_what_does_not_stop_in_time_is_killed(stage):
    made = stage.supervisor(stage.process("app", DEAF, patience=0.2))
    made.start()
    made.stop()

    assert "app did not stop in time and was killed" in stage.said


def test_what_dies_is_started_again_without_what_it_left_behind(stage, monkeypatch):
    monkeypatch.setattr(supervisor, "_SETTLED_SECONDS", 0.0)
    parent = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
    made = stage.supervisor(stage.process("app", parent + PROCESS))

    def meddle():
        first = stage.recorded[0]
        family = processes.family(first.pid)
        assert len(family) == 2
        processes.send([first.pid], signal.SIGKILL)
        trial.until(lambda: stage.recorded[0].pid != first.pid, "another")
        trial.until(lambda: not set(family) & set(processes.marked("run/")), "the end of the child")
        assert stage.recorded[0].restarts == 1
        made._on_stop(signal.SIGTERM, None)

    run(made, meddle)
    assert any("app ended (killed by SIGKILL); it is started again" in line for line in stage.said)


def test_what_dies_at_once_is_started_again_ever_more_slowly(stage):
    dies = PROCESS.replace(
        "while True:\n    signal.pause()",
        "sys.exit(3) if os.path.exists('sick') else signal.pause()",
    )
    made = stage.supervisor(stage.process("app", dies))

    def meddle():
        (stage.folder / "sick").touch()
        processes.send([stage.recorded[0].pid], signal.SIGKILL)
        trial.until(
            lambda: any("again after 1.0 s" in line for line in stage.said), "a longer wait"
        )
        made._on_stop(signal.SIGTERM, None)

    run(made, meddle)


def run(made, meddle):
    """Starts and watches as the command does, while ``meddle`` interferes from beside."""
    failures = []

    def beside():
        try:
            meddle()
        except BaseException as error:
            failures.append(error)
            made._on_stop(signal.SIGTERM, None)
        finally:
            signal.raise_signal(signal.SIGTERM)

    with made.listening():
        made.start()
        thread = threading.Thread(target=beside)
        thread.start()
        made.watch()
        thread.join()
        made.stop()
    assert failures == []


def test_a_request_to_stop_ends_the_start(stage):
    made = stage.supervisor(stage.process("app", "import signal; signal.pause()"))
    with made.listening():
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Interrupted):
            made.start()
        made.stop()
