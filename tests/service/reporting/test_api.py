"""The HTTP interface: who may ask what, and what is answered."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.reporting import tasks
from services.reporting.api import progress_stream
from services.reporting.domain import LEASE_SECONDS
from services.reporting.indicators import CATALOGUE
from services.reporting.operations import rebuilds
from services.reporting.reports import KINDS
from shared.auth import STAFF_ROLES
from shared.web.app import spec
from tests.service.reporting.conftest import PERSON, Story

Bearer = Callable[..., dict[str, str]]
JOBS = "/v1/report-jobs"


@pytest.fixture
def adviser(bearer: Bearer) -> dict[str, str]:
    return bearer("adviser")


def ask(client: FlaskClient, headers: dict[str, str], **body: Any) -> Any:
    return client.post(JOBS, json={"report": "bilan", **body}, headers=headers)


# ── indicators ──────────────────────────────────────────────────────────────────────────────────


def test_the_figures_of_each_group_and_their_total(
    client: FlaskClient, story: Story, adviser: dict[str, str]
) -> None:
    for programme in ("budget", "ateliers"):
        story.register(story.session(programme=programme))
    answer = client.get("/v1/indicators?group_by=programme", headers=adviser)
    assert answer.status_code == 200
    names = {one.name for one in CATALOGUE}
    assert set(answer.json["total"]) == {*names, "compared", "targets"}
    assert [item["group"] for item in answer.json["items"]] == ["ateliers", "budget"]
    told = {"group", "groups", "compared", "targets", *names}
    assert all(set(item) == told for item in answer.json["items"])
    assert answer.json["total"]["registrations"] == 2
    assert answer.json["next"] is None


def test_without_a_grouping_there_is_only_a_total(
    client: FlaskClient, story: Story, adviser: dict[str, str]
) -> None:
    story.session()
    answer = client.get("/v1/indicators", headers=adviser).json
    assert answer["items"] == []
    assert (answer["total"]["sessions"], answer["total"]["fill_rate"]) == (1, 0)


def test_those_without_a_group_come_last(
    client: FlaskClient, story: Story, adviser: dict[str, str]
) -> None:
    for theme in (None, "zoo", "art"):
        story.session(theme=theme)
    answer = client.get("/v1/indicators?group_by=theme", headers=adviser).json
    assert [item["group"] for item in answer["items"]] == ["art", "zoo", None]


def test_a_period_and_filters_are_kept_to(
    client: FlaskClient, story: Story, adviser: dict[str, str]
) -> None:
    session_id = story.session(programme="budget", place="mosson")
    story.register(session_id, person={**PERSON, "situations": ["minimum-benefits"]})

    def sessions(query: str) -> int:
        answer = client.get(f"/v1/indicators?{query}", headers=adviser)
        return int(answer.json["total"]["sessions"])

    assert sessions("from=2026-03-02&to=2026-03-03&programme=budget&place=mosson") == 1
    assert sessions("from=2026-03-03") == 0
    assert sessions("to=2026-03-02") == 0
    assert sessions("programme=sante") == 0
    assert sessions("place=arceaux") == 0
    by = client.get("/v1/indicators?group_by=situation", headers=adviser).json["items"]
    assert [(item["group"], item["people"], item["sessions"]) for item in by] == [
        ("minimum-benefits", 1, None)
    ]


def test_a_facilitator_sees_their_own_organisation_alone(
    client: FlaskClient, story: Story, bearer: Bearer
) -> None:
    story.session(organisation="repair-cafe")
    story.session(organisation="ccas")
    mine = bearer("facilitator", organisation="ccas")
    for query in ("", "?organisation=ccas"):
        answer = client.get(f"/v1/indicators{query}", headers=mine)
        assert answer.json["total"]["sessions"] == 1
    other = client.get("/v1/indicators?organisation=repair-cafe", headers=mine)
    assert other.status_code == 403
    assert client.get("/v1/indicators", headers=bearer("facilitator")).status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2026-13-01", "to"),
        ("from=2026-02-01&to=2026-01-01", "to"),
        ("group_by=name", "group_by"),
        ("group_by=month,month", "group_by"),
        ("group_by=month,theme,room", "group_by"),
        ("group_by=", "group_by"),
        ("month=2026-13", "month"),
        ("weekday=0", "weekday"),
        ("hour=24", "hour"),
        ("hour=noon", "hour"),
        ("age_band=30", "age_band"),
        ("situation=zz", "situation"),
        ("compare_from=2026-02-01&compare_to=2026-01-01", "compare_to"),
        ("compare_from=2026-02-01", "compare_to"),
        ("compare_to=2026-02-01", "compare_from"),
        ("group_by=month&group_by=theme&group_by=room", "group_by"),
        ("group_by=month&group_by=month", "group_by"),
        ("programme=A%00", "programme"),
    ],
)
def test_a_wrong_question_is_told_where_it_is_wrong(
    client: FlaskClient, adviser: dict[str, str], query: str, field: str
) -> None:
    answer = client.get(f"/v1/indicators?{query}", headers=adviser)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]
    assert ("minimum-benefits" in answer.text) == (field == "situation")


def test_the_catalogue_says_what_each_figure_means(
    client: FlaskClient, adviser: dict[str, str]
) -> None:
    answer = client.get("/v1/indicators/catalogue", headers=adviser).json
    assert [item["name"] for item in answer["items"]] == [one.name for one in CATALOGUE]
    assert set(answer["items"][0]["meaning"]) == {"en", "fr"}
    assert isinstance(answer["version"], int)


# ── who may ─────────────────────────────────────────────────────────────────────────────────────

_EVERYONE = set(STAFF_ROLES)
_REPORTERS = {"adviser", "manager", "operator"}
_NOWHERE = UUID("00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("GET", "/v1/indicators", _EVERYONE),
        ("GET", "/v1/indicators/catalogue", _EVERYONE),
        ("GET", "/v1/reports", _REPORTERS),
        ("GET", JOBS, _REPORTERS),
        ("POST", JOBS, _REPORTERS),
        ("GET", f"{JOBS}/{_NOWHERE}", _REPORTERS),
        ("GET", f"{JOBS}/{_NOWHERE}/stream", _REPORTERS),
        ("GET", f"{JOBS}/{_NOWHERE}/files/bilan.json", _REPORTERS),
        ("POST", f"{JOBS}/{_NOWHERE}/cancel", _REPORTERS),
        ("GET", "/v1/report-subscriptions", _REPORTERS),
        ("POST", "/v1/report-subscriptions", {"manager"}),
        ("DELETE", f"/v1/report-subscriptions/{_NOWHERE}", {"manager"}),
        ("GET", "/v1/quotes", _REPORTERS),
        ("POST", "/v1/quotes", {"manager"}),
        ("DELETE", f"/v1/quotes/{_NOWHERE}", {"manager"}),
        ("GET", "/v1/editions", _REPORTERS),
        ("GET", f"/v1/editions/{_NOWHERE}", _REPORTERS),
        ("POST", f"/v1/editions/{_NOWHERE}/files", _REPORTERS),
        ("POST", "/v1/rebuild", {"manager", "operator"}),
        ("GET", f"/v1/rebuild/{_NOWHERE}", {"manager", "operator"}),
    ],
)
def test_each_route_lets_in_its_roles_and_no_other(
    client: FlaskClient, bearer: Bearer, method: str, path: str, roles: set[str]
) -> None:
    assert client.open(path, method=method).status_code == 401
    for role in (*STAFF_ROLES, "service"):
        headers = bearer(role, organisation="ccas" if role == "facilitator" else None)
        answer = client.open(path, method=method, headers=headers)
        assert (answer.status_code == 403) == (role not in roles), role


# ── reports ─────────────────────────────────────────────────────────────────────────────────────


def test_the_kinds_of_report_say_what_may_be_asked(
    client: FlaskClient, adviser: dict[str, str]
) -> None:
    kinds = {item["report"]: item for item in _json(client, "/v1/reports", adviser)["items"]}
    assert set(kinds) == set(KINDS)
    assert {"session", "cohort", "programme", "activity-month", "bilan"} <= set(kinds)
    assert kinds["session"]["parameters"] == [
        {"name": "session_id", "type": "uuid", "required": True, "description": None}
    ]
    programme = {one["name"]: one for one in kinds["programme"]["parameters"]}
    assert programme["from"]["type"] == "date"
    assert (programme["programme"]["required"], programme["to"]["required"]) == (True, False)
    assert kinds["bilan"]["formats"] == ["html", "pdf", "xlsx", "csv", "csv-fr", "json"]


def test_a_report_is_asked_for_followed_and_fetched(
    client: FlaskClient, story: Story, adviser: dict[str, str], jobs_sent: Callable[[], int]
) -> None:
    story.register(story.session(title="=1+1"))
    asked = ask(
        client,
        adviser,
        report="activity-month",
        parameters={"month": "2026-03", "place": None},
        formats=["csv", "json", "csv"],
    )
    assert asked.status_code == 202
    job = asked.json
    assert (job["status"], job["progress"], job["files"]) == ("queued", 0, [])
    assert job["parameters"] == {"month": "2026-03"}
    assert job["formats"] == ["csv", "json"]
    assert jobs_sent() == 1
    tasks.run_job(job["id"])

    done = _json(client, asked.headers["Location"], adviser)
    assert (done["status"], done["progress"], done["cause"]) == ("done", 1, None)
    assert done["finished_at"] >= done["created_at"]
    files = {file["name"]: file for file in done["files"]}
    fetched = client.get(files["activity-month-by-activity.csv"]["url"], headers=adviser)
    assert fetched.status_code == 200
    assert fetched.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in fetched.headers["Content-Disposition"]
    assert len(fetched.data) == files["activity-month-by-activity.csv"]["size"]
    rows = list(csv.reader(io.StringIO(fetched.data.decode("utf-8-sig"))))
    assert rows[1][0] == "'=1+1"
    document = client.get(files["activity-month.json"]["url"], headers=adviser)
    assert document.content_type == "application/json"
    assert document.json["tables"]["by_activity"][0]["registrations"] == 1


def test_a_report_of_the_session_s_own_id(
    client: FlaskClient, story: Story, adviser: dict[str, str]
) -> None:
    session_id = story.session()
    asked = ask(client, adviser, report="session", parameters={"session_id": str(session_id)})
    assert asked.status_code == 202
    tasks.run_job(asked.json["id"])
    job = _json(client, f"{JOBS}/{asked.json['id']}", adviser)
    assert [file["name"] for file in job["files"]] == ["session.json"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"report": "horoscope"}, "report"),
        ({"formats": []}, "formats"),
        ({"formats": ["docx"]}, "formats.0"),
        ({"parameters": "all"}, "parameters"),
        ({"parameters": {"from": "soon"}}, "parameters.from"),
        ({"parameters": {"from": "2026-02-01", "to": "2026-01-01"}}, "parameters.to"),
        ({"parameters": {"star": "sirius"}}, "parameters.star"),
        ({"report": "session"}, "parameters.session_id"),
        ({"report": "session", "parameters": {"session_id": "x"}}, "parameters.session_id"),
        (
            {"report": "session", "parameters": {"session_id": str(uuid4())}},
            "parameters.session_id",
        ),
        ({"report": "cohort", "parameters": {"session_id": str(uuid4())}}, "parameters.session_id"),
        ({"report": "programme", "parameters": {"programme": "zz"}}, "parameters.programme"),
        ({"parameters": {"programme": "zz"}}, "parameters.programme"),
        ({"parameters": {"place": "zz"}}, "parameters.place"),
        (
            {"report": "organisation", "parameters": {"organisation": "zz"}},
            "parameters.organisation",
        ),
        (
            {"report": "activity-month", "parameters": {"month": "2026-01", "place": "zz"}},
            "parameters.place",
        ),
        ({"report": "activity-month", "parameters": {"month": "2026-13"}}, "parameters.month"),
        ({"report": "activity-month", "parameters": {"month": "2026-01\n"}}, "parameters.month"),
        ({"report": "programme"}, "parameters.programme"),
    ],
)
def test_a_wrong_request_is_told_where_it_is_wrong(
    client: FlaskClient, adviser: dict[str, str], body: dict[str, Any], field: str
) -> None:
    answer = ask(client, adviser, **body)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]
    assert _json(client, JOBS, adviser)["items"] == []


def test_jobs_are_listed_page_by_page_the_newest_first(
    client: FlaskClient, adviser: dict[str, str]
) -> None:
    ids = [ask(client, adviser).json["id"] for _ in range(5)]
    tasks.run_job(ids[2])
    listed: list[str] = []
    cursor = ""
    while True:
        page = _json(client, f"{JOBS}?limit=2{cursor}", adviser)
        listed += [job["id"] for job in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert listed == ids[::-1]
    done = _json(client, f"{JOBS}?status=done&report=bilan", adviser)["items"]
    assert [job["id"] for job in done] == [ids[2]]
    assert _json(client, f"{JOBS}?report=session", adviser)["items"] == []
    assert client.get(f"{JOBS}?cursor=nonsense", headers=adviser).status_code == 422


def test_what_does_not_exist_is_not_found(
    client: FlaskClient, adviser: dict[str, str], bearer: Bearer
) -> None:
    job_id = ask(client, adviser).json["id"]
    for path in (
        f"{JOBS}/{_NOWHERE}",
        f"{JOBS}/{_NOWHERE}/stream",
        f"{JOBS}/{_NOWHERE}/files/bilan.json",
        f"{JOBS}/{job_id}/files/bilan.json",
        f"{JOBS}/7",
    ):
        assert client.get(path, headers=adviser).status_code == 404, path
    assert client.get(f"/v1/rebuild/{_NOWHERE}", headers=bearer("manager")).status_code == 404


def test_the_stream_tells_a_finished_job_and_ends(
    client: FlaskClient, adviser: dict[str, str]
) -> None:
    job_id = ask(client, adviser).json["id"]
    tasks.run_job(job_id)
    answer = client.get(f"{JOBS}/{job_id}/stream", headers=adviser)
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    data = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    (event,) = [json.loads(line.removeprefix("data: ")) for line in data]
    assert event == _json(client, f"{JOBS}/{job_id}", adviser)


def test_the_stream_of_a_waiting_job_ends_when_it_is_done(
    client: FlaskClient, adviser: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_stream, "_LOOK_EVERY", 0)
    job_id = ask(client, adviser).json["id"]
    answer = client.get(f"{JOBS}/{job_id}/stream", headers=adviser, buffered=False)
    events = iter(answer.response)  # type: ignore[arg-type]
    told = [next(events), next(events)]
    tasks.run_job(job_id)
    told += events
    statuses = [
        json.loads(line.removeprefix("data: "))["status"]
        for line in b"".join(told).decode().splitlines()
        if line.startswith("data: ")
    ]
    assert statuses == ["queued", "done"]


# ── rebuilding ──────────────────────────────────────────────────────────────────────────────────


def test_a_rebuild_is_asked_for_and_followed(
    client: FlaskClient, story: Story, bearer: Bearer, jobs_sent: Callable[[], int]
) -> None:
    story.register(story.session())
    operator = bearer("operator")
    started = client.post("/v1/rebuild", headers=operator)
    assert started.status_code == 202
    assert jobs_sent() == 1
    assert client.post("/v1/rebuild", headers=operator).status_code == 409
    running = _json(client, started.headers["Location"], operator)
    assert (running["status"], running["events"]) == ("running", 0)
    assert 0 <= running["seconds"] < LEASE_SECONDS

    rebuilds.run_rebuild(story.database, story.receiver, UUID(started.json["id"]))
    done = _json(client, started.headers["Location"], operator)
    assert (done["id"], done["status"], done["events"]) == (started.json["id"], "done", 2)


# ── the document ────────────────────────────────────────────────────────────────────────────────


def test_every_indicator_is_documented(app: Flask) -> None:
    item = spec(app)["components"]["schemas"]["IndicatorItem"]
    assert set(item["required"]) == {
        "group",
        "groups",
        "compared",
        "targets",
        *(one.name for one in CATALOGUE),
    }
    assert item["properties"]["people"]["type"] == "integer"
    assert "null" in item["properties"]["satisfaction"]["type"]


def _json(client: FlaskClient, path: str, headers: dict[str, str]) -> Any:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json
