"""An opening day, played through the public API of a running platform, from sign-up to bilan.

It brings its own organisation and workshops, so that its totals can be told from everything else
that the platform holds, and the services' figures held against one another.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from local.client import Client, TooOften
from local.errors import Failure
from local.platform import Platform

_BEGINS_IN = 15.0
_PATIENCE = 60.0
_MINUTE = 60.0
# The formats of a report that are read by people.
_PAPERS = ("pdf", "html", "xlsx")
_PLACE = {
    "code": "arceaux",
    "name": "Tiers-lieu des Arceaux",
    "address": "rue Draparnaud",
    "postcode": "34000",
    "city": "Montpellier",
    "school_zone": "C",
}
_PROGRAMME = {"code": "ateliers", "name": "Ateliers ouverts"}
_GIVEN = (
    *("Léa", "Karim", "Inès", "Thomas", "Aïcha", "Jeanne", "Mehdi", "Camille", "Sofia", "Hugo"),
    *("Nadia", "Paul", "Yasmine", "Lucas", "Marie", "Omar", "Zoé", "Antoine", "Fatou", "Élise"),
)
_FAMILY = (
    *("Martin", "Benali", "Roux", "Garcia", "Diallo", "Fabre", "Nguyen", "Costa", "Blanc"),
    *("Haddad", "Vidal", "Moreau", "Traoré"),
)
# title, seats, people who want one
_WORKSHOPS = (
    ("Repair Café : réparer ensemble", 8, 12),
    ("Toi-même, tu filmes", 10, 7),
    ("Créer un tuto YouTube", 6, 9),
    ("Premiers pas avec l’ordinateur", 12, 6),
)


@dataclass
class _Day:
    """What the day has seen so far."""

    platform: Platform
    organisation: str
    sessions: list[dict[str, Any]] = field(default_factory=list)
    registrations: list[dict[str, Any]] = field(default_factory=list)
    messages: int = 0

    @property
    def opening(self) -> dict[str, Any]:
        """The workshop that is held during the demo."""
        return self.sessions[0]

    def staff(self, role: str, service: str = "registrations") -> Client:
        return self.platform.client(service, role)

    def post(self, path: str, body: object = None) -> dict[str, Any]:
        """What an inhabitant's browser would post; waits when the address has posted too often."""
        client = Client("registrations", self.platform.url("registrations"), None)
        while True:
            try:
                answer: dict[str, Any] = client.post(path, body)
                return answer
            except TooOften:
                click.echo("  (one address may only post so often: waiting for its next minute)")
                time.sleep(_MINUTE)

    def of(self, session: dict[str, Any]) -> list[dict[str, Any]]:
        return [one for one in self.registrations if one["session"]["id"] == session["id"]]


