"""What people say, in the reports."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.reporting import tasks
from tests.service.reporting.conftest import Story

Bearer = Callable[..., dict[str, str]]
QUOTES = "/v1/quotes"


@pytest.fixture
def manager(bearer: Bearer) -> dict[str, str]:
    return bearer("manager")


def add(client: FlaskClient, headers: dict[str, str], text: str, **body: Any) -> Any:
    body = {"day": "2026-03-04", **body}
    return client.post(QUOTES, json={"text": text, **body}, headers=headers)


def report(client: FlaskClient, headers: dict[str, str], kind: str, **parameters: str) -> Any:
    body = {"report": kind, "parameters": parameters, "formats": ["json", "html"]}
    job = client.post("/v1/report-jobs", json=body, headers=headers).json
    tasks.run_job(job["id"])
    found = client.get(f"/v1/report-jobs/{job['id']}/files/{kind}.json", headers=headers)
    return json.loads(found.data)


def quoted(document: Any) -> list[tuple[str, list[str]]]:
    return [
        (chapter["title"]["en"], block["quotes"])
        for chapter in document["chapters"]
        for block in chapter["blocks"]
        if block["block"] == "quotes"
    ]


def test_quotes_stand_in_the_chapters_of_their_programme_and_period(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    story.register(story.session(programme="unisvers"))
    add(client, manager, "Un lieu pour nous.")
    add(client, manager, "J'ai repris confiance.", programme="unisvers")
    add(client, manager, "C'était l'an dernier.", day="2025-03-04")
    period = {"from": "2026-01-01", "to": "2027-01-01"}
    assert quoted(report(client, manager, "bilan", **period)) == [
        ("Programme: unisvers", ["J'ai repris confiance."]),
        ("What people say", ["Un lieu pour nous."]),
    ]
    funder = report(client, manager, "funder", programme="unisvers", **period)
    assert quoted(funder) == [("What people say", ["J'ai repris confiance."])]


def test_a_quote_can_be_taken_out_of_the_reports_to_come(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    quote = add(client, manager, " Un lieu pour nous. ")
    assert quote.status_code == 201
    assert quote.json["text"] == "Un lieu pour nous."
    listed = client.get(f"{QUOTES}?from=2026-03-01&to=2026-04-01", headers=manager).json
    assert listed == {"items": [quote.json], "next": None}
    assert client.get(f"{QUOTES}?programme=sante", headers=manager).json["items"] == []
    before = report(client, manager, "bilan")
    address = f"{QUOTES}/{quote.json['id']}"
    assert client.delete(address, headers=manager).status_code == 204
    assert client.delete(address, headers=manager).status_code == 404
    after = report(client, manager, "bilan")
    assert quoted(before)
    assert quoted(after) == []
    assert after["edition"] == before["edition"] + 1


@pytest.mark.parametrize(
    ("text", "field"),
    [("Merci à Fatima.", "text"), ("Mon mail : a@b.fr", "text"), ("", "text"), ("x" * 501, "text")],
)
def test_words_that_could_identify_someone_are_refused(
    client: FlaskClient, manager: dict[str, str], text: str, field: str
) -> None:
    answer = add(client, manager, text)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]
    assert client.get(QUOTES, headers=manager).json["items"] == []
