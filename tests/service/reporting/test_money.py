"""Budget lines, and what things cost."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from services.reporting import tasks
from services.reporting.operations import releases
from tests.service.reporting.conftest import BEGIN, LATER, Story, meetings

LINES = "/v1/budget-lines"
Bearer = Callable[..., dict[str, str]]
WORKS = {
    "kind": "investment",
    "label": "Travaux de la crèche",
    "cents": 22_000_000,
    "write_off_years": 10,
}
RUNNING = {"programme": "budget", "kind": "running", "label": "Permanences", "cents": 365_000}
EVERYTHING = {"kind": "running", "label": "Électricité", "cents": 73_000}
_YEAR = {"since": date(2026, 1, 1), "until": date(2027, 1, 1)}


@pytest.fixture
def manager(bearer: Bearer) -> dict[str, str]:
    return bearer("manager")


def put(client: FlaskClient, headers: dict[str, str], *items: Any, **changes: Any) -> Any:
    body = {"place": "arceaux", "year": 2026, "items": items, **changes}
    return client.put(LINES, json=body, headers=headers)


def held(story: Story, programme: str) -> None:
    """Two people come, for two hours each, and one of them again."""
    times = meetings(BEGIN, BEGIN + timedelta(days=7))
    session_id = story.session(programme=programme, meetings=times)
    ada, bob = uuid4(), uuid4()
    for whose, dates in ((ada, times), (bob, times[:1])):
        registration_id = story.register(session_id, participant_id=whose)
        for meeting in dates:
            story.attend(
                registration_id,
                session_id,
                participant_id=whose,
                meeting_id=meeting["meeting_id"],
            )


def test_what_a_person_an_hour_and_a_session_cost_with_the_investment_apart(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    held(story, "budget")
    assert put(client, manager, WORKS, RUNNING, EVERYTHING).json == {"lines": 3, "warnings": []}
    total = story.figures(**_YEAR).total
    assert (total["running_cost"], total["written_off"]) == (4380.0, 22_000.0)
    assert (total["cost_per_person"], total["written_off_per_person"]) == (2190.0, 11_000.0)
    assert (total["cost_per_attended_hour"], total["cost_per_session"]) == (730.0, 4380.0)
    january = story.figures(since=date(2026, 1, 1), until=date(2026, 2, 1)).total
    assert (january["running_cost"], january["cost_per_person"]) == (372.0, None)
    assert story.figures(since=date(2026, 1, 1), as_of=BEGIN).total["running_cost"] == 732.0


def test_a_programme_costs_its_own_lines_and_those_of_the_place_are_not_shared_out(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    held(story, "budget")
    held(story, "ateliers")
    put(client, manager, RUNNING, EVERYTHING)
    figures = story.figures("programme", "place", "month", "situation", **_YEAR)
    by_programme = figures.groups["programme"]
    assert by_programme["budget"]["cost_per_person"] == 1825.0
    assert by_programme["ateliers"]["running_cost"] is None
    assert figures.groups["place"]["arceaux"]["running_cost"] == 4380.0
    for grouping in ("month", "situation"):
        assert {one["running_cost"] for one in figures.groups[grouping].values()} == {None}
    assert story.figures(programme="budget", **_YEAR).total["running_cost"] == 3650.0
    assert story.figures(organisation="repair-cafe", **_YEAR).total["running_cost"] is None
    assert story.figures(place="mosson", **_YEAR).total["running_cost"] is None


def test_putting_the_lines_of_a_year_replaces_them_and_no_others(
    client: FlaskClient, manager: dict[str, str]
) -> None:
    put(client, manager, WORKS, RUNNING)
    put(client, manager, RUNNING, year=2027)
    put(client, manager, EVERYTHING)
    put(client, manager, EVERYTHING, place="mosson")
    put(client, manager, place="mosson")

    def labels(query: str = "") -> list[str]:
        answer = client.get(f"{LINES}{query}", headers=manager)
        return [one["label"] for one in answer.json["items"]]

    assert labels() == ["Permanences", "Électricité"]
    assert labels("?year=2027") == labels("?programme=budget") == ["Permanences"]
    assert labels("?place=mosson") == []
    page = client.get(f"{LINES}?limit=1", headers=manager).json
    rest = client.get(f"{LINES}?cursor={page['next']}", headers=manager).json
    assert [one["label"] for one in (*page["items"], *rest["items"])] == labels()


def test_a_file_replaces_the_lines_of_the_years_that_it_names(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    put(client, manager, RUNNING)
    held(story, "budget")
    content = "place,year,kind,label,amount\narceaux,2026,running,Eau,12.50\n"
    headers = {**manager, "Content-Type": "text/csv"}
    answer = client.post(f"{LINES}/import", data=content, headers=headers)
    assert answer.json == {"lines": 1, "warnings": []}
    (line,) = client.get(LINES, headers=manager).json["items"]
    assert (line["label"], line["cents"], line["programme"]) == ("Eau", 1250, None)
    wrong = client.post(
        f"{LINES}/import", data=content + "arceaux,2026,gift,x,1\n", headers=headers
    )
    assert wrong.status_code == 422
    assert list(wrong.json["errors"]) == ["line 3.kind"]
    (line,) = client.get(LINES, headers=manager).json["items"]
    assert line["label"] == "Eau"
    assert client.post(f"{LINES}/import", data="x", headers=manager).status_code == 415


def test_a_code_that_nobody_has_told_of_is_kept_and_said_with_its_line_and_column(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    held(story, "budget")
    content = """lieu;année;dispositif;nature;libellé;montant
