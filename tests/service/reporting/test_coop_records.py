"""Activity records in the codes of the Coop de la médiation numérique."""

import csv
import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from shared.events import catalogue
from tests.service.reporting.conftest import BEGIN, PERSON, Story, meetings, only

Bearer = Callable[..., dict[str, str]]
HERE, MARCH = "/v1/exports/coop", "from=2026-03-01&to=2026-04-01"
DIGITAL = {
    "theme": "Initiation au numérique",
    "thematiques": ["prendre_en_main_du_materiel", "email"],
}


@pytest.fixture
def manager(client: FlaskClient, bearer: Bearer) -> dict[str, str]:
    headers = bearer("manager")
    answer = client.put(f"{HERE}/themes", json={"items": [DIGITAL]}, headers=headers)
    assert answer.status_code == 200, answer.json
    return headers


def records(client: FlaskClient, headers: dict[str, str], query: str = MARCH) -> list[Any]:
    answer = client.get(f"{HERE}/activities?{query}", headers=headers)
    assert answer.status_code == 200, answer.json
    items: list[Any] = answer.json["items"]
    return items


def held(story: Story, *people: dict[str, Any], **changes: Any) -> str:
    """A session on digital matters to whose one meeting these people came; returns the meeting's id."""
    times = meetings(BEGIN)
    session = story.session(**{"theme": DIGITAL["theme"], "meetings": times, **changes})
    meeting = times[0]["meeting_id"]
    for person in people:
        registration = story.register(session, person={**PERSON, **person})
        story.attend(registration, session, meeting_id=meeting)
    return str(meeting)


def test_a_meeting_is_a_record_of_who_came_in_the_codes_of_the_coop(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    meeting = held(
        story,
        {"age_band": "18-25", "situations": ["student", "minimum-benefits"]},
        {"age_band": "60-74", "situations": ["retired"]},
        {"age_band": None, "situations": []},
        title="Premiers pas",
    )
    record = only(records(client, manager))
    who = record.pop("beneficiaires")

    assert record == {
        "id": meeting,
        "type": "collectif",
        "date": "2026-03-02",
        "duree": 120,
        "type_lieu": "lieu_activite",
        "lieu": "arceaux",
        "structure": "repair-cafe",
        "titre_atelier": "Premiers pas",
        "thematiques": ["prendre_en_main_du_materiel", "email"],
        "tags": ["ateliers"],
        "accompagnements": 3,
    }
    assert who["total"] == 3
    assert who["genres"] == {"masculin": 0, "feminin": 0, "non_communique": 3}
    assert {code: n for code, n in who["tranches_age"].items() if n} == {
        "dix_huit_vingt_quatre": 1,
        "soixante_soixante_neuf": 1,
        "non_communique": 1,
    }
    assert {code: n for code, n in who["statuts"].items() if n} == {
        "scolarise": 1,
        "retraite": 1,
        "non_communique": 1,
    }


def test_one_person_alone_is_an_individual_record_without_a_title(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    held(story, {}, capacity=1)
    record = only(records(client, manager))

    assert (record["type"], record["titre_atelier"]) == ("individuel", None)


def test_heads_that_were_counted_are_people_of_whom_nothing_is_known(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    times = meetings(BEGIN)
    session = story.session(theme=DIGITAL["theme"], meetings=times, registration="none")
    counted = {"session_id": session, "meeting_id": times[0]["meeting_id"], "minutes": 120}
    story.tell(catalogue.AttendanceCounted.of(**counted, count=9))
    who = only(records(client, manager))["beneficiaires"]

    assert (who["total"], who["tranches_age"]["non_communique"]) == (9, 9)


def test_what_is_no_digital_mediation_was_cancelled_or_had_nobody_is_no_record(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    held(story, {}, theme="Langues")
    held(story, {}, theme=None)
    held(story)
    session = uuid4()
    held(story, {}, session_id=session)
    story.tell(catalogue.SessionCancelled.of(session_id=session, reason="other"))

    assert records(client, manager) == []
    themes = client.get(f"{HERE}/themes", headers=manager).json["items"]
    assert themes == [DIGITAL, {"theme": "Langues", "thematiques": []}]


def test_a_meeting_counts_on_its_own_day_and_pages_follow_one_another(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    mine = {held(story, {}) for _ in range(3)}
    first, second = (
        client.get(f"{HERE}/activities?{MARCH}&limit=2", headers=manager).json,
        None,
    )
    second = client.get(
        f"{HERE}/activities?{MARCH}&limit=2&cursor={first['next']}", headers=manager
    ).json

    assert {one["id"] for one in (*first["items"], *second["items"])} == mine
    assert second["next"] is None
    assert records(client, manager, "from=2026-03-03&to=2026-04-01") == []


def test_the_table_says_the_same_a_column_for_each_code(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    held(story, {"age_band": "75+"}, title="=1+1")
    answer = client.get(f"{HERE}/activities.csv?{MARCH}", headers=manager)
    row = only(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))

    assert answer.mimetype == "text/csv"
    assert row["titre_atelier"] == "'=1+1"
    assert row["thematiques"] == "prendre_en_main_du_materiel, email"
    assert (row["tranches_age_soixante_dix_plus"], row["genres_non_communique"]) == ("1", "1")


def test_facilitators_see_the_records_of_their_own_organisation(
    client: FlaskClient, story: Story, manager: dict[str, str], bearer: Bearer
) -> None:
    meeting = held(story, {}, organisation="petits-debrouillards")
    held(story, {}, organisation="montpellibre")
    own = bearer("facilitator", organisation="petits-debrouillards")

    assert [one["id"] for one in records(client, own)] == [meeting]
    other = client.get(f"{HERE}/activities?{MARCH}&organisation=montpellibre", headers=own)
    assert other.status_code == 403
    assert client.put(f"{HERE}/themes", json={"items": []}, headers=own).status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [("to=2026-04-01", "from"), ("from=2026-03-01&to=2026-02-01", "to"), ("from=2024-01-01&to=2026-01-01", "to")],
)  # fmt: skip
def test_a_period_of_a_year_at_most_is_asked_for(
    client: FlaskClient, manager: dict[str, str], query: str, field: str
) -> None:
    answer = client.get(f"{HERE}/activities?{query}", headers=manager)

    assert answer.status_code == 422
    assert field in str(answer.json["errors"])


def test_a_code_that_the_coop_does_not_have_is_refused_by_its_place(
    client: FlaskClient, manager: dict[str, str]
) -> None:
    wrong = {"items": [{"theme": "Langues", "thematiques": ["langues"]}]}
    answer = client.put(f"{HERE}/themes", json=wrong, headers=manager)

    assert answer.status_code == 422
    assert "items" in str(answer.json["errors"])
    assert client.get(f"{HERE}/themes", headers=manager).json["items"] == [DIGITAL]
