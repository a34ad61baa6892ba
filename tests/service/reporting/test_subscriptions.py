"""Reports that are written because something happened, or because it is the day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update

from services.reporting import tasks
from services.reporting.models import ReportJob, ReportSubscription
from services.reporting.operations import jobs, subscriptions
from services.reporting.reports import KINDS
from services.reporting.reports import write as writing
from shared.events import catalogue
from shared.messaging.rows import Rows
from tests.service.reporting.conftest import Story, logged, only

Bearer = Callable[..., dict[str, str]]
ORDERS = "/v1/report-subscriptions"
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def manager(bearer: Bearer) -> dict[str, str]:
    return bearer("manager")


def order(client: FlaskClient, headers: dict[str, str], **body: Any) -> Any:
    asked = {
        "on": "session.closed",
        "report": "session",
        "parameters": {"session_id": "$session_id"},
        **body,
    }
    return client.post(ORDERS, json=asked, headers=headers)


def written(story: Story) -> list[ReportJob]:
    """The jobs set off by orders made in a test, not by the one that was there."""
    with story.database.transaction() as session:
        rows = jobs.list_jobs(session, report=None, status=None, before=None, limit=50)
    return [job for job in rows if job.formats != ["json", "csv"]]


def test_an_order_has_a_report_written_when_its_event_comes(
    client: FlaskClient, story: Story, manager: dict[str, str], jobs_sent: Callable[[], int]
) -> None:
    lea = uuid4()
    made = order(
        client,
        manager,
        filter={"programme": "budget", "reason": "too-few"},
        on="session.cancelled",
        formats=["pdf", "xlsx", "pdf"],
        language="en",
        recipients=[str(lea)],
    )
    assert made.status_code == 201
    assert made.json["formats"] == ["pdf", "xlsx"]
    wanted, other = story.session(programme="budget"), story.session(programme="ateliers")
    for session_id, reason in ((other, "too-few"), (wanted, "other"), (wanted, "too-few")):
        event = story.tell(
            catalogue.SessionCancelled.of(session_id=session_id, reason=reason), LATER
        )
    job = only(written(story))
    assert (str(job.subscription_id), str(job.cause)) == (made.json["id"], event["id"])
    assert job.parameters == {"session_id": str(wanted)}
    assert (job.language, job.recipients) == ("en", [lea])
    assert jobs_sent() == 1
    tasks.run_job(str(job.id))
    ready = only(logged(story.database)).data
    assert ready["recipients"] == [str(lea)]
    assert sorted(ready["files"]) == ["session.pdf", "session.xlsx"]


def test_each_order_has_its_own_report_of_one_event_and_no_second(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    for formats in (["pdf"], ["html"]):
        order(client, manager, formats=formats)
    story.tell(catalogue.SessionClosed.of(session_id=story.session()), LATER)
    with story.database.transaction() as session:
        for _ in range(2):
            story.receiver._handle(session, story.feeds.logs["registrations"][-1], Rows(session))
    assert sorted(job.formats for job in written(story)) == [["html"], ["pdf"]]


def test_what_happened_before_an_order_sets_nothing_off(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    story.tell(catalogue.SessionClosed.of(session_id=story.session()))
    order(client, manager)
    with story.database.transaction() as session:
        story.receiver._handle(session, story.feeds.logs["registrations"][-1], Rows(session))
    assert written(story) == []


def test_an_order_can_be_taken_back(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    first = only(client.get(ORDERS, headers=manager).json["items"])
    assert (first["on"], first["report"], first["formats"]) == (
        "session.closed",
        "session",
        ["json", "csv"],
    )
    address = f"{ORDERS}/{first['id']}"
    assert client.delete(address, headers=manager).status_code == 204
    assert client.delete(address, headers=manager).status_code == 404
    story.tell(catalogue.SessionClosed.of(session_id=story.session()))
    assert story.rows(ReportJob.__table__) == []


def test_by_the_calendar_each_day_sets_off_one_report(
    client: FlaskClient, story: Story, manager: dict[str, str], jobs_sent: Callable[[], int]
) -> None:
    made = order(
        client,
        manager,
        on="FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=7",
        report="activity-month",
        parameters={"month": "$previous_month", "programme": "budget"},
    ).json
    assert datetime.fromisoformat(made["next_at"]) > datetime.now(UTC)
    tasks.sweep()
    assert written(story) == []
    day = datetime(2026, 3, 1, 6, tzinfo=UTC)
    with story.database.transaction() as session:
        session.execute(update(ReportSubscription).values(since=day).where(_is(made)))
        session.execute(update(ReportSubscription).values(next_at=day).where(_is(made)))
    for _ in range(2):
        with story.database.transaction() as session:
            subscriptions.set_off_due(session, day + timedelta(hours=1))
    job = only(written(story))
    assert job.parameters == {"month": "2026-02", "programme": "budget"}
    assert (job.cause, job.occurrence) == (None, day)
    with story.database.transaction() as session:
        row = session.get_one(ReportSubscription, UUID(made["id"]))
        # Summer time has begun.
        assert row.next_at == datetime(2026, 4, 1, 5, tzinfo=UTC)
        # A tick that another worker was at as well.
        row.next_at = day
    with story.database.transaction() as session:
        assert subscriptions.set_off_due(session, day) == []
    assert len(written(story)) == 1


def test_the_tick_finds_what_is_due(
    client: FlaskClient, story: Story, manager: dict[str, str], jobs_sent: Callable[[], int]
) -> None:
    made = order(client, manager, on="FREQ=DAILY", report="bilan", parameters={"to": "$day"}).json
    past = datetime.now(UTC) - timedelta(minutes=1)
    with story.database.transaction() as session:
        session.execute(update(ReportSubscription).values(next_at=past).where(_is(made)))
    tasks.sweep()
    assert len(written(story)) == jobs_sent() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"on": "registration.confirmed"}, "on"),
        ({"on": "session.danced"}, "on"),
        ({"on": "FREQ=SECONDLY"}, "on"),
        ({"on": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "on"),
        ({"filter": {"colour": "red"}}, "filter.colour"),
        ({"filter": {"programme": ["budget"]}}, "filter.programme"),
        ({"filter": {"session_id": "seven"}}, "filter.session_id"),
        ({"on": "FREQ=DAILY", "report": "bilan", "parameters": {}, "filter": {"a": "b"}}, "filter"),
        ({"report": "dance"}, "report"),
        ({"parameters": {}}, "parameters.session_id"),
        ({"parameters": {"session_id": "$colour"}}, "parameters.session_id"),
        ({"parameters": {"session_id": "$session_id", "x": 1}}, "parameters.x"),
        ({"report": "bilan", "parameters": {"from": "soon"}}, "parameters.from"),
        ({"formats": ["stone"]}, "formats.0"),
        ({"recipients": ["lea@example.org"]}, "recipients.0"),
        ({"timezone": "Europe/Arceaux"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
    ],
)
def test_an_order_that_could_never_be_carried_out_is_refused(
    client: FlaskClient, story: Story, manager: dict[str, str], body: dict[str, Any], field: str
) -> None:
    answer = order(client, manager, **body)
    assert answer.status_code == 422, answer.json
    assert list(answer.json["errors"]) == [field]
    french = client.post(
        ORDERS,
        json={"on": "session.closed", "report": "session", "parameters": {}, **body},
        headers={**manager, "Accept-Language": "fr"},
    )
    assert french.json["errors"] != answer.json["errors"]


@pytest.mark.parametrize(
    ("language", "body", "field", "said"),
    [
        ("en", {"on": "FREQ=HOURLY"}, "on", "day, week, month or year"),
        ("fr", {"on": "FREQ=MINUTELY;INTERVAL=5"}, "on", "tous les jours, semaines, mois ou ans"),
        ("fr", {"on": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "on", "ne revient jamais"),
        ("en", {"parameters": {}}, "parameters.session_id", "then: $session_id."),
        ("fr", {"parameters": {}}, "parameters.session_id", "moment-là : $session_id."),
        (
            "fr",
            {"on": "FREQ=MONTHLY", "report": "activity-month", "parameters": {}},
            "parameters.month",
            "moment-là : $month, $previous_month.",
        ),
        (
            "fr",
            {"on": "FREQ=MONTHLY", "report": "programme", "parameters": {}},
            "parameters.programme",
            "Ce champ est obligatoire.",
        ),
    ],
)
def test_whoever_orders_is_told_what_to_write_instead(
    client: FlaskClient,
    story: Story,
    manager: dict[str, str],
    *,
    language: str,
    body: dict[str, Any],
    field: str,
    said: str,
) -> None:
    answer = order(client, {**manager, "Accept-Language": language}, **body)
    assert answer.status_code == 422
    assert said in only(answer.json["errors"][field])


def test_an_order_may_come_before_what_it_is_about_and_tells_of_nothing_until_then(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    about = {"report": "programme", "parameters": {"programme": "jardin"}}
    made = order(client, manager, on="FREQ=DAILY", **about)
    assert made.status_code == 201

    def run() -> ReportJob:
        past = datetime.now(UTC) - timedelta(minutes=1)
        with story.database.transaction() as session:
            session.execute(update(ReportSubscription).values(next_at=past).where(_is(made.json)))
            (job_id,) = subscriptions.set_off_due(session, datetime.now(UTC))
        tasks.run_job(str(job_id))
        return next(job for job in written(story) if job.id == job_id)

    failed = run()
    assert (failed.status, failed.edition_id, failed.attempts) == ("failed", None, 1)
    assert "“jardin”" in str(failed.error)
    story.session(programme="jardin")
    assert run().status == "done"


# ── cancelling ──────────────────────────────────────────────────────────────────────────────────


def test_a_waiting_report_can_be_cancelled_and_is_never_written(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    job = client.post("/v1/report-jobs", json={"report": "bilan"}, headers=manager).json
    address = f"/v1/report-jobs/{job['id']}"
    for _ in range(2):
        cancelled = client.post(f"{address}/cancel", headers=manager)
        assert (cancelled.status_code, cancelled.json["status"]) == (200, "cancelled")
    tasks.run_job(job["id"])
    after = client.get(address, headers=manager).json
    assert (after["status"], after["files"]) == ("cancelled", [])
    assert logged(story.database) == []


def test_a_report_under_way_stops_when_it_is_cancelled(
    client: FlaskClient, story: Story, manager: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(session: Any, parameters: Any, now: datetime, tell: Any) -> Any:
        client.post(f"/v1/report-jobs/{job['id']}/cancel", headers=manager)
        return KINDS["bilan"].write(session, parameters, now, tell)

    kinds = {**KINDS, "bilan": replace(KINDS["bilan"], write=write)}
    monkeypatch.setattr(writing, "KINDS", kinds)
    job = client.post("/v1/report-jobs", json={"report": "bilan"}, headers=manager).json
    tasks.run_job(job["id"])
    after = client.get(f"/v1/report-jobs/{job['id']}", headers=manager).json
    assert (after["status"], after["files"], after["edition_id"]) == ("cancelled", [], None)
    assert logged(story.database) == []


def test_what_is_written_cannot_be_cancelled(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    job = client.post("/v1/report-jobs", json={"report": "bilan"}, headers=manager).json
    tasks.run_job(job["id"])
    answer = client.post(f"/v1/report-jobs/{job['id']}/cancel", headers=manager)
    assert answer.status_code == 409
    assert client.post(f"/v1/report-jobs/{uuid4()}/cancel", headers=manager).status_code == 404


# ── too long ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("limit", ["STEP_SECONDS", "REPORT_SECONDS"])
def test_a_report_that_takes_too_long_fails_and_says_so(
    client: FlaskClient,
    story: Story,
    manager: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
) -> None:
    def write(session: Any, parameters: Any, now: datetime, tell: Any) -> Any:
        session.execute(text("SELECT pg_sleep(1.5)"))
        return KINDS["bilan"].write(session, parameters, now, tell)

    kinds = {**KINDS, "bilan": replace(KINDS["bilan"], write=write)}
    monkeypatch.setattr(writing, "KINDS", kinds)
    monkeypatch.setattr(writing, limit, 1)
    job = client.post("/v1/report-jobs", json={"report": "bilan"}, headers=manager).json
    tasks.run_job(job["id"])
    after = client.get(f"/v1/report-jobs/{job['id']}", headers=manager).json
    assert after["status"] == "failed"
    assert "too long" in after["error"]
    french = {**manager, "Accept-Language": "fr"}
    assert "trop long" in client.get(f"/v1/report-jobs/{job['id']}", headers=french).json["error"]


def test_a_report_that_fails_by_our_mistake_says_so_in_words(
    client: FlaskClient, story: Story, manager: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(writing, "KINDS", {**KINDS, "bilan": replace(KINDS["bilan"], write=write)})
    job = client.post("/v1/report-jobs", json={"report": "bilan"}, headers=manager).json
    tasks.run_job(job["id"])
    for language, said in (("fr", "L'erreur vient de nous"), ("en", "The mistake is ours")):
        headers = {**manager, "Accept-Language": language}
        told = client.get(f"/v1/report-jobs/{job['id']}", headers=headers).json["error"]
        assert said in told
        assert "ZeroDivision" not in told


def _is(made: dict[str, Any]) -> Any:
    return ReportSubscription.id == UUID(made["id"])
