"""Registrations accepted per second, over many sessions and over one hot session."""

import json
import statistics
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks._load import Load, post_all
from benchmarks._server import serving
from local import trial
from services.registrations.db import database
from services.registrations.domain import SessionStatus
from services.registrations.models import Activity, Meeting, Organisation, Place, Programme, Session
from shared.migrations import migrate

_CONCURRENCY = 16
_REQUESTS = 4_000
_SESSIONS = 1_000
_ROUNDS = 3
_APPS = {
    "bare": "benchmarks._bare_accept:create_app",
    "arceaux": "services.registrations.app:create_app",
}


def main() -> None:
    """Print the figures as one JSON line; progress goes to standard error."""
    with (
        tempfile.TemporaryDirectory(prefix="arceaux-bench-") as folder,
        trial.platform(Path(folder) / "data", only="servers") as servers,
    ):
        url = servers.urls["registrations_db"]
        migrate("registrations", url)
        database.connect(url)
        loads: dict[tuple[str, str], list[Load]] = {}
        for turn in range(_ROUNDS):
            for name, app in _APPS.items():
                with serving(app, url, folder) as port:
                    post_all(port, "/v1/registrations", _bodies(_sessions(50), 300), concurrency=16)
                    for kind, sessions in (("many", _SESSIONS), ("hot", 1)):
                        bodies = _bodies(_sessions(sessions), _REQUESTS)
                        load = post_all(port, "/v1/registrations", bodies, concurrency=_CONCURRENCY)
                        loads.setdefault((name, kind), []).append(load)
                        said = (
                            f"{turn + 1}/{_ROUNDS} {name} {kind}: {load.rate:.0f}/s {load.statuses}"
                        )
                        print(said, file=sys.stderr, flush=True)
    figures = {f"{name}_{kind}": _figures(rounds) for (name, kind), rounds in loads.items()}
    rate = {name: figure["per_second"] for name, figure in figures.items()}
    print(
        json.dumps(
            {
                "benchmark": "accept",
                "concurrency": _CONCURRENCY,
                "requests": _REQUESTS,
                "share_of_limit_many": round(rate["arceaux_many"] / rate["bare_many"], 3),
                "share_of_limit_hot": round(rate["arceaux_hot"] / rate["bare_hot"], 3),
                "hot_of_many": round(rate["arceaux_hot"] / rate["arceaux_many"], 3),
                **figures,
            }
        )
    )


def _figures(rounds: list[Load]) -> dict[str, Any]:
    """The medians over the rounds: requests per second, and milliseconds at p50, p95, p99."""
    return {
        "per_second": round(statistics.median(load.rate for load in rounds)),
        **{
            f"p{round(share * 100)}_ms": statistics.median(
                load.percentile(share) for load in rounds
            )
            for share in (0.5, 0.95, 0.99)
        },
    }


def _sessions(count: int) -> list[UUID]:
    """That many new published sessions, each with seats for everyone."""
    begin = datetime.now(UTC) + timedelta(days=30)
    end = begin + timedelta(hours=2)
    with database.transaction() as session:
        if session.get(Place, "bench") is None:
            session.add_all(
                [
                    Organisation(code="bench", name="Bench"),
                    Programme(code="bench", name="Bench"),
                    Place(code="bench", name="Bench"),
                ]
            )
            session.flush()
        activity = Activity(
            title="Bench", organisation_code="bench", programme_code="bench", search_text="bench"
        )
        rows = [
            Session(
                activity=activity,
                place_code="bench",
                status=SessionStatus.PUBLISHED,
                capacity=100_000,
                starts_at=begin,
                ends_at=end,
                closes_at=begin,
                meetings=[Meeting(starts_at=begin, ends_at=end)],
            )
            for _ in range(count)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


_people = iter(range(10**9))


def _bodies(sessions: list[UUID], count: int) -> list[dict[str, Any]]:
    return [
        {
            "session_id": str(sessions[n % len(sessions)]),
            "participant": {
                "given_name": f"Person {(number := next(_people))}",
                "family_name": "Bench",
                "email": f"person{number}@example.org",
            },
        }
        for n in range(count)
    ]


if __name__ == "__main__":
    main()
