"""From POST to inbox on a calm machine: how long until the person who signed up has the message."""

import json
import socket
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP
from typing import Any
from urllib.parse import urlsplit

import urllib3

from local import trial
from local.platform import Platform

_PEOPLE = 100
_WARM_UP = 20
# One after the other, with a breath between: the time of one, not of a queue.
_BREATH = 0.25


def main() -> None:
    """Print the median and p95 in milliseconds, beside a bare SMTP exchange as the limit."""
    with (
        tempfile.TemporaryDirectory(prefix="arceaux-bench-") as folder,
        trial.platform(
            Path(folder) / "data", environment={"ARCEAUX_PUBLIC_RATE": "off"}
        ) as running,
    ):
        session = _session(running)
        sent = {}
        http = urllib3.PoolManager()
        for number in range(_WARM_UP + _PEOPLE):
            address = f"p{number}@latency.example.org"
            sent[address] = datetime.now(UTC)
            _register(http, running, session, number, address)
            time.sleep(_BREATH)
        received = _received(http, running, set(sent))
        milliseconds = sorted(
            (received[address] - moment).total_seconds() * 1000
            for address, moment in list(sent.items())[_WARM_UP:]
        )
        limit = _bare_smtp(running)
    print(
        json.dumps(
            {
                "benchmark": "latency",
                "what": "POST to inbox",
                "people": _PEOPLE,
                "p50_ms": round(statistics.median(milliseconds), 1),
                "p95_ms": round(milliseconds[int(0.95 * len(milliseconds))], 1),
                "max_ms": round(milliseconds[-1], 1),
                "limit": "one bare SMTP exchange with the same server",
                "limit_p50_ms": round(limit, 1),
                "ratio": round(statistics.median(milliseconds) / limit, 1),
            }
        )
    )


def _session(running: Platform) -> str:
    manager = running.client("registrations", "manager")
    for kind in ("organisations", "places", "programmes"):
        manager.post(f"/v1/{kind}", {"code": "latency", "name": "Latency"})
    activity = manager.post(
        "/v1/activities", {"title": "Latency", "organisation": "latency", "programme": "latency"}
    )
    start = datetime.now(UTC) + timedelta(days=7)
    meeting = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat()}
    draft = manager.post(
        "/v1/sessions",
        {
            "activity_id": activity["id"],
            "place": "latency",
            "capacity": 1000,
            "meetings": [meeting],
        },
    )
    manager.post(f"/v1/sessions/{draft['id']}/publish")
    return str(draft["id"])


def _register(
    http: urllib3.PoolManager, running: Platform, session: str, number: int, address: str
) -> None:
    person = {"given_name": f"P{number}", "family_name": "Latency", "email": address}
    answer = http.request(
        "POST",
        f"{running.urls['registrations']}/v1/registrations",
        json={"session_id": session, "participant": person},
    )
    assert answer.status == 201, answer.data


def _received(
    http: urllib3.PoolManager, running: Platform, wanted: set[str]
) -> dict[str, datetime]:
    """When each address got its message, by the inbox's own clock (which is ours)."""
    found: dict[str, datetime] = {}
    deadline = time.monotonic() + 60
    while wanted - found.keys():
        assert time.monotonic() < deadline, f"{len(wanted - found.keys())} messages never came"
        for message in _inbox(http, running):
            for address in message["to"]:
                found[address] = datetime.fromisoformat(message["received_at"])
    return found


def _inbox(http: urllib3.PoolManager, running: Platform) -> list[dict[str, Any]]:
    messages, cursor = [], ""
    while True:
        url = f"{running.urls['inbox']}/v1/inbox?limit=500{cursor}"
        page = http.request("GET", url).json()
        messages += page["items"]
        if page["next"] is None:
            return messages
        cursor = f"&cursor={page['next']}"


def _bare_smtp(running: Platform) -> float:
    """Milliseconds (median) of one message over a new connection to the same server."""
    parts, times = urlsplit(running.urls["smtp"]), []
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "x"
    message.set_content("x" * 1000)
    for _ in range(100):
        began = time.perf_counter()
        host, port = str(parts.hostname), int(parts.port or 25)
        with SMTP(host, port, local_hostname=socket.gethostname()) as server:
            server.send_message(message)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
