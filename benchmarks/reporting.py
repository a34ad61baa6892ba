"""A year into figures: events per second, how the bilan grows with the year, and queries while events flow in.

Most of each year flows in by itself, and the last of it while somebody asks for indicators without a pause: the one
says how fast events become figures, the other how long readers wait meanwhile.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from benchmarks._inserts import inserts_per_second
from benchmarks._year import Year, write
from local import trial
from local.platform import Platform

# Registrations, each year beside the ones before it: the last makes a million of them.
_SIZES = (10_000, 100_000, 1_000_000)
# The part of a year that flows in while somebody asks, and what its seeds are counted from.
_WHILE_ASKED, _OTHERS = 0.2, 1000
_FORMATS = ("json", "html", "xlsx", "csv", "pdf")
_QUERIES: Sequence[dict[str, str | int]] = (
    {},
    {"group_by": "programme"},
    {"group_by": "month"},
    {"group_by": "situation"},
    {"group_by": "place", "from": "2025-03-01", "to": "2025-06-01"},
    {"programme": "unisvers", "group_by": "month"},
)
_ROUNDS = 5
_PLAIN = """
SELECT session_fact.programme, count(*), count(DISTINCT participant_id)
FROM registration_fact JOIN session_fact USING (session_id) GROUP BY session_fact.programme
"""


def main(sizes: Sequence[int] = _SIZES) -> None:
    """Print the figures of each size as one JSON line; progress goes to standard error."""
    with (
        tempfile.TemporaryDirectory(prefix="arceaux-bench-") as folder,
        trial.platform(Path(folder) / "data", only="registrations,reporting") as running,
    ):
        _drop_standing_orders(running)
        told, figures = 0, {}
        for number, size in enumerate(sizes):
            new = size - (sizes[number - 1] if number else 0)
            figures[str(size)] = _measure(running, new, seed=number + 1)
            told += figures[str(size)]["events"]
            print(f"{size}: {figures[str(size)]}", file=sys.stderr, flush=True)
        limit = inserts_per_second(running.urls["reporting_db"], 20_000)
    rate = figures[str(sizes[-1])]["events_per_second"]
    print(
        json.dumps(
            {
                "benchmark": "reporting",
                "events": told,
                "limit": "one INSERT per event in one process, 200 to a transaction",
                "limit_per_second": round(limit),
                "share_of_limit": round(rate / limit, 3),
                "by_registrations": figures,
            }
        )
    )


def _drop_standing_orders(running: Platform) -> None:
    """Have no report written of each session that is closed: a year's worth at once would be all that is measured."""
    with psycopg.connect(running.urls["reporting_db"]) as connection:
        connection.execute("DELETE FROM report_subscription")


def _measure(running: Platform, registrations: int, *, seed: int) -> dict[str, Any]:
    """What it takes to make figures of so many more registrations, and then to ask for them."""
    asked = int(registrations * _WHILE_ASKED)
    events, seconds = _flow(running, Year(registrations - asked, seed=seed))
    while_flowing: list[float] = []
    with _Asking(running, while_flowing):
        more, seconds_asked = _flow(running, Year(asked, seed=_OTHERS + seed))
    with psycopg.connect(running.urls["reporting_db"], autocommit=True) as connection:
        # As autovacuum would have, in a year.
        connection.execute("ANALYZE")
        plain = _seconds(lambda: connection.execute(_PLAIN).fetchall())
    at_rest: list[float] = []
    for _ in range(_ROUNDS):
        _ask_all(running, at_rest)
    bilan = {name: _bilan(running, [name]) for name in _FORMATS}
    return {
        "events": events + more,
        "events_per_second": round(events / seconds),
        "events_per_second_while_asked": round(more / seconds_asked),
        "query_p95_ms": _p95(at_rest),
        "query_p95_ms_while_events_flow": _p95(while_flowing),
        "bilan_seconds": bilan["json"],
        "bilan_of_bare_scans": round(bilan["json"] / plain, 1),
        "all_formats_seconds": bilan,
        "bilan_for_partners_seconds": _bilan(running, ["json"], audience="partner"),
    }


def _flow(running: Platform, year: Year) -> tuple[int, float]:
    """How many events ``year`` is, and the seconds from its being logged to its being figures."""
    before = _position(running)
    events = write(running.urls["registrations_db"], year.tell())
    began = time.perf_counter()
    trial.until(lambda: _position(running) >= before + events, "the events", 3600)
    return events, time.perf_counter() - began


class _Asking(AbstractContextManager["_Asking"]):
    """Somebody who keeps asking for indicators; their seconds go to ``taken``."""

    def __init__(self, running: Platform, taken: list[float]) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, args=(running, taken))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(120)

    def _ask(self, running: Platform, taken: list[float]) -> None:
        while not self._over.is_set():
            _ask_all(running, taken)


def _ask_all(running: Platform, taken: list[float]) -> None:
    client = running.client("reporting", "manager")
    for query in _QUERIES:
        began = time.perf_counter()
        client.get("/v1/indicators", query)
        taken.append(time.perf_counter() - began)


def _bilan(running: Platform, formats: Sequence[str], audience: str = "staff") -> float:
    """Seconds from asking for the bilan to its files."""
    client = running.client("reporting", "manager")
    asked = {"report": "bilan", "formats": list(formats), "audience": audience}
    began = time.perf_counter()
    job = f"/v1/report-jobs/{client.post('/v1/report-jobs', asked)['id']}"
    trial.until(lambda: client.get(job)["status"] not in {"queued", "running"}, "the bilan", 900)
    seconds = time.perf_counter() - began
    done = client.get(job)
    assert done["status"] == "done", done
    return round(seconds, 2)


def _position(running: Platform) -> int:
    with psycopg.connect(running.urls["reporting_db"]) as connection:
        query = "SELECT position FROM event_cursor WHERE source = 'registrations'"
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _p95(taken: Sequence[float]) -> float | None:
    """Milliseconds within which 95 of 100 were answered; None if nobody asked."""
    return round(sorted(taken)[int(0.95 * len(taken))] * 1000, 1) if taken else None


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or _SIZES)
