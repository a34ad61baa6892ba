"""Every report is written once and right, whatever is killed, flushed or rebuilt meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis

from local import trial
from local.keys import private_key
from local.platform import Platform
from services.reporting.reproduce import reproduce
from shared.auth import ServiceToken, SigningKey
from shared.db import Database
from shared.messaging.feed import Feed
from tests.place import Place, SteadyLoad
from tests.servers import wait_until

pytestmark = [pytest.mark.system, pytest.mark.slow]

_HASTE = {
    "ARCEAUX_PUBLIC_RATE": "off",
    "ARCEAUX_CATCH_UP_EVERY": "1",
    "ARCEAUX_SWEEP_EVERY": "1",
}
_KILLS = 4
# What a killed run leaves is taken up again half a minute later.
_PATIENCE = 180.0


@pytest.fixture
def breakable(tmp_path: Path) -> Iterator[Platform]:
    with trial.platform(tmp_path / "data", environment=_HASTE) as platform:
        yield platform


def test_every_report_is_written_once_and_right_whatever_is_killed_flushed_or_rebuilt(
    breakable: Platform,
) -> None:
    place = Place(breakable)
    call = partial(place.call, role="manager", service="reporting")
    sessions = [place.session(seats=100_000) for _ in range(5)]
    load = SteadyLoad(place, sessions[:2])
    load.start()
    try:
        wait_until(lambda: len(load.accepted) > 20, "people register")
        wait_until(lambda: place.indicators()["registrations"], "reporting is told of it", 60)
        order = _order(place)
        asked = [_ask(place) for _ in range(3)]
        for kill in range(_KILLS):
            asked += [_ask(place), _ask(place)]
            wait_until(partial(_is_any_running, place, asked), "a report is being written", 60)
            breakable.kill("reporting-worker")
            if kill == 1:
                with redis.Redis.from_url(breakable.urls["broker"]) as broker:
                    broker.flushall()
            if kill == 2:
                _rebuild(place)
            if kill < len(sessions[2:]):
                place.call("POST", f"/v1/sessions/{sessions[2 + kill]}/cancel", {}, role="manager")
            trial.await_ready(breakable, 60)
        _rebuild(place)
    finally:
        load.stop()
    assert load.surprises == []

    wait_until(lambda: len(_caused(place, order)) == 3, "each cancellation caused one", 60)
    jobs = asked + _caused(place, order)
    for job in jobs:
        wait_until(partial(_is_over, place, job), f"report {job} is written", _PATIENCE)
    done = [call("GET", f"/v1/report-jobs/{job}") for job in jobs]
    assert Counter(job["status"] for job in done) == {"done": len(jobs)}
    assert all(job["progress"] == 1 and job["files"] for job in done)

    told = Counter(event["data"]["job_id"] for event in _events(place, "report.ready"))
    assert told == dict.fromkeys(jobs, 1)
    # Asked twice with nothing told in between, the question has one edition.
    editions = {job["edition_id"] for job in done}
    listed = {one["id"] for one in call("GET", "/v1/editions?limit=100")["items"]}
    assert listed == editions, "no run that was killed left an edition behind"
    for edition in editions:
        again = _reproduced(breakable, UUID(edition))
        assert again.same_bytes, again

    wait_until(
        lambda: place.indicators()["registrations"] == len(load.accepted), "all are counted", 60
    )
    print(f"{len(jobs)} reports, each once and reproduced; {_KILLS} workers killed, 2 rebuilds")


def _order(place: Place) -> str:
    """A standing order for a report about each session that is cancelled."""
    body = {
        "on": "session.cancelled",
        "report": "session",
        "parameters": {"session_id": "$session_id"},
        "formats": ["json"],
    }
    path = "/v1/report-subscriptions"
    return str(place.call("POST", path, body, role="manager", service="reporting")["id"])


def _ask(place: Place) -> str:
    body = {
        "report": "bilan",
        "parameters": {"organisation": place.organisation},
        "formats": ["json", "html", "pdf", "xlsx", "csv-fr"],
    }
    job = place.call("POST", "/v1/report-jobs", body, role="manager", service="reporting")
    return str(job["id"])


def _status(place: Place, job: str) -> str:
    path = f"/v1/report-jobs/{job}"
    return str(place.call("GET", path, role="manager", service="reporting")["status"])


def _is_any_running(place: Place, jobs: list[str]) -> bool:
    return any(_status(place, job) == "running" for job in jobs)


def _is_over(place: Place, job: str) -> bool:
    return _status(place, job) not in {"queued", "running"}


def _caused(place: Place, order: str) -> list[str]:
    path = "/v1/report-jobs?report=session&limit=100"
    listed = place.call("GET", path, role="manager", service="reporting")["items"]
    return [job["id"] for job in listed if job["subscription_id"] == order]


def _rebuild(place: Place) -> None:
    """Have the figures made anew, while people go on registering; the old ones answer meanwhile."""
    call = partial(place.call, role="manager", service="reporting")
    before = place.indicators()["registrations"]
    path = f"/v1/rebuild/{call('POST', '/v1/rebuild')['id']}"

    def is_over() -> bool:
        assert place.indicators()["registrations"] >= before
        return call("GET", path)["status"] not in {"queued", "running"}

    wait_until(is_over, "the figures are made anew", 90)
    assert call("GET", path)["status"] == "done"


def _events(place: Place, type_: str) -> list[dict[str, Any]]:
    found, after = [], 0
    while True:
        path = f"/v1/events?after={after}&limit=500"
        page = place.call("GET", path, role="operator", service="reporting")
        found += [event for event in page["items"] if event["type"] == type_]
        if page["next"] is None:
            return found
        after = int(page["next"])


def _reproduced(platform: Platform, edition: UUID) -> Any:
    key = SigningKey.load(private_key(platform.folder.keys, "reporting"))
    database = Database()
    database.connect(platform.urls["reporting_db"])
    try:
        return reproduce(database, Feed(platform.urls, ServiceToken("reporting", key)), edition)
    finally:
        database.engine.dispose()
