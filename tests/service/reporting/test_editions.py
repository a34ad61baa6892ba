"""What was issued stays as it was."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from services.reporting import tasks
from services.reporting.models import Edition
from services.reporting.operations import jobs
from services.reporting.reports import write as writing
from services.reporting.reports.formats import FORMATS
from services.reporting.reports.write import write_report
from shared.db import Database
from shared.events import catalogue
from tests.service.reporting.conftest import Story, logged, only

Bearer = Callable[..., dict[str, str]]
JOBS, EDITIONS = "/v1/report-jobs", "/v1/editions"


@pytest.fixture
def manager(bearer: Bearer) -> dict[str, str]:
    return bearer("manager")


def done(client: FlaskClient, headers: dict[str, str], path: str = JOBS, **body: Any) -> Any:
    """A job asked for and run."""
    asked = client.post(path, json=body, headers=headers)
    assert asked.status_code == 202, asked.json
    tasks.run_job(asked.json["id"])
    job = client.get(asked.headers["Location"], headers=headers).json
    assert job["status"] == "done", job
    return job


def erase(story: Story, person: UUID, *registrations: UUID) -> None:
    story.tell(
        catalogue.ParticipantErased.of(
            erasure_id=uuid4(), participants=[person], registrations=list(registrations)
        )
    )


def contents(client: FlaskClient, headers: dict[str, str], job: Any) -> dict[str, bytes]:
    return {file["name"]: client.get(file["url"], headers=headers).data for file in job["files"]}


def test_a_correction_is_a_new_edition_and_the_old_one_stays(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    session_id = story.session()
    story.register(session_id)
    first = done(client, manager, report="bilan", formats=["json", "xlsx", "pdf", "html"])
    before = contents(client, manager, first)
    story.register(session_id)
    second = done(client, manager, report="bilan", formats=["json"])
    old, new = (
        client.get(f"{EDITIONS}/{job['edition_id']}", headers=manager).json
        for job in (first, second)
    )
    assert (old["number"], old["previous"]) == (1, None)
    assert (new["number"], new["previous"]) == (2, old["id"])
    assert new["positions"]["registrations"] == old["positions"]["registrations"] + 1
    assert contents(client, manager, first) == before
    document = json.loads(contents(client, manager, second)["bilan.json"])
    assert (document["edition"], document["previous"]) == (2, old["id"])
    listed = client.get(f"{EDITIONS}?report=bilan&audience=staff", headers=manager).json["items"]
    assert listed == [new, old]
    assert client.get(f"{EDITIONS}?report=session", headers=manager).json["items"] == []


def test_the_same_question_with_the_same_answer_is_the_same_edition(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    story.register(story.session())
    story.session(programme="budget")
    formats = list(FORMATS)
    first = done(client, manager, report="bilan", formats=formats)
    # Nothing that the report speaks of.
    erase(story, uuid4())
    again = done(client, manager, report="bilan", formats=formats)
    assert again["edition_id"] == first["edition_id"]
    assert contents(client, manager, again) == contents(client, manager, first)
    other = done(client, manager, report="bilan", parameters={"programme": "budget"})
    assert other["edition_id"] != first["edition_id"]
    assert client.get(f"{EDITIONS}/{other['edition_id']}", headers=manager).json["number"] == 1


def test_each_file_and_the_whole_have_their_hash(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    job = done(client, manager, report="bilan", formats=["json", "csv"])
    found = contents(client, manager, job)
    for file in job["files"]:
        assert hashlib.sha256(found[file["name"]]).hexdigest() == file["sha256"]
    edition = client.get(f"{EDITIONS}/{job['edition_id']}", headers=manager).json
    assert edition["sha256"] == hashlib.sha256(found["bilan.json"]).hexdigest()
    assert only(logged(story.database)).data["edition_id"] == job["edition_id"]


def test_an_edition_is_had_later_in_another_format_and_language_as_it_was(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    session_id = story.session()
    story.register(session_id)
    first = done(client, manager, report="bilan", formats=["json"])
    story.register(session_id)
    later = done(
        client,
        manager,
        f"{EDITIONS}/{first['edition_id']}/files",
        formats=["json", "html", "html"],
        language="en",
    )
    assert (later["edition_id"], later["language"]) == (first["edition_id"], "en")
    files = contents(client, manager, later)
    assert files["bilan.json"] == contents(client, manager, first)["bilan.json"]
    assert b'<html lang="en">' in files["bilan.html"]


def test_an_erasure_leaves_an_edition_as_it_was(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    person = uuid4()
    registration = story.register(story.session(), participant_id=person)
    job = done(client, manager, report="bilan", formats=["json"])
    before = contents(client, manager, job)
    erase(story, person, registration)
    assert contents(client, manager, job) == before
    assert done(client, manager, report="bilan")["edition_id"] == job["edition_id"]


def test_the_database_refuses_to_change_or_delete_an_edition(
    client: FlaskClient, story: Story, manager: dict[str, str]
) -> None:
    done(client, manager, report="bilan")
    for statement in (update(Edition).values(number=7), delete(Edition)):
        with (
            pytest.raises(DBAPIError, match="never changes"),
            story.database.transaction() as session,
        ):
            session.execute(statement)


def test_a_worker_lost_while_it_wrote_files_leaves_one_edition(
    reporting_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reporting_database.transaction() as session:
        job_id = jobs.queue_job(session, report="bilan", parameters={}, formats=["json"])
    assert job_id is not None

    def die(*_: Any) -> list[Any]:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(writing, "FORMATS", {"json": die})
        write_report(reporting_database, job_id)
    write_report(reporting_database, job_id)
    with reporting_database.transaction() as session:
        job = jobs.find_job(session, job_id)
        [edition] = session.query(Edition).all()
    assert (job.status, job.edition_id) == ("done", edition.id)
    assert len(logged(reporting_database)) == 1


def test_what_is_not_there_is_not_found(client: FlaskClient, manager: dict[str, str]) -> None:
    nowhere = UUID(int=0)
    assert client.get(f"{EDITIONS}/{nowhere}", headers=manager).status_code == 404
    asked = client.post(f"{EDITIONS}/{nowhere}/files", json={"formats": ["pdf"]}, headers=manager)
    assert asked.status_code == 404


def test_what_has_not_passed_disclosure_control_leaves_nobody(
    client: FlaskClient, manager: dict[str, str]
) -> None:
    answer = client.post(JOBS, json={"report": "bilan", "audience": "all"}, headers=manager)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["audience"]