arceaux;2026;budget;fonctionnement;Permanences;10
castelnou;2026;;fonctionnement;X;10

arceaux;2026;nexiste-pas;fonctionnement;Y;10
"""
    headers = {**manager, "Content-Type": "text/csv", "Accept-Language": "fr"}
    kept = client.post(f"{LINES}/import", data=content.encode(), headers=headers)
    assert (kept.status_code, kept.json["lines"]) == (200, 3)
    place, programme = kept.json["warnings"]
    assert (place["field"], programme["field"]) == ("line 3.place", "line 5.programme")
    assert "lieu « castelnou »" in place["says"]
    assert "dispositif « nexiste-pas »" in programme["says"]
    put_ = put(client, manager, RUNNING, {**RUNNING, "programme": "nexiste-pas"}, place="castelnou")
    assert [one["field"] for one in put_.json["warnings"]] == ["place", "items.1.programme"]
    assert "“nexiste-pas”" in put_.json["warnings"][1]["says"]
    story.session(programme="nexiste-pas", place="castelnou")
    assert put(client, manager, RUNNING, place="castelnou").json["warnings"] == []


def test_budget_lines_alone_are_no_place_nor_programme_to_anyone_but_the_staff(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    for _ in range(12):
        held(story, "budget")
    put(client, manager, RUNNING)
    put(client, manager, {**RUNNING, "programme": "nexiste-pas"}, place="castelnou")
    assert set(story.figures("place", **_YEAR).groups["place"]) == {"arceaux", "castelnou"}
    with story.database.transaction() as session:
        releases.ask_release(session)
        releases.make_release(session, now=LATER)
    for name in ("place", "programme"):
        public = client.get(f"/v1/open-data/by-{name}.csv").text
        assert "castelnou" not in public
        assert "nexiste-pas" not in public
    for audience, is_told in (("staff", True), ("partner", False), ("open", False)):
        asked = {"report": "bilan", "audience": audience, "formats": ["json"]}
        job = client.post("/v1/report-jobs", json=asked, headers=manager).json
        tasks.run_job(job["id"])
        said = client.get(f"/v1/report-jobs/{job['id']}/files/bilan.json", headers=manager).text
        assert ("castelnou" in said) == ("nexiste-pas" in said) == is_told
        assert json.loads(said)["total"]["running_cost"] > 0


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({**RUNNING, "cents": 1.5}, "items.0.cents"),
        ({**RUNNING, "cents": -1}, "items.0.cents"),
        ({**RUNNING, "cents": 10**13}, "items.0.cents"),
        ({**RUNNING, "kind": "gift"}, "items.0.kind"),
        ({**RUNNING, "write_off_years": 3}, "items.0.write_off_years"),
        ({**WORKS, "write_off_years": None}, "items.0.write_off_years"),
        ({**RUNNING, "label": " "}, "items.0.label"),
    ],
)
def test_a_line_that_cannot_be_is_refused(
    client: FlaskClient, manager: dict[str, str], item: dict[str, Any], field: str
) -> None:
    answer = put(client, manager, item)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


def test_managers_alone_say_what_things_cost(client: FlaskClient, bearer: Bearer) -> None:
    for role, may_read in (("facilitator", False), ("adviser", True), ("operator", True)):
        headers = bearer(role, organisation="ccas" if role == "facilitator" else None)
        assert put(client, headers, RUNNING).status_code == 403
        assert client.post(f"{LINES}/import", headers=headers).status_code == 403
        assert (client.get(LINES, headers=headers).status_code == 200) == may_read
