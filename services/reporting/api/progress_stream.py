"""Progress as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import json
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

from services.reporting.domain import JobStatus

# A stream holds one of the process's few threads: it may have some of them, and not for ever.
_MOST_STREAMS = 2
_MOST_SECONDS = 60.0
_LOOK_EVERY = 0.5
# What the client is asked to wait before it opens the stream again.
_RETRY_MILLISECONDS = 2000
_ENDED = (JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED)

_free = threading.BoundedSemaphore(_MOST_STREAMS)

State = dict[str, Any]


def open_stream(
    first: State,
    read: Callable[[], State],
    *,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[str]:
    """The events of one stream: ``first``, then what ``read`` gives whenever it changes, until it has ended.

    When too many streams are open, or after a minute, it ends all the same.
    """
    yield f"retry: {_RETRY_MILLISECONDS}\n\n"
    yield _event(first)
    if first["status"] in _ENDED or not _free.acquire(blocking=False):
        return
    try:
        known, end = first, clock() + _MOST_SECONDS
        while known["status"] not in _ENDED and clock() < end:
            pause(_LOOK_EVERY)
            state = read()
            # A comment keeps proxies from closing a quiet connection, and finds out who has left.
            yield _event(state) if state != known else ": still here\n\n"
            known = state
    finally:
        _free.release()


def _event(state: State) -> str:
    return f"event: progress\ndata: {json.dumps(state, ensure_ascii=False)}\n\n"
