"""A person is forgotten on the whole platform: no table, no queue and no log holds what they could be known by."""

from __future__ import annotations

import json
import uuid
from typing import Any

import psycopg
import pytest
import redis
from psycopg import sql

from tests.place import Place
from tests.servers import wait_until

pytestmark = pytest.mark.system

SERVICES = ("registrations", "notifications", "reporting")


def _request(place: Place, method: str, path: str, body: Any = None, role: str = "manager") -> Any:
    url = place.platform.urls["registrations"] + path
    headers = {"Content-Type": "application/json"}
    if role:
        headers |= place.platform.client("registrations", role)._headers
    data = None if body is None else json.dumps(body).encode()
    answer = place.http.request(method, url, body=data, headers=headers)
    assert answer.status < 300, answer.data
    return answer.json()


def _rows(place: Place, service: str) -> list[str]:
    with psycopg.connect(place.platform.urls[f"{service}_db"]) as database:
        tables = database.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return [
            f"{service}.{table} {row}"
            for (table,) in tables
            for (row,) in database.execute(
                sql.SQL("SELECT one::text FROM {} AS one").format(sql.Identifier(table))
            )
        ]


def _queued(place: Place) -> list[str]:
    with redis.Redis.from_url(place.platform.urls["broker"]) as broker:
        found = []
        for key in broker.scan_iter():
            kind = broker.type(key)
            if kind == b"list":
                found += [f"{key!r} {item!r}" for item in broker.lrange(key, 0, -1)]  # type: ignore[union-attr]
            elif kind == b"hash":
                found += [f"{key!r} {item!r}" for item in broker.hvals(key)]  # type: ignore[union-attr]
        return found


def _logged(place: Place) -> list[str]:
    files = list(place.platform.folder.path.rglob("*.log"))
    assert len(files) > 5
    return [
        f"{file.name} {line}"
        for file in files
        for line in file.read_text(errors="replace").splitlines()
    ]


def test_nothing_they_could_be_known_by_is_left_anywhere(place: Place) -> None:
    planted = f"zq{uuid.uuid4().hex[:10]}"
    session = place.session(seats=1)
    who = {
        "given_name": f"{planted}-given",
        "family_name": f"{planted}-family",
        "email": f"{planted}@{place.organisation}.example.org",
        "postcode": planted[:10],
        "situations": [f"{planted}-situation"],
    }
    sent = {"session_id": session, "participant": who, "needs": f"{planted}-needs"}
    registered = _request(place, "POST", "/v1/registrations", sent, role="")
    status, waiting = place.register(session, "next")
    assert (status, waiting["status"]) == (201, "waitlisted")
    wait_until(lambda: who["email"] in place.inbox(), "the message arrives")
    wait_until(lambda: place.indicators()["registrations"] == 2, "both are counted")
    [item] = _request(place, "GET", f"/v1/participants?q={planted}", role="adviser")["items"]
    export = _request(place, "GET", f"/v1/participants/{item['id']}/export", role="adviser")
    assert planted in str(export["notifications"])
    assert any(planted in row for row in _rows(place, "notifications"))
    before = place.indicators()

    receipt = _request(place, "DELETE", f"/v1/participants/{item['id']}")
    wait_until(
        lambda: _request(place, "GET", f"/v1/erasures/{receipt['id']}")["complete"],
        "every service has answered",
    )
    wait_until(lambda: place.address("next") in place.inbox(), "the next in line is told")
    wait_until(lambda: place.indicators()["cancelled"] == 1, "what was to come is cancelled")
    wait_until(lambda: len(place.inbox()[who["email"]]) == 2, "the receipt arrives")

    def left() -> list[str]:
        held = [row for service in SERVICES for row in _rows(place, service)]
        everywhere = (*held, *_queued(place), *_logged(place))
        return [line[:200] for line in everywhere if planted in line]

    # The receipt's address is kept until its acceptance is recorded, a moment after it arrived.
    wait_until(lambda: left() == [], "nothing is left")
    after = place.indicators()
    assert (after["people"], after["registrations"]) == (before["people"], before["registrations"])
    # Told nothing more than what they were told before, and that they are forgotten.
    assert len(place.inbox()[who["email"]]) == 2
    link = registered["manage_url"]
    assert place.http.request("GET", link).status == 404
