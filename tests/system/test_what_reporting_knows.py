"""Reporting cannot know anybody: what is planted upstream is nowhere in its rows, logs, queues and reports."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from local.client import Client
from local.keys import private_key
from local.platform import Platform
from shared.auth import ServiceToken, SigningKey
from tests.place import Place
from tests.servers import wait_until
from tests.traces import logged, overheard, queued, rows, text_of

pytestmark = pytest.mark.system

# Long enough for everyone to register before the session begins.
_BEGINS_IN = timedelta(seconds=8)


@dataclass
class Planted:
    """Everything about people that can be written down, with words by which to find it again."""

    word: str = field(default_factory=lambda: f"zq{secrets.token_hex(4)}")
    number: str = field(default_factory=lambda: f"6{secrets.randbelow(10**8):08}")

    def text(self, about: str) -> str:
        return f"{self.word}-{about}"

    def person(self, name: str) -> dict[str, Any]:
        return {
            "given_name": self.text(f"{name}-given"),
            "family_name": self.text(f"{name}-family"),
            "email": f"{self.word}-{name}@example.org",
            "phone": f"+33{self.number}",
            "birth_year": 1980,
            "postcode": self.word,
            "situations": [self.text("situation"), "minimum-benefits"],
        }

    def address(self) -> dict[str, Any]:
        """Where letters reach them, which staff alone write down."""
        return {
            "lines": [self.text("street")],
            "postcode": "34000",
            "city": self.text("city"),
        }

    def in_(self, lines: list[str]) -> list[str]:
        """The lines that hold any of it."""
        return [line[:300] for line in lines if self.word in line or self.number in line]


@dataclass
class Story:
    """A session of a discreet programme, lived through to its end by people of whom everything was written down."""

    place: Place
    planted: Planted
    session: dict[str, Any] = field(default_factory=dict)
    seated: list[dict[str, Any]] = field(default_factory=list)
    gone: str = ""

    def __post_init__(self) -> None:
        self.public = partial(self.place.call, "POST")
        self.manager = partial(self.place.call, role="manager")
        self.adviser = partial(self.place.call, role="adviser")

    def is_offered(self) -> None:
        code, text = self.place.organisation, self.planted.text
        programme = {
            "discreet": True,
            "requires_approval": True,
            "absences_to_call": 1,
            "feedback_questions": [{"id": "why", "kind": "text", "text": {"fr": "Pourquoi ?"}}],
            "referral_purposes": [{"code": "microcredit", "name": {"fr": "Microcrédit"}}],
        }
        self.manager("PATCH", f"/v1/programmes/{code}", programme)
        activity = {"title": "Budget", "organisation": code, "programme": code}
        activity_id = self.manager("POST", "/v1/activities", activity)["id"]
        begins = datetime.now(UTC) + _BEGINS_IN
        draft = {
            "activity_id": activity_id,
            "place": code,
            "capacity": 10,
            "meetings": [
                {
                    "starts_at": begins.isoformat(),
                    "ends_at": (begins + timedelta(hours=1)).isoformat(),
                    "facilitator": text("facilitator"),
                }
            ],
        }
        session_id = self.manager("POST", "/v1/sessions", draft)["id"]
        self.session = self.manager("POST", f"/v1/sessions/{session_id}/publish")

    def is_signed_up_for(self) -> None:
        text = self.planted.text
        for name in ("present", "absent", "refused", "gone"):
            body = {
                "session_id": self.session["id"],
                "participant": self.planted.person(name),
                "consents": {"statistics": True, "contact": True},
                "needs": text("needs"),
                "source": text("source"),
                "companions": [
                    {"given_name": text(f"{name}-companion"), "family_name": text("kin")}
                ],
            }
            registered = self.public("/v1/registrations", body)
            for one in registered["registrations"]:
                if name == "refused":
                    said = {"reason": "other", "note": text("note")}
                    self.adviser("POST", f"/v1/registrations/{one['id']}/decline", said)
                else:
                    said = {"reason": text("reason")}
                    self.adviser("POST", f"/v1/registrations/{one['id']}/confirm", said)
            if name == "gone":
                path, _, query = registered["manage_url"].partition("?")
                path = path.removeprefix(self.place.platform.urls["registrations"])
                self.public(f"{path}/cancel?{query}")
                self.gone = registered["id"]
            elif name != "refused":
                self.seated.append(registered)

    def is_held(self) -> None:
        text, meeting = self.planted.text, self.session["meetings"][0]["id"]
        starts = datetime.fromisoformat(self.session["starts_at"])
        wait_until(lambda: datetime.now(UTC) > starts, "the session begins")
        come, missing = self.seated
        marks = [(come["id"], "present"), (missing["id"], "absent")]
        items = [{"registration_id": one, "status": status} for one, status in marks]
        self.adviser("PUT", f"/v1/meetings/{meeting}/attendance", {"items": items})
        who = {**self.planted.person("walk-in"), "postal_address": self.planted.address()}
        walk_in = {"participant": who, "needs": text("needs")}
        self.adviser("POST", f"/v1/meetings/{meeting}/walk-ins", walk_in)
        said = {"rating": 4, "answers": {"why": text("answer")}, "comment": text("comment")}
        path, _, query = come["manage_url"].partition("?")
        path = path.removeprefix(self.place.platform.urls["registrations"])
        self.public(f"{path}/feedback?{query}", said)
        kiosk = self.adviser("POST", f"/v1/sessions/{self.session['id']}/kiosk")
        said = {"id": str(uuid.uuid4()), "face": "happy", "comment": text("comment")}
        self.public("/v1/kiosk/feedback", said, **{"Kiosk-Token": kiosk["token"]})

    def is_followed_up(self) -> None:
        text, code = self.planted.text, self.place.organisation
        [call] = [
            one
            for one in self.adviser("GET", "/v1/calls?limit=500")["items"]
            if one["session_id"] == self.session["id"]
        ]
        done = {"outcome": "reached", "note": text("call")}
        self.adviser("POST", f"/v1/calls/{call['id']}/done", done)
        person = self._participant_of(self.seated[0]["id"])
        referral = self.adviser(
            "POST",
            "/v1/referrals",
            {
                "participant_id": person,
                "programme": code,
                "partner": code,
                "purpose": "microcredit",
                "description": text("referral"),
                "amount_asked_cents": 50_000,
            },
        )
        granted = {"decision": "granted", "amount_granted_cents": 40_000}
        self.adviser("PATCH", f"/v1/referrals/{referral['id']}", granted)
        outcome = {"outcome": "work", "skills": [text("skill")]}
        self.adviser("PUT", f"/v1/registrations/{self.seated[0]['id']}/outcome", outcome)
        changed = {"family_name": text("married"), "email": f"{text('new')}@example.org"}
        self.adviser("PATCH", f"/v1/participants/{person}", changed)
        other = self._participant_of(self.gone)
        self.adviser("POST", f"/v1/participants/{person}/merge", {"other": other})
        self.manager("POST", f"/v1/sessions/{self.session['id']}/close")

    def _participant_of(self, registration: str) -> str:
        listed = self.adviser("GET", f"/v1/registrations?session={self.session['id']}&limit=500")
        [found] = [one["participant_id"] for one in listed["items"] if one["id"] == registration]
        return str(found)


def _counted(place: Place) -> tuple[int, int, int]:
    """Registrations, those that led to work, and referrals granted, of the place's own programme."""
    path = f"/v1/indicators?programme={place.organisation}"
    total = place.call("GET", path, role="manager", service="reporting")["total"]
    return total["registrations"], total["outcomes_work"], total["referrals_granted"]