def play(platform: Platform) -> bool:
    """Play the day; return whether the three services agree about it.

    Raises:
        Failure: a service does not answer, or refuses what it should accept.
    """
    began = time.monotonic()
    day = _Day(platform, f"ouverture-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    _open_the_place(day)
    _sign_up(day)
    _register_at_the_desk(day)
    _cancel_some(day)
    _hold_the_opening_workshop(day)
    agreed = _compare(day)
    _show_the_bilan(day)
    click.echo(f"\nThe day took {time.monotonic() - began:.0f} s.")
    click.echo(
        f"Read the messages at {platform.url('inbox')}/"
        f" and the documentation at {platform.url('registrations')}/docs"
    )
    return agreed


def _open_the_place(day: _Day) -> None:
    manager = day.staff("manager")
    _ensure(manager, "/v1/places", _PLACE)
    _ensure(manager, "/v1/programmes", _PROGRAMME)
    manager.post("/v1/organisations", {"code": day.organisation, "name": "Journée d’ouverture"})
    begins = datetime.now(UTC) + timedelta(seconds=_BEGINS_IN)
    for number, (title, seats, _) in enumerate(_WORKSHOPS):
        activity = manager.post(
            "/v1/activities",
            {"title": title, "organisation": day.organisation, "programme": "ateliers"},
        )
        start = begins + timedelta(days=number)
        session = manager.post(
            "/v1/sessions",
            {
                "activity_id": activity["id"],
                "place": "arceaux",
                "capacity": seats,
                "meetings": [
                    {
                        "starts_at": start.isoformat(),
                        "ends_at": (start + timedelta(hours=2)).isoformat(),
                    }
                ],
            },
        )
        day.sessions.append(manager.post(f"/v1/sessions/{session['id']}/publish"))
    click.echo(f"The place opens: {len(day.sessions)} workshops, the first in {_BEGINS_IN:.0f} s.")


def _ensure(client: Client, path: str, thing: dict[str, str]) -> None:
    if not any(item["code"] == thing["code"] for item in client.items(path)):
        client.post(path, thing)


def _sign_up(day: _Day) -> None:
    click.echo("\nPeople sign up on the web:")
    names = zip(cycle(_GIVEN), cycle(_FAMILY), strict=False)
    for session, (_, _, wanting) in zip(day.sessions, _WORKSHOPS, strict=True):
        for _ in range(wanting):
            given, family = next(names)
            number = len(day.registrations)
            person = {
                "given_name": given,
                "family_name": family,
                "email": f"personne{number}.{day.organisation}@example.org",
                "language": "en" if number % 7 == 0 else "fr",
                "birth_year": 1950 + number % 55,
                "postcode": ("34000", "34070", "34080")[number % 3],
            }
            body = {
                "session_id": session["id"],
                "participant": person,
                "consents": {"statistics": number % 5 != 0, "contact": True},
            }
            day.registrations.append(day.post("/v1/registrations", body))
            day.messages += 1
        found = Counter(one["status"] for one in day.of(session))
        click.echo(
            f"  {session['title']:<34} {found['confirmed']:>3} seated"
            f"  {found['waitlisted']:>3} waiting"
        )


def _register_at_the_desk(day: _Day) -> None:
    body = {
        "session_id": day.sessions[3]["id"],
        "participant": {"given_name": "Odette", "family_name": day.organisation},
        "assisted_by": {"agreement": "oral"},
        "source": "desk",
    }
    registration = day.staff("adviser").post("/v1/registrations", body)
    day.registrations.append(registration)
    day.messages += 1
    click.echo("  … and Odette, who has neither e-mail nor phone, at the desk.")


def _cancel_some(day: _Day) -> None:
    click.echo("\nThree people cancel with the link in their message:")
    for session in (day.sessions[0], day.sessions[0], day.sessions[2]):
        seated = [one for one in day.of(session) if one["status"] == "confirmed"]
        leaving = next(one for one in seated if not one.get("left"))
        leaving["left"] = True
        day.post(_link(leaving, "/cancel"))
        first = _present(day, session, "waitlisted")
        click.echo(f"  {session['title']}: a seat is freed, {len(first)} still wait")
        # The one who leaves is told, and the one who moves up.
        day.messages += 2


def _hold_the_opening_workshop(day: _Day) -> None:
    session, facilitator = day.opening, _facilitator(day)
    _wait_for(datetime.fromisoformat(session["starts_at"]))
    seated = _present(day, session, "confirmed")
    items = [
        {"registration_id": one["id"], "status": "absent" if number % 5 == 4 else "present"}
        for number, one in enumerate(seated)
    ]
    meeting = session["meetings"][0]["id"]
    facilitator.put(f"/v1/meetings/{meeting}/attendance", {"items": items})
    here = sum(item["status"] == "present" for item in items)
    click.echo(f"\n{session['title']} is held: {here} present, {len(items) - here} absent.")
    links = {one["id"]: one for one in day.registrations}
    ratings = cycle((5, 4, 5, 3))
    given = []
    for item in items:
        if item["status"] == "present":
            given.append(next(ratings))
            url = _link(links[item["registration_id"]], "/feedback")
            day.post(url, {"rating": given[-1]})
    click.echo(f"{len(given)} say what they think: {sum(given) / len(given):.1f} out of 5.")
    facilitator.post(f"/v1/sessions/{session['id']}/close")


def _compare(day: _Day) -> bool:
    """Wait until the services have told one another everything, then hold their totals together."""
    click.echo("\nWhat the three services say of the day:")
    registered = _registered(day)
    notified: Counter[str] = _settle(
        lambda: _notified(day), lambda found: sum(found.values()) == day.messages
    )
    reported: dict[str, int] = _settle(lambda: _reported(day), lambda found: found == registered)
    rows = (
        ("registrations", registered),
        ("reporting", reported),
    )
    for name, figures in rows:
        said = "  ".join(f"{figure} {status}" for status, figure in figures.items())
        click.echo(f"  {name:<14} {said}")
    click.echo(
        f"  {'notifications':<14} {sum(notified.values())} messages for {day.messages} things to tell: "
        + ", ".join(f"{count} {status}" for status, count in sorted(notified.items()))
    )
    agreed = reported == registered and sum(notified.values()) == day.messages
    if agreed:
        click.echo("  The three agree.")
    else:
        click.echo("  THEY DO NOT AGREE.", err=True)
    return agreed


def _registered(day: _Day) -> dict[str, int]:
    """What registrations holds of the day's sessions."""
    client = day.staff("adviser")
    items = [
        item
        for session in day.sessions
        for item in client.items("/v1/registrations", session=session["id"], limit=500)
    ]
    found = Counter(item["status"] for item in items)
    return {
        "registrations": len(items),
        **{status: found[status] for status in ("confirmed", "waitlisted", "cancelled")},
    }


def _reported(day: _Day) -> dict[str, int]:
    """What reporting counts for the day's organisation."""
    client = day.staff("manager", "reporting")
    total = client.get("/v1/indicators", {"organisation": day.organisation})["total"]
    return {name: total[name] for name in ("registrations", "confirmed", "waitlisted", "cancelled")}


def _notified(day: _Day) -> Counter[str]:
    """What answers the day's registrations, by status; what is still on its way does not count.

    Reminders come another day, and questions about a session after it.
    """
    client = day.staff("adviser", "notifications")
    found: Counter[str] = Counter()
    for one in day.registrations:
        found.update(
            item["status"]
            for item in client.items("/v1/notifications", registration=one["id"])
            if item["kind"] not in ("reminder", "feedback-invitation")
        )
    for moving in ("queued", "sending"):
        found.pop(moving, None)
    return found


def _show_the_bilan(day: _Day) -> None:
    client = day.staff("manager", "reporting")
    today = datetime.now(UTC).date()
    parameters = {
        "from": (today - timedelta(days=1)).isoformat(),
        "to": (today + timedelta(days=10)).isoformat(),
    }
    job = client.post(
        "/v1/report-jobs",
        {"report": "bilan", "parameters": parameters, "formats": [*_PAPERS, "csv", "json"]},
    )
    path = f"/v1/report-jobs/{job['id']}"
    done = _settle(lambda: client.get(path), lambda found: found["status"] in ("done", "failed"))
    if done["status"] != "done":
        raise Failure(f"the bilan was not written: it is {done['status']}")
    click.echo("\nThe bilan is written:")
    for paper in _fetch_papers(day, client, done):
        click.echo(f"  {paper}")
    click.echo(f"  and its figures, with ./arceaux token --role manager, at {client.address}{path}")
    caused = [
        item
        for item in client.items("/v1/report-jobs", limit=50)
        if item["parameters"].get("session_id") == day.opening["id"]
    ]
    if caused:
        click.echo(
            f"The closing of {day.opening['title']} set off its own report:\n"
            f"  {client.address}/v1/report-jobs/{caused[0]['id']}"
        )


def _fetch_papers(day: _Day, client: Client, job: dict[str, Any]) -> list[Path]:
    """Put what people read of a report beside the platform's data; where each is now."""
    folder = day.platform.folder.path / "demo"
    folder.mkdir(exist_ok=True)
    papers = []
    for file in job["files"]:
        paper = folder / file["name"]
        if paper.suffix.lstrip(".") in _PAPERS:
            paper.write_bytes(client.file(f"/v1/report-jobs/{job['id']}/files/{file['name']}"))
            papers.append(paper)
    return papers


def _present(day: _Day, session: dict[str, Any], status: str) -> list[dict[str, Any]]:
    """The registrations of ``session`` that are now in ``status``, as its facilitator sees them."""
    items = _facilitator(day).items("/v1/registrations", session=session["id"], status=status)
    return list(items)


def _facilitator(day: _Day) -> Client:
    token = day.platform.token("facilitator", day.organisation)
    return Client("registrations", day.platform.url("registrations"), token)


def _link(registration: dict[str, Any], action: str) -> str:
    """The path of what can be done with a manage link."""
    parts = urlsplit(registration["manage_url"])
    return f"{parts.path}{action}?{parts.query}"


def _wait_for(moment: datetime) -> None:
    counts_down = sys.stdout.isatty()
    if not counts_down:
        click.echo("The first workshop begins in a moment.")
    while (left := (moment - datetime.now(UTC)).total_seconds()) > 0:
        if counts_down:
            click.echo(f"\rThe first workshop begins in {left:.0f} s … ", nl=False)
        time.sleep(min(left, 1.0))
    if counts_down:
        click.echo()


def _settle(ask: Callable[[], Any], is_right: Callable[[Any], bool]) -> Any:
    """The answer of ``ask`` as soon as it is right, else the last one before patience ends."""
    deadline = time.monotonic() + _PATIENCE
    while not is_right(found := ask()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found
