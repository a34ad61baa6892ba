"""A real Celery worker process, whose broker goes away at the worst moment."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.messaging.celery import events_queue, jobs_queue, make_celery, send
from tests.servers import embedded_broker, free_port, wait_until

_THREADS = 2


def test_a_worker_goes_on_after_the_broker_was_away_while_all_its_tasks_ended(
    tmp_path: Path,
) -> None:
    """The answers of those tasks are lost; each would keep its place among those in hand for ever."""
    port = free_port()
    with embedded_broker(port) as url:
        worker = _started_worker(url, tmp_path)
        try:
            for number in range(_THREADS):
                _hold(url, tmp_path, f"first{number}", until="stopped")
            for number in range(_THREADS):
                begun = tmp_path / f"first{number}"
                wait_until(begun.exists, "both threads are busy")
        except BaseException:
            worker.kill()
            raise
    with _ended(worker):
        (tmp_path / "stopped").touch()
        wait_until(
            lambda: _log(tmp_path).count("Couldn't ack") == _THREADS, "both tasks ended, unheard"
        )
        with embedded_broker(port) as url:
            (tmp_path / "at once").touch()
            _hold(url, tmp_path, "later", until="at once")
            wait_until((tmp_path / "later").exists, "the worker takes what is sent now")


def _started_worker(url: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", f"{__package__}.holding_worker", "worker"]
    command += ["--pool", "threads", "--concurrency", str(_THREADS)]
    command += ["--queues", f"{events_queue('trial')},{jobs_queue('trial')}"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with (folder / "worker.log").open("wb") as log:
        return subprocess.Popen(
            command, env={**os.environ, "ARCEAUX_TEST_WORKER_BROKER": url}, stderr=log, stdout=log
        )


@contextmanager
def _ended(worker: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        worker.kill()
        worker.wait(10)


def _hold(url: str, folder: Path, begun: str, *, until: str) -> None:
    app = make_celery("trial", url)
    send(app, "trial.hold", str(folder / begun), str(folder / until), queue=events_queue("trial"))


def _log(folder: Path) -> str:
    return (folder / "worker.log").read_text()
