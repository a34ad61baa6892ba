"""Targets of a year, and the figures held against them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service.reporting.conftest import Story

TARGETS = "/v1/targets"
Bearer = Callable[..., dict[str, str]]
_OF_ALL = {"indicator": "registrations", "programme": None, "value": 4}
_OF_ONE = {"indicator": "people", "programme": "budget", "value": 2}


@pytest.fixture
def manager(bearer: Bearer) -> dict[str, str]:
    return bearer("manager")


def put(client: FlaskClient, headers: dict[str, str], *items: Any, year: int = 2026) -> Any:
    return client.put(TARGETS, json={"year": year, "items": items}, headers=headers)


def test_the_targets_of_a_year_replace_those_there_were(
    client: FlaskClient, manager: dict[str, str]
) -> None:
    put(client, manager, _OF_ALL, _OF_ONE)
    put(client, manager, _OF_ALL, year=2027)
    told = put(client, manager, {**_OF_ALL, "value": 7}).json
    assert told["items"] == [{**_OF_ALL, "value": 7}]
    for year, value in ((2026, 7), (2027, 4)):
        items = client.get(f"{TARGETS}?year={year}", headers=manager).json["items"]
        assert items == [{**_OF_ALL, "value": value}]


def test_the_figures_of_a_whole_year_are_held_against_its_targets(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    for programme in ("ateliers", "budget"):
        story.register(story.session(programme=programme))
    put(client, manager, _OF_ALL, _OF_ONE)

    def told(query: str) -> Any:
        return client.get(f"/v1/indicators?{query}", headers=manager).json

    year = "from=2026-01-01&to=2027-01-01"
    answer = told(f"{year}&group_by=programme")
    assert answer["total"]["targets"] == {
        "registrations": {"value": 4, "difference": -2, "ratio": 0.5}
    }
    of_one = {"people": {"value": 2, "difference": -1, "ratio": 0.5}}
    assert {one["group"]: one["targets"] for one in answer["items"]} == {
        "ateliers": {},
        "budget": of_one,
    }
    assert told(f"{year}&programme=budget")["total"]["targets"] == of_one
    for query in ("", "from=2026-01-01&to=2026-12-31", f"{year}&theme=repair"):
        assert told(query)["total"]["targets"] == {}
    assert told("from=9999-01-01&to=9999-12-31")["total"]["targets"] == {}
    by_month = told(f"{year}&group_by=month")
    assert {len(one["targets"]) for one in by_month["items"]} == {0}


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({**_OF_ALL, "indicator": "happiness"}, "items.0.indicator"),
        ({**_OF_ALL, "value": -1}, "items.0.value"),
        ({**_OF_ALL, "value": "NaN"}, "items.0.value"),
        ({**_OF_ALL, "programme": "A B"}, "items.0.programme"),
    ],
)
def test_what_cannot_be_a_target_is_refused(
    client: FlaskClient, manager: dict[str, str], item: dict[str, Any], field: str
) -> None:
    answer = put(client, manager, item)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


def test_a_target_is_named_once(client: FlaskClient, manager: dict[str, str]) -> None:
    twice = (_OF_ALL, _OF_ONE, {**_OF_ONE, "programme": None}, {**_OF_ONE, "value": 3})
    answer = put(client, manager, *twice)
    assert answer.status_code == 422
    assert answer.json["errors"] == {
        "items.3.indicator": ["`people` has a target in items.1 already."]
    }
    french = put(client, {**manager, "Accept-Language": "fr"}, *twice)
    assert french.json["errors"]["items.3.indicator"] == [
        "« people » a déjà un objectif dans items.1."
    ]


def test_managers_alone_set_targets(client: FlaskClient, bearer: Bearer) -> None:
    for role, may_read in (("facilitator", False), ("adviser", True), ("operator", True)):
        headers = bearer(role, organisation="ccas" if role == "facilitator" else None)
        assert put(client, headers, _OF_ALL).status_code == 403
        answer = client.get(f"{TARGETS}?year=2026", headers=headers)
        assert (answer.status_code == 200) == may_read
