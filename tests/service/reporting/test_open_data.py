"""The open figures as data sets."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.reporting.operations import releases
from services.reporting.operations.releases import OPEN
from tests.service.reporting.conftest import Story

HERE, OWN = "/v1/open-data", "http://127.0.0.1:8003"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "fr"}


@pytest.fixture
def released(story: Story) -> Story:
    """A release of a programme of twelve, and of one of three."""
    for programme, people in (("ateliers", 12), ("budget", 3)):
        session_id = story.session(programme=programme, organisation="=ccas")
        for _ in range(people):
            story.register(session_id)
    with story.database.transaction() as session:
        releases.ask_release(session)
        releases.make_release(session, now=datetime.now(UTC))
    return story


def test_the_catalogue_leads_to_every_data_set_and_states_the_licence(
    client: FlaskClient, released: Story
) -> None:
    answer = client.get(HERE)
    assert answer.mimetype == "application/ld+json"
    catalogue = json.loads(answer.data)
    assert catalogue["dct:license"]["@id"].startswith("https://www.etalab.gouv.fr/licence-ouverte")
    found = {one["dct:identifier"]: one for one in catalogue["dcat:dataset"]}
    assert set(found) == {"total", *(f"by-{name}" for name in releases.GROUPINGS)}
    for one in found.values():
        for distribution in one["dcat:distribution"]:
            address = distribution["dcat:downloadURL"]["@id"].removeprefix(OWN)
            media = distribution["dcat:mediaType"]["@id"].partition("media-types/")[2]
            assert client.get(address).mimetype == media


def test_a_browser_is_shown_a_page_in_the_reader_s_language(
    client: FlaskClient, released: Story
) -> None:
    page = client.get(HERE, headers=BROWSER)
    assert page.mimetype == "text/html"
    assert 'lang="fr"' in page.text
    assert "Par dispositif" in page.text
    english = client.get(HERE, headers={**BROWSER, "Accept-Language": "en"})
    assert "By programme" in english.text
    assert {"Accept", "Accept-Language"} <= set(page.headers["Vary"].split(", "))


def test_what_is_about_few_people_is_empty_and_named(client: FlaskClient, released: Story) -> None:
    text = client.get(f"{HERE}/by-programme.csv").data.decode()
    rows = {row["programme"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert list(rows["budget"]) == ["programme", *OPEN, "withheld"]
    assert rows["budget"]["registrations"] == ""
    assert "registrations" in rows["budget"]["withheld"].split(", ")
    public = client.get("/v1/public/indicators?group_by=programme").json
    said = client.get(f"{HERE}/by-programme.json").json
    assert said["items"] == [
        {"programme" if name == "group" else name: value for name, value in item.items()}
        for item in public["items"]
    ]
    assert (said["release"], said["threshold"]) == (1, 11)


def test_the_dictionary_says_what_each_column_of_the_table_is(
    client: FlaskClient, released: Story
) -> None:
    package = client.get(f"{HERE}/datapackage.json", headers={"Accept-Language": "en"}).json
    assert [one["name"] for one in package["licenses"]] == ["etalab-2.0"]
    for resource in package["resources"]:
        address = resource["path"].removeprefix(OWN)
        head, *rows = csv.reader(io.StringIO(client.get(address).data.decode(), newline=""))
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == head
        for row in rows:
            for field, value in zip(fields, row, strict=True):
                assert value == "" or _is_a(field["type"], value), (field, value)
        schema = client.get(
            f"{HERE}/{resource['name']}.schema.json", headers={"Accept-Language": "en"}
        )
        assert schema.json == resource["schema"]
    [described] = [one for one in fields if one["name"] == "registrations"]
    assert described["description"] == "Registrations accepted, whatever became of them."


def test_no_row_lacks_the_key_that_its_dictionary_names(
    client: FlaskClient, released: Story
) -> None:
    package = client.get(f"{HERE}/datapackage.json", headers={"Accept-Language": "en"}).json
    empty = set()
    for resource in package["resources"]:
        text = client.get(resource["path"].removeprefix(OWN)).data.decode()
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        group, *_ = resource["schema"]["fields"]
        if group["name"] not in OPEN:
            assert group["description"].startswith("What the row is about; empty for")
            empty |= {resource["name"] for row in rows if not row[group["name"]]}
        if key := resource["schema"].get("primaryKey"):
            assert all(row[key] for row in rows), resource["name"]
    assert empty == {"by-situation"}


def test_a_name_is_never_a_formula(client: FlaskClient, released: Story) -> None:
    assert "'=ccas" in client.get(f"{HERE}/by-organisation.csv").text


def test_before_the_first_release_there_is_a_catalogue_and_no_data(
    client: FlaskClient, story: Story
) -> None:
    assert json.loads(client.get(HERE).data)["dcat:dataset"] == []
    assert "Rien n&#39;a encore été publié." in client.get(HERE, headers=BROWSER).text
    for ending in ("csv", "json", "schema.json"):
        answer = client.get(f"{HERE}/total.{ending}")
        assert (answer.status_code, answer.json["type"].rpartition(":")[2]) == (
            404,
            "nothing-released",
        )


def test_there_is_no_other_data_set(client: FlaskClient, released: Story) -> None:
    assert client.get(f"{HERE}/by-name.csv").status_code == 404


def test_what_a_reader_has_is_not_sent_twice(client: FlaskClient, released: Story) -> None:
    first = client.get(f"{HERE}/total.csv")
    again = client.get(f"{HERE}/total.csv", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def _is_a(kind: str, value: str) -> bool:
    read: dict[str, Any] = {
        "integer": int,
        "number": float,
        "string": str,
        "yearmonth": lambda text: datetime.strptime(text, "%Y-%m"),  # noqa: DTZ007 - a month
    }
    read[kind](value)
    return True
