"""Who stops coming is called."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from services.registrations.models import Programme
from shared.db import Database
from tests.service.registrations.conftest import Offer, body, meeting_of, told

Bearer = Callable[..., dict[str, str]]
CALLS = "/v1/calls"


class Cohort:
    """A cohort of UNIS'VERS with one person in it, who comes or does not."""

    def __init__(self, client: FlaskClient, session: UUID, adviser: dict[str, str]) -> None:
        self.client, self.session, self.adviser = client, session, adviser
        answer = client.post(
            "/v1/registrations",
            json=body(session, eligibility_reason="attestation vue"),
            headers=adviser,
        )
        assert answer.json["status"] == "confirmed"
        self.registration = answer.json["id"]
        self.meetings = [meeting_of(client, session, number) for number in range(6)]

    def mark(self, number: int, status: str) -> None:
        sheet = {"items": [{"registration_id": self.registration, "status": status}]}
        url = f"/v1/meetings/{self.meetings[number]}/attendance"
        assert self.client.put(url, json=sheet, headers=self.adviser).status_code == 200

    def calls(self, *, is_open: bool = True) -> Any:
        url = f"{CALLS}?open={str(is_open).lower()}"
        return self.client.get(url, headers=self.adviser).json["items"]

    def done(self, outcome: str) -> Any:
        [call] = self.calls()
        url = f"{CALLS}/{call['id']}/done"
        return self.client.post(url, json={"outcome": outcome}, headers=self.adviser)


@pytest.fixture
def cohort(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> Cohort:
    with registrations_database.transaction() as transaction:
        transaction.get_one(Programme, "unisvers").absences_to_call = 2
    session = offer.session(programme="unisvers", organisation="ccas", meetings=6)
    return Cohort(client, session, bearer("adviser"))


def test_two_absences_put_a_person_on_the_call_list_once_and_tell_a_pseudonym(
    cohort: Cohort, registrations_database: Database
) -> None:
    cohort.mark(0, "absent")
    cohort.mark(1, "excused")
    assert cohort.calls() == []
    cohort.mark(2, "absent")
    [call] = cohort.calls()
    assert (call["given_name"], call["absences"], call["email"]) == ("Ada1", 2, "ada1@example.org")
    cohort.mark(3, "absent")
    assert [item["absences"] for item in cohort.calls()] == [3]
    [fact] = told(registrations_database, "participant.call_needed")
    assert fact.data["call_id"] == call["id"]
    assert (fact.data["absences"], fact.data["programme"]) == (2, "unisvers")
    assert "Ada" not in str(fact.data)


@pytest.mark.parametrize("corrected", ["present", "excused"])
def test_correcting_an_attendance_takes_the_call_off_again(
    cohort: Cohort, registrations_database: Database, corrected: str
) -> None:
    cohort.mark(0, "absent")
    cohort.mark(1, "absent")
    cohort.mark(0, corrected)
    assert cohort.calls() == cohort.calls(is_open=False) == []
    [fact] = told(registrations_database, "participant.call_settled")
    assert fact.data["outcome"] == "withdrawn"


def test_absence_never_costs_the_seat(cohort: Cohort) -> None:
    for number in range(6):
        cohort.mark(number, "absent")
    url = f"/v1/registrations/{cohort.registration}"
    assert cohort.client.get(url, headers=cohort.adviser).json["status"] == "confirmed"


@pytest.mark.parametrize(
    ("outcome", "more"), [("reached", 2), ("no-answer", 1), ("left-message", 1)]
)
def test_who_was_not_reached_is_tried_again_at_the_next_absence(
    cohort: Cohort, outcome: str, more: int
) -> None:
    for number in range(2):
        cohort.mark(number, "absent")
    answer = cohort.done(outcome)
    assert (answer.json["outcome"], answer.json["done_by"]) == (outcome, "test:someone")
    [made] = cohort.calls(is_open=False)
    for absences in range(1, more + 1):
        assert cohort.calls() == []
        cohort.mark(1 + absences, "absent")
    [call] = cohort.calls()
    assert call["id"] != made["id"]


def test_a_call_is_made_once(cohort: Cohort) -> None:
    for number in range(2):
        cohort.mark(number, "absent")
    [call] = cohort.calls()
    assert cohort.done("reached").status_code == 200
    url = f"{CALLS}/{call['id']}/done"
    again = cohort.client.post(url, json={"outcome": "reached"}, headers=cohort.adviser)
    assert (again.status_code, again.json["type"].rpartition(":")[2]) == (409, "call-done")


def test_the_outcome_of_a_call_is_one_of_the_known(cohort: Cohort) -> None:
    for number in range(2):
        cohort.mark(number, "absent")
    for outcome in ("withdrawn", "sanctioned", None):
        answer = cohort.done(outcome)  # type: ignore[arg-type]
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["outcome"])


def test_a_programme_that_says_nothing_calls_nobody(
    cohort: Cohort, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.get_one(Programme, "unisvers").absences_to_call = None
    for number in range(3):
        cohort.mark(number, "absent")
    assert cohort.calls() == []


def test_a_call_is_taken_off_too_once_the_programme_calls_nobody_any_more(
    cohort: Cohort, registrations_database: Database
) -> None:
    for number in range(2):
        cohort.mark(number, "absent")
    with registrations_database.transaction() as transaction:
        transaction.get_one(Programme, "unisvers").absences_to_call = None
    assert len(cohort.calls()) == 1
    cohort.mark(0, "excused")
    assert cohort.calls() == []


def test_calls_about_a_discreet_programme_are_its_advisers_affair(
    cohort: Cohort, bearer: Bearer, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.get_one(Programme, "unisvers").discreet = True
    cohort.adviser = bearer("adviser", programmes=["unisvers"])
    for number in range(2):
        cohort.mark(number, "absent")
    [call] = cohort.calls()
    for stranger in (bearer("adviser"), bearer("manager", programmes=["unisvers"])):
        assert cohort.client.get(CALLS, headers=stranger).json["items"] == []
        url = f"{CALLS}/{call['id']}/done"
        answer = cohort.client.post(url, json={"outcome": "reached"}, headers=stranger)
        assert answer.status_code == 404
    assert (
        cohort.client.get(CALLS, headers=bearer("facilitator", organisation="ccas")).status_code
        == 403
    )
