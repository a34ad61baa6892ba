"""Server-sent events of a job's progress."""

import json
from collections.abc import Generator, Iterator
from itertools import count
from typing import Any

from services.reporting.api.progress_stream import open_stream


def state(status: str, progress: float = 0) -> dict[str, Any]:
    return {"status": status, "progress": progress}


def told(events: list[str]) -> list[float]:
    """The progress that each event tells."""
    data = [line for event in events for line in event.splitlines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: "))["progress"] for line in data]


def stream(first: dict[str, Any], later: Iterator[dict[str, Any]], step: float = 0) -> list[str]:
    clock = count(0, step)
    return list(
        open_stream(first, lambda: next(later), pause=lambda _: None, clock=lambda: next(clock))
    )


def test_each_change_is_told_until_the_job_is_done() -> None:
    later = iter([state("running", 0.2), state("running", 0.2), state("done", 1)])
    events = stream(state("queued"), later)
    assert told(events) == [0, 0.2, 1]
    assert events[0].startswith("retry: ")
    assert events[2].startswith("event: progress\n")
    assert ": still here\n\n" in events


def test_a_finished_job_is_told_once() -> None:
    assert told(stream(state("failed", 0.5), iter([]))) == [0.5]


def test_a_stream_does_not_last_for_ever() -> None:
    forever = (state("running", number) for number in count(1))
    assert told(stream(state("running", 0), forever, step=25)) == [0, 1, 2]


def test_past_the_most_streams_the_present_state_is_told_and_no_thread_is_held() -> None:
    def opened() -> Generator[str]:
        progress = count(1)
        return open_stream(
            state("running"),
            lambda: state("running", next(progress)),
            pause=lambda _: None,
            clock=lambda: 0.0,
        )

    def begins(stream: Generator[str]) -> list[float]:
        return told([next(stream) for _ in range(4)])

    first, second = opened(), opened()
    assert begins(first) == begins(second) == [0, 1, 2]
    assert told(list(opened())) == [0]
    first.close()
    third = opened()
    assert begins(third) == [0, 1, 2]
    second.close()
    third.close()
