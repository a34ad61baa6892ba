"""From a sign-up to the mailbox and the report, on the whole platform."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import urllib3
from standardwebhooks.webhooks import Webhook

from local import trial
from tests.place import Place
from tests.receiver import receiver
from tests.servers import wait_until

pytestmark = pytest.mark.system


def test_a_registration_reaches_the_mailbox_and_the_report(place: Place) -> None:
    session = place.session(seats=5)
    status, registration = place.register(session, "lea")
    assert (status, registration["status"]) == (201, "confirmed")
    wait_until(place.inbox, "the message arrives")
    wait_until(lambda: place.indicators()["registrations"] == 1, "it is counted")
    [message] = place.inbox()[place.address("lea")]
    assert registration["manage_url"] in message["text"]
    assert [file["type"] for file in message["attachments"]] == ["text/calendar"]
    wait_until(
        lambda: [n["status"] for n in place.notifications(registration["id"])] == ["sent"],
        "it is recorded as sent",
    )


def test_four_hundred_people_at_once_for_twenty_seats(place: Place) -> None:
    """From several processes; then ten cancel, and the first ten in line move up, each told once."""
    session, people, seats = place.session(seats=20), 400, 20
    url = place.platform.urls["registrations"]
    with ProcessPoolExecutor(4) as pool:
        chunks = [range(start, people, 4) for start in range(4)]
        jobs = [
            pool.submit(_post_all, url, session, place.organisation, list(chunk))
            for chunk in chunks
        ]
        answers = [answer for job in jobs for answer in job.result()]
    assert {status for status, _ in answers} == {201}
    registrations = {answer["id"]: answer for _, answer in answers}
    in_order = _by_rank(place, session)
    assert [row["rank"] for row in in_order] == list(range(1, people + 1))
    assert [row["status"] for row in in_order[:seats]] == ["confirmed"] * seats
    line = in_order[seats:]
    assert [registrations[row["id"]]["waitlist_position"] for row in line] == list(
        range(1, people - seats + 1)
    )

    # What has not left yet when it is no longer so is never said: all are told first.
    wait_until(lambda: sum(map(len, place.inbox().values())) >= people, "all are told", seconds=90)
    for row in in_order[:10]:
        assert place.cancel(registrations[row["id"]]) == 200
    after = {row["id"]: row["status"] for row in _by_rank(place, session)}
    assert [after[row["id"]] for row in line[:10]] == ["confirmed"] * 10
    assert {after[row["id"]] for row in line[10:]} == {"waitlisted"}

    # One message for each of the 400, and two more for each cancellation.
    wait_until(
        lambda: sum(map(len, place.inbox().values())) >= people + 20,
        "all are told what followed",
        seconds=90,
    )
    told = place.inbox()
    counts = {row["id"]: len(told[place.address(row["given_name"])]) for row in in_order}
    assert sum(counts.values()) == people + 20
    assert {counts[row["id"]] for row in in_order[:10]} == {2}
    assert {counts[row["id"]] for row in line[:10]} == {2}
    assert {counts[row["id"]] for row in in_order[10:seats] + line[10:]} == {1}
    expected = {"registrations": 400, "confirmed": 20, "waitlisted": 370, "cancelled": 10}
    wait_until(lambda: {name: place.indicators()[name] for name in expected} == expected, "counted")


def test_a_web_client_is_told_what_became_of_what_it_posted(place: Place) -> None:
    manager = place.platform.client("registrations", "manager")
    made = manager.post("/v1/clients", {"code": place.organisation, "name": "Agenda"})
    session = place.session(seats=5)
    with receiver() as agenda:
        webhook = {"client_id": made["client"]["id"], "url": agenda.url}
        events = {"events": ["registration.confirmed"]}
        secret = manager.post("/v1/webhooks", {**webhook, **events})["secret"]
        place.register(session, "tom")
        status, registration = place.register(session, "lea", api_key=made["key"])
        assert (status, registration["status"]) == (201, "confirmed")
        wait_until(lambda: agenda.received, "the webhook is told")
    [posted] = agenda.received
    told = Webhook(secret).verify(posted.body, dict(posted.headers))
    assert told["data"]["registration_id"] == registration["id"]


def test_closing_a_session_writes_its_report(place: Place) -> None:
    client = place.platform.client("registrations", "manager")
    session = place.session(seats=2)
    place.register(session, "lea")
    meeting = client.get(f"/v1/sessions/{session}")["meetings"][0]
    past = {"id": meeting["id"], "starts_at": _ago(3), "ends_at": _ago(1)}
    client.post(f"/v1/sessions/{session}/reschedule", {"meetings": [past]})
    client.post(f"/v1/sessions/{session}/close")
    reporting = place.platform.client("reporting", "manager")

    def job() -> dict[str, Any] | None:
        jobs = reporting.items("/v1/report-jobs")
        return next((j for j in jobs if j["parameters"].get("session_id") == session), None)

    wait_until(lambda: (found := job()) and found["status"] == "done", "the report is written")
    found = job()
    assert found is not None
    assert {file["name"].rpartition(".")[2] for file in found["files"]} == {"json", "csv"}


def test_rebuilding_reporting_gives_the_same_figures(place: Place) -> None:
    session = place.session(seats=2)
    for number in range(4):
        place.register(session, f"p{number}")
    # Notifications tell of each message: after the last of them nothing is on its way any more.
    wait_until(lambda: place.indicators()["notifications_sent"] == 4, "counted and told")
    before = place.indicators()
    assert before["registrations"] == 4
    data = str(place.platform.folder.path)
    rebuilt = trial.call(["rebuild", "reporting", "--data", data])
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert place.indicators() == before


def test_the_event_logs_show_no_gap(place: Place) -> None:
    place.register(place.session(seats=2), "lea")
    wait_until(lambda: place.indicators()["registrations"] == 1, "counted")
    listed = trial.call(["events", "list", "--data", str(place.platform.folder.path)])
    assert listed.returncode == 0, listed.stdout[-500:]
    assert listed.stdout.count("no gap") == 3
    assert "lea" not in listed.stdout


def test_the_demo_plays_a_day_on_which_the_services_agree(place: Place) -> None:
    played = trial.call(["demo", "--data", str(place.platform.folder.path)])
    assert played.returncode == 0, played.stdout + played.stderr
    assert "The three agree." in played.stdout


def _post_all(
    url: str, session: str, organisation: str, numbers: list[int]
) -> list[tuple[int, dict[str, Any]]]:
    """One process's share of the crowd, eight at a time; (status, answer) of each."""
    from concurrent.futures import ThreadPoolExecutor

    http = urllib3.PoolManager(maxsize=8, retries=False, timeout=60.0)

    def post(number: int) -> tuple[int, dict[str, Any]]:
        person = {
            "given_name": f"n{number}",
            "family_name": "Essai",
            "email": f"n{number}@{organisation}.example.org",
        }
        answer = http.request(
            "POST",
            f"{url}/v1/registrations",
            json={"session_id": session, "participant": person},
        )
        return answer.status, answer.json()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(post, numbers))


def _by_rank(place: Place, session: str) -> list[dict[str, Any]]:
    client = place.platform.client("registrations", "adviser")
    rows = client.items("/v1/registrations", session=session, limit=500)
    return sorted(rows, key=lambda row: row["rank"])


def _ago(hours: int) -> str:
    from datetime import UTC, timedelta

    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