def _written(place: Place, session: str) -> dict[str, str]:
    """Every kind of report about the session's organisation, in every format and for every audience, as text."""
    code = place.organisation
    asked = {
        "session": {"session_id": session},
        "cohort": {"session_id": session},
        "activity-month": {"month": f"{datetime.now(UTC):%Y-%m}", "organisation": code},
        "programme": {"programme": code},
        "organisation": {"organisation": code},
    }
    call = partial(place.call, role="manager", service="reporting")
    jobs = {}
    for kind in call("GET", "/v1/reports")["items"]:
        parameters = asked.get(kind["report"], {"organisation": code})
        for audience in kind["audiences"]:
            body = {
                "report": kind["report"],
                "parameters": parameters,
                "formats": kind["formats"],
                "audience": audience,
            }
            job = call("POST", "/v1/report-jobs", body)
            jobs[f"{kind['report']} for {audience}"] = f"/v1/report-jobs/{job['id']}"
    assert len(jobs) > 8
    texts = {}
    for name, path in jobs.items():
        wait_until(
            lambda path=path: call("GET", path)["status"] not in {"queued", "running"},
            f"{name} is written",
            seconds=120,
        )
        job = call("GET", path)
        assert job["status"] == "done", job
        assert len(job["files"]) >= len(job["formats"])
        for file in job["files"]:
            content = place.call("GET", file["url"], role="manager", service="reporting")
            read = content if isinstance(content, bytes) else str(content).encode()
            texts[f"{name}: {file['name']}"] = text_of(file["name"], read)
    return texts


def _fed_to_reporting(platform: Platform) -> list[str]:
    """All that reporting's own token lets it read of the others' logs, asked for from the first event."""
    found = []
    token = ServiceToken(
        "reporting", SigningKey.load(private_key(platform.folder.keys, "reporting"))
    )
    for source in ("registrations", "notifications"):
        client = Client(source, platform.url(source), token())
        after = 0
        while True:
            page = client.get("/v1/events", {"after": after, "limit": 500})
            found += [str(event) for event in page["items"]]
            if page["next"] is None:
                break
            after = int(page["next"])
    return found


def test_nothing_that_anyone_could_be_known_by_reaches_reporting(
    place: Place, shared_platform: Platform
) -> None:
    planted = Planted()
    story = Story(place, planted)
    with overheard(place) as spoken:
        story.is_offered()
        story.is_signed_up_for()
        story.is_held()
        story.is_followed_up()
        wait_until(lambda: _counted(place) == (9, 1, 1), "reporting has heard of it all")
        reports = _written(place, story.session["id"])

    # It was all written down upstream; and the reports are of this session.
    upstream = "\n".join(planted.in_(rows(place, "registrations")))
    assert planted.number in upstream
    assert any("Budget" in text for text in reports.values())

    fed = _fed_to_reporting(shared_platform)
    assert any(story.session["id"] in event for event in fed)
    found = {
        "rows": planted.in_(rows(place, "reporting")),
        "feed": planted.in_(fed),
        "queues": planted.in_(queued(place)),
        "broker": planted.in_(spoken),
        "logs": planted.in_(logged(place)),
        "reports": planted.in_([f"{name} {text}" for name, text in reports.items()]),
    }
    assert not any(found.values()), {where: lines[:5] for where, lines in found.items() if lines}
    assert spoken
