"""A place on a running platform, and people who use it, whatever the platform runs on."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import urllib3

from local.client import Client


class Running(Protocol):
    """A platform that runs, and lets itself be asked as staff."""

    @property
    def urls(self) -> Mapping[str, str]: ...

    def client(self, service: str, role: str) -> Client: ...


@dataclass
class Place:
    """A platform with an organisation of its own, and what was accepted there."""

    platform: Running
    organisation: str = field(default_factory=lambda: f"essai-{uuid.uuid4().hex[:8]}")
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(timeout=10.0, retries=False, maxsize=16)
    )

    def __post_init__(self) -> None:
        manager = self.platform.client("registrations", "manager")
        for path, thing in (
            ("/v1/organisations", {"code": self.organisation, "name": "Essai"}),
            ("/v1/places", {"code": self.organisation, "name": "Lieu d’essai"}),
            ("/v1/programmes", {"code": self.organisation, "name": "Essai"}),
        ):
            manager.post(path, thing)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str | None = None,
        service: str = "registrations",
        **headers: str,
    ) -> Any:
        """What a service answers to somebody of ``role``, or to the public; it must not refuse.

        JSON is read; anything else comes as bytes.
        """
        headers["Content-Type"] = "application/json"
        if role:
            token = self.platform.client(service, role)._headers["Authorization"]
            headers["Authorization"] = token
        answer = self.http.request(
            method,
            self.platform.urls[service] + path,
            body=None if body is None else json.dumps(body).encode(),
            headers=headers,
        )
        assert answer.status < 300, (method, path, answer.status, answer.data)
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return answer.json() if is_json else answer.data

    def session(self, seats: int) -> str:
        """A published session in a week."""
        manager = self.platform.client("registrations", "manager")
        activity = manager.post(
            "/v1/activities",
            {"title": "Essai", "organisation": self.organisation, "programme": self.organisation},
        )
        start = datetime.now(UTC) + timedelta(days=7)
        meeting = {
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=2)).isoformat(),
        }
        draft = manager.post(
            "/v1/sessions",
            {
                "activity_id": activity["id"],
                "place": self.organisation,
                "capacity": seats,
                "meetings": [meeting],
            },
        )
        manager.post(f"/v1/sessions/{draft['id']}/publish")
        session_id: str = draft["id"]
        return session_id

    def address(self, name: str) -> str:
        """The e-mail address of someone of this place."""
        return f"{name}@{self.organisation}.example.org"

    def register(
        self, session: str, name: str, *, key: str | None = None, api_key: str | None = None
    ) -> tuple[int, Any]:
        """POST a registration; the status and the JSON answered."""
        body = {
            "session_id": session,
            "participant": {
                "given_name": name,
                "family_name": "Essai",
                "email": self.address(name),
                "language": "fr",
            },
        }
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if api_key:
            headers["X-API-Key"] = api_key
        answer = self.http.request(
            "POST",
            f"{self.platform.urls['registrations']}/v1/registrations",
            body=json.dumps(body).encode(),
            headers=headers,
        )
        return answer.status, json.loads(answer.data)

    def cancel(self, registration: dict[str, Any]) -> int:
        """Cancel with the link; the status answered."""
        path, _, query = registration["manage_url"].partition("?")
        return self.http.request("POST", f"{path}/cancel?{query}").status

    def inbox(self) -> dict[str, list[dict[str, Any]]]:
        """The messages received by people of this place, by address."""
        found: dict[str, list[dict[str, Any]]] = {}
        url, cursor = f"{self.platform.urls['inbox']}/v1/inbox", ""
        while True:
            page = self.http.request("GET", f"{url}?limit=500{cursor}").json()
            for message in page["items"]:
                for address in message["to"]:
                    if address.endswith(f"@{self.organisation}.example.org"):
                        found.setdefault(address, []).append(message)
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    def indicators(self) -> dict[str, Any]:
        """What reporting says of this place's organisation."""
        client = self.platform.client("reporting", "manager")
        total: dict[str, Any] = client.get("/v1/indicators", {"organisation": self.organisation})[
            "total"
        ]
        return total

    def notifications(self, registration_id: str) -> list[dict[str, Any]]:
        """What answers one registration, as notifications knows it; reminders come another day."""
        client = self.platform.client("notifications", "adviser")
        items = client.items("/v1/notifications", registration=registration_id)
        return [item for item in items if item["kind"] != "reminder"]

    def told(self) -> int:
        """How many messages of the whole platform have left or are in doubt, but for reminders.

        One small answer, however many there are: to be asked again and again.
        """
        summary = self.platform.client("notifications", "adviser").get("/v1/notifications/summary")
        return sum(
            item["count"]
            for item in summary["items"]
            if item["kind"] != "reminder" and item["status"] in ("sent", "unknown")
        )

    def statuses(self) -> dict[str, Counter[str]]:
        """How the messages of the whole platform stand, by registration, but for reminders."""
        client = self.platform.client("notifications", "adviser")
        found: dict[str, Counter[str]] = {}
        for item in client.items("/v1/notifications", limit=500):
            if item["kind"] == "reminder":
                continue
            found.setdefault(item["registration_id"], Counter())[item["status"]] += 1
        return found


@dataclass
class SteadyLoad:
    """People who keep registering, and insist, with the same key, until they have an answer.

    ``pause`` is how many seconds each of them waits between two sign-ups.
    """

    place: Place
    sessions: list[str]
    pause: float = 0.02
    accepted: dict[str, str] = field(default_factory=dict)
    surprises: list[tuple[int, Any]] = field(default_factory=list)
    retries: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, people: int = 2) -> None:
        for number in range(people):
            thread = threading.Thread(target=self._register_for_ever, args=(number,))
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _register_for_ever(self, number: int) -> None:
        count = 0
        while not self._stop.is_set():
            count += 1
            name, key = f"p{number}-{count}", uuid.uuid4().hex
            session = self.sessions[count % len(self.sessions)]
            while not self._register(session, name, key):
                self.retries += 1
                # Whoever gets no answer tries again a little later, even when we are stopping.
                threading.Event().wait(0.2)
            # A steady pace, not as fast as it goes: faults are the subject, not throughput.
            self._stop.wait(self.pause)

    def _register(self, session: str, name: str, key: str) -> bool:
        try:
            status, answer = self.place.register(session, name, key=key)
        except (urllib3.exceptions.HTTPError, ValueError):
            return False
        if status == 201:
            self.accepted[answer["id"]] = self.place.address(name)
        elif status != 503:
            self.surprises.append((status, answer))
        return status != 503
