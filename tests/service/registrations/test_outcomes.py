"""What taking part led to."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.db import Database
from tests.service.registrations.conftest import Offer, body, link, told

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def adviser(bearer: Bearer) -> dict[str, str]:
    return bearer("adviser")


@pytest.fixture
def registered(client: FlaskClient, offer: Offer, adviser: dict[str, str]) -> Any:
    """The answer to registering someone for a cohort."""
    session = offer.session(programme="unisvers", organisation="ccas")
    return client.post(
        "/v1/registrations",
        json=body(session, eligibility_reason="attestation vue"),
        headers=adviser,
    )


@pytest.fixture
def url(registered: Any) -> str:
    return f"/v1/registrations/{registered.json['id']}/outcome"


def test_an_outcome_is_kept_with_what_was_noted_before_and_only_its_code_is_told(
    client: FlaskClient, url: str, adviser: Any, registrations_database: Database
) -> None:
    empty = client.get(url, headers=adviser).json
    assert (empty["current"], empty["history"]) == (None, [])
    first = {"outcome": "none-yet", "as_of": "2026-09-30"}
    then = {"outcome": "training", "as_of": "2026-10-30", "skills": ["Je sais écouter"]}
    for noted in (first, then, then):
        assert client.put(url, json=noted, headers=adviser).status_code == 200
    shown = client.get(url, headers=adviser).json
    assert shown["current"]["skills"] == ["Je sais écouter"]
    assert [(one["outcome"], one["as_of"]) for one in shown["history"]] == [
        ("training", "2026-10-30"),
        ("none-yet", "2026-09-30"),
    ]
    facts = told(registrations_database, "outcome.recorded")
    assert [fact.data["outcome"] for fact in facts] == ["none-yet", "training"]
    assert "écouter" not in str([fact.data for fact in facts])


def test_who_left_for_work_still_has_an_outcome_and_who_never_had_a_seat_has_none(
    client: FlaskClient, registered: Any, url: str, offer: Offer, adviser: Any
) -> None:
    client.post(link(registered, "/cancel"))
    assert client.put(url, json={"outcome": "work"}, headers=adviser).status_code == 200
    full = offer.session(programme="unisvers", organisation="ccas", capacity=1)
    for number in (1, 2):
        waiting = client.post(
            "/v1/registrations", json=body(full, number, eligibility_reason="vue"), headers=adviser
        )
    other = f"/v1/registrations/{waiting.json['id']}/outcome"
    refused = client.put(other, json={"outcome": "work"}, headers=adviser)
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "never-seated")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "outcome"),
        ({"outcome": "rich"}, "outcome"),
        ({"outcome": "work", "as_of": "2031-01-01"}, "as_of"),
        ({"outcome": "work", "as_of": "soon"}, "as_of"),
        ({"outcome": "work", "skills": [""]}, "skills.0"),
        ({"outcome": "work", "skills": ["x"] * 21}, "skills"),
    ],
)
def test_what_is_wrong_with_an_outcome_is_said_by_name(
    client: FlaskClient, url: str, adviser: Any, sent: Any, field: str
) -> None:
    answer = client.put(url, json=sent, headers=adviser)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_facilitators_do_not_note_outcomes(client: FlaskClient, url: str, bearer: Bearer) -> None:
    headers = bearer("facilitator", organisation="ccas")
    assert client.put(url, json={"outcome": "work"}, headers=headers).status_code == 403
