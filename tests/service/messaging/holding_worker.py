"""A Celery worker whose tasks end when told to: started by a test as a process of its own."""

import os
import time
from pathlib import Path

from shared.messaging.celery import make_celery

app = make_celery("trial", os.environ["ARCEAUX_TEST_WORKER_BROKER"])


@app.task(name="trial.hold")  # type: ignore[untyped-decorator]  # Celery's decorator has no types
def hold(begun: str, end: str) -> None:
    """Say that it has begun with one file, and end once the other is there."""
    Path(begun).touch()
    while not Path(end).exists():
        time.sleep(0.01)
