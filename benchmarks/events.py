"""Events per second from one service's log to another's projection, and the time of a rebuild."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from uuid_utils.compat import uuid7

from benchmarks._inserts import inserts_per_second
from local import trial
from local.platform import Platform
from shared.db import Database
from shared.events import catalogue
from shared.events.catalogue import Fact
from shared.messaging import log

_EVENTS = 100_000
_SESSIONS = 500
_AT_ONCE = 5_000


def main(events: int = _EVENTS) -> None:
    """Print the rates as one JSON line; progress goes to standard error."""
    with (
        tempfile.TemporaryDirectory(prefix="arceaux-bench-") as folder,
        # Without notifications, which would have 100,000 mails to think about.
        trial.platform(Path(folder) / "data", only="registrations,reporting") as running,
    ):
        source = Database()
        source.connect(running.urls["registrations_db"])
        head = _append(source, events)
        began = time.perf_counter()
        _wait(lambda: _cursor(running) >= head, lambda: f"{_cursor(running)} of {head}")
        flow = time.perf_counter() - began
        client = running.client("reporting", "operator")
        path = f"/v1/rebuild/{client.post('/v1/rebuild')['id']}"
        _wait(
            lambda: client.get(path)["status"] != "running",
            lambda: f"rebuilding: {client.get(path)['events']}",
        )
        rebuilt = client.get(path)
        counted = running.client("reporting", "manager").get(
            "/v1/indicators", {"organisation": "bench"}
        )["total"]["registrations"]
        limit = inserts_per_second(running.urls["reporting_db"], min(events, 20_000))
    print(
        json.dumps(
            {
                "benchmark": "events",
                "events": events,
                "counted": counted,
                "log_to_projection_per_second": round(events / flow),
                "rebuild_seconds": rebuilt["seconds"],
                "rebuild_per_second": round(rebuilt["events"] / rebuilt["seconds"]),
                "limit": "one INSERT per event in one process, 200 to a transaction",
                "limit_per_second": round(limit),
                "share_of_limit": round(events / flow / limit, 3),
            }
        )
    )


def _append(source: Database, events: int) -> int:
    """Log sessions and then registrations, as registrations would; the last position they will get."""
    sessions = [uuid7() for _ in range(_SESSIONS)]
    with source.transaction() as session:
        log.append(session, *[_published(one) for one in sessions])
    for start in range(0, events - _SESSIONS, _AT_ONCE):
        count = min(_AT_ONCE, events - _SESSIONS - start)
        with source.transaction() as session:
            facts = [_confirmed(sessions[(start + n) % _SESSIONS]) for n in range(count)]
            log.append(session, *facts)
    with source.transaction() as session:
        return log.head(session) + log.unrelayed(session)


def _published(session_id: UUID) -> Fact:
    start = datetime.now(UTC) + timedelta(days=30)
    return catalogue.SessionPublished.of(
        session_id=session_id,
        title="Bench",
        programme="bench",
        organisation="bench",
        theme="bench",
        place={"code": "bench", "name": "Bench", "address": None, "timezone": "Europe/Paris"},
        capacity=1000,
        minimum=None,
        discreet=False,
        meetings=[
            {
                "meeting_id": uuid7(),
                "starts_at": start,
                "ends_at": start + timedelta(hours=2),
                "room": None,
            }
        ],
    )


def _confirmed(session_id: UUID) -> Fact:
    return catalogue.RegistrationConfirmed.of(
        registration_id=uuid7(),
        session_id=session_id,
        participant_id=uuid7(),
        previous=None,
        by="participant",
        person={"age_band": "26-39", "district": "34070", "situations": []},
    )


def _cursor(running: Platform) -> int:
    with psycopg.connect(running.urls["reporting_db"]) as connection:
        query = "SELECT position FROM event_cursor WHERE source = 'registrations'"
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _wait(condition: Callable[[], bool], progress: Callable[[], str]) -> None:
    deadline, told = time.monotonic() + 1800, time.monotonic()
    while not condition():
        assert time.monotonic() < deadline, progress()
        if time.monotonic() - told > 5:
            told = time.monotonic()
            print(progress(), file=sys.stderr, flush=True)
        time.sleep(0.05)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _EVENTS)
