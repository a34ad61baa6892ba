"""The open figures: released now and then, and telling nothing about few people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from services.reporting import tasks
from services.reporting.operations import releases
from shared.db import Database
from tests.service.reporting.conftest import LATER, PERSON, Story

Bearer = Callable[..., dict[str, str]]
WEEK = timedelta(days=7)


@pytest.fixture
def release(reporting_database: Database) -> Callable[[], None]:
    """Release the open figures now, as the job does."""

    def make() -> None:
        with reporting_database.transaction() as session:
            releases.ask_release(session)
        tasks.release_if_due()

    return make


def register(story: Story, session: UUID, people: int, **changes: Any) -> list[UUID]:
    return [story.register(session, **changes) for _ in range(people)]


def told(client: FlaskClient, **query: str) -> dict[str, Any]:
    answer = client.get("/v1/public/indicators", query_string=query)
    assert answer.status_code == 200, answer.json
    body: dict[str, Any] = answer.json
    return body


def by_group(body: dict[str, Any]) -> dict[str | None, dict[str, Any]]:
    return {item["group"]: item for item in body["items"]}


def test_before_anything_is_released_everything_is_withheld(client: FlaskClient) -> None:
    body = told(client)

    assert body["release"] is None
    assert body["total"]["registrations"] is None
    assert "registrations" in body["total"]["withheld"]


def test_large_groups_are_told_exactly_and_a_small_one_takes_another_with_it(
    client: FlaskClient, story: Story, release: Callable[[], None]
) -> None:
    for programme, people in (("ateliers", 40), ("unisvers", 20), ("budget", 3)):
        register(story, story.session(programme=programme), people)
    release()
    body = told(client, group_by="programme")
    groups = by_group(body)

    assert body["total"]["registrations"] == 63
    assert groups["ateliers"]["registrations"] == 40
    assert groups["budget"]["registrations"] is None
    assert groups["unisvers"]["registrations"] is None
    assert groups["budget"]["people"] is None
    assert groups["budget"]["fill_rate"] is None
    assert set(groups["budget"]["withheld"]) >= {"registrations", "confirmed", "people"}
    assert groups["budget"]["sessions"] == 1


def test_ten_people_are_too_few_and_eleven_are_not(
    client: FlaskClient, story: Story, release: Callable[[], None]
) -> None:
    register(story, story.session(programme="ateliers"), 11)
    release()
    assert told(client)["total"]["registrations"] == 11

    register(story, story.session(programme="sante"), 10)
    register(story, story.session(programme="unisvers"), 50)
    release()
    assert by_group(told(client, group_by="programme"))["sante"]["registrations"] is None


def test_many_registrations_of_few_people_are_about_few_people(
    client: FlaskClient, story: Story, release: Callable[[], None]
) -> None:
    regular = uuid4()
    for _ in range(12):
        story.register(story.session(programme="sante"), participant_id=regular)
    register(story, story.session(), 40)
    release()

    assert by_group(told(client, group_by="programme"))["sante"]["registrations"] is None


def test_the_next_release_does_not_tell_of_the_few_who_came_since(
    client: FlaskClient, story: Story, release: Callable[[], None]
) -> None:
    workshop = story.session(programme="ateliers")
    register(story, workshop, 30)
    register(story, story.session(programme="unisvers"), 40)
    release()
    assert by_group(told(client, group_by="programme"))["ateliers"]["registrations"] == 30

    register(story, workshop, 2)
    release()
    body = told(client, group_by="programme")

    assert body["release"] == 2
    assert by_group(body)["ateliers"]["registrations"] is None
    assert body["total"]["registrations"] is None
    assert by_group(body)["unisvers"]["registrations"] == 40

    register(story, workshop, 20)
    release()
    assert by_group(told(client, group_by="programme"))["ateliers"]["registrations"] == 52


def test_a_rate_is_withheld_with_what_it_is_made_of(
    client: FlaskClient, story: Story, release: Callable[[], None]
) -> None:
    workshop, other = story.session(programme="ateliers"), story.session(programme="unisvers")
    for number, registration in enumerate(register(story, workshop, 30)):
        story.attend(registration, workshop, status="absent" if number < 3 else "present")
    for number, registration in enumerate(register(story, other, 60)):
        story.attend(registration, other, status="absent" if number < 20 else "present")
    release()
    groups = by_group(told(client, group_by="programme"))

    assert groups["ateliers"]["no_show_rate"] is None
    assert "no_show_rate" in groups["ateliers"]["withheld"]


def test_a_situation_of_few_is_withheld_and_is_not_the_rest_of_the_total(
    client: FlaskClient, story: Story, release: Callable[[], None]
) -> None:
    workshop = story.session()
    for situation, people in (("minimum-benefits", 4), ("student", 30), ("retired", 25)):
        register(story, workshop, people, person={**PERSON, "situations": [situation]})
    release()
    body = told(client, group_by="situation")
    shown = [item["registrations"] for item in body["items"] if item["registrations"]]

    assert body["total"]["registrations"] == 59
    assert by_group(body)["minimum-benefits"]["registrations"] is None
    assert len(shown) == 1
    assert by_group(body)["student"]["sessions"] is None


def test_figures_are_told_for_the_whole_period_of_the_release_only(
    client: FlaskClient, story: Story, release: Callable[[], None]
) -> None:
    register(story, story.session(), 20)
    release()

    assert (
        told(client, **{"from": "2026-03-02", "to": "2026-03-03"})["total"]["registrations"] == 20
    )
    answer = client.get("/v1/public/indicators?from=2026-03-03", headers={"Accept-Language": "fr"})
    assert answer.status_code == 422
    assert "2026-03-02" in answer.json["errors"]["from"][0]


def test_a_release_is_made_by_itself_once_there_is_something_to_tell_and_when_much_is_new(
    client: FlaskClient, story: Story, reporting_database: Database
) -> None:
    def due(at: datetime) -> bool:
        with reporting_database.transaction() as session:
            return releases.is_due(session, now=at, every=WEEK)

    now = datetime.now(UTC)
    workshop = story.session()
    register(story, workshop, 10)
    assert not due(now)
    register(story, workshop, 10)
    assert due(now)

    tasks.release_if_due()
    assert told(client)["release"] == 1
    assert not due(now + timedelta(days=30)), "nothing changed"
    register(story, workshop, 1)
    assert not due(now + timedelta(days=6))
    assert due(now + timedelta(days=8))
    register(story, workshop, 10)
    assert not due(now + timedelta(hours=23)), "much is new, but the last is of the same day"
    assert due(now + timedelta(hours=25))


def test_managers_ask_for_a_release_twice_and_one_is_made(
    client: FlaskClient, story: Story, bearer: Bearer, jobs_sent: Callable[[], int]
) -> None:
    register(story, story.session(), 20)
    first = client.post("/v1/public/releases", headers=bearer("manager"))
    second = client.post("/v1/public/releases", headers=bearer("manager"))

    assert first.status_code == second.status_code == 202
    assert first.json == second.json
    assert jobs_sent() == 2
    tasks.release(first.json["id"])
    tasks.release(first.json["id"])
    listed = client.get("/v1/public/releases").json
    assert [item["number"] for item in listed["items"]] == [1]


def test_releases_are_listed_the_last_first_page_by_page(
    client: FlaskClient, story: Story, release: Callable[[], None]
) -> None:
    register(story, story.session(), 20)
    for _ in range(3):
        release()
    first = client.get("/v1/public/releases?limit=2").json
    rest = client.get(f"/v1/public/releases?limit=2&cursor={first['next']}").json

    numbers = [item["number"] for item in first["items"] + rest["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 3
    assert rest["next"] is None


def test_what_staff_see_and_what_is_open_agree_where_it_is_told(
    client: FlaskClient, story: Story, release: Callable[[], None]
) -> None:
    for programme, people in (("ateliers", 40), ("unisvers", 25)):
        workshop = story.session(programme=programme)
        for registration in register(story, workshop, people):
            story.attend(registration, workshop)
    release()
    exact = story.figures("programme", as_of=LATER)
    for group, item in by_group(told(client, group_by="programme")).items():
        for name in releases.OPEN:
            assert item[name] is None or item[name] == exact.groups["programme"][group][name]
    assert told(client)["total"]["attended"] == 65
