"""Three paths through the place, and how they are read afterwards."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from services.registrations.models import Organisation, Programme
from shared.db import Database
from tests.service.registrations.conftest import (
    Offer,
    body,
    counted,
    link,
    meeting_of,
    person,
    shift,
    told,
)

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def programmes(offer: Offer, registrations_database: Database) -> Offer:
    """The offer, its programmes as the place has them."""
    with registrations_database.transaction() as transaction:
        transaction.get_one(Programme, "unisvers").absences_to_call = 2
        transaction.add(Organisation(code="creasol", name="Créasol", kind="finance-partner"))
        purposes = [{"code": "microcredit", "name": {"fr": "Microcrédit personnel"}}]
        transaction.add_all(
            [
                Programme(code="budget", name="Budget", discreet=True, referral_purposes=purposes),
                Programme(
                    code="sante",
                    name="Santé",
                    discreet=True,
                    requires_approval=True,
                    eligibility=[{"situations": ["minimum-benefits"]}, {"member_of": "unisvers"}],
                ),
            ]
        )
    return offer


def _journey(client: FlaskClient, participant: str, headers: Any) -> list[Any]:
    answer = client.get(f"/v1/participants/{participant}/journey", headers=headers)
    assert answer.status_code == 200, answer.json
    steps: list[Any] = answer.json["steps"]
    return steps


def _told_in_brief(steps: list[Any]) -> list[tuple[str, str | None]]:
    return [(step["kind"], step["status"]) for step in steps]


def _participant(client: FlaskClient, registration: str, headers: Any) -> str:
    found = client.get(f"/v1/registrations/{registration}", headers=headers).json
    participant_id: str = found["participant_id"]
    return participant_id


def test_a_cohort_of_unisvers_from_application_to_outcome(
    client: FlaskClient, programmes: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    adviser = bearer("adviser")
    cohort = programmes.session(
        programme="unisvers",
        organisation="ccas",
        title="UNIS'VERS",
        meetings=4,
        minimum=15,
        capacity=20,
    )

    # Ada applies on the web and waits for a decision; the adviser confirms her.
    applied = client.post("/v1/registrations", json=body(cohort))
    assert applied.json["status"] == "pending"
    registration = f"/v1/registrations/{applied.json['id']}"
    client.post(f"{registration}/confirm", json={"reason": "attestation vue"}, headers=adviser)

    # With fourteen more the cohort is formed; past twenty, one waits.
    waiting = {"situations": ["awaiting-rights"]}
    statuses = []
    for number in range(2, 22):
        assert len(told(registrations_database, "session.formed")) == (number > 15)
        asked = body(cohort, number, participant=person(number, **waiting))
        joined = client.post("/v1/registrations", json=asked, headers=adviser)
        statuses.append(joined.json["status"])
    assert statuses == ["confirmed"] * 19 + ["waitlisted"]
    [formed] = told(registrations_database, "session.formed")
    assert (formed.data["minimum"], formed.data["confirmed"]) == (15, 15)

    # The cohort meets four mornings; she misses two, and is called, never struck off.
    shift(registrations_database, cohort, timedelta(days=-35))
    for number, status in enumerate(("present", "absent", "absent", "present")):
        sheet = {"items": [{"registration_id": applied.json["id"], "status": status}]}
        meeting = meeting_of(client, cohort, number)
        client.put(f"/v1/meetings/{meeting}/attendance", json=sheet, headers=adviser)
    [call] = client.get("/v1/calls", headers=adviser).json["items"]
    done = {"outcome": "reached", "note": "garde d'enfant, revient vendredi"}
    client.post(f"/v1/calls/{call['id']}/done", json=done, headers=adviser)

    # She says what she thinks of it, and a while later starts a training.
    said = {"rating": 5, "comment": "J'ai repris confiance"}
    assert client.post(link(applied, "/feedback"), json=said).status_code == 200
    client.post(f"/v1/sessions/{cohort}/close", headers=bearer("manager"))
    outcome = {"outcome": "training", "skills": ["Je sais organiser un repas pour vingt"]}
    client.put(f"{registration}/outcome", json=outcome, headers=adviser)

    steps = _journey(client, _participant(client, applied.json["id"], adviser), adviser)
    assert sorted(_told_in_brief(steps), key=str) == sorted(
        [
            ("registration", "confirmed"),
            ("attendance", "present"),
            ("attendance", "absent"),
            ("attendance", "absent"),
            ("attendance", "present"),
            ("call", "reached"),
            ("feedback", None),
            ("outcome", "training"),
        ],
        key=str,
    )
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    assert {step["session"]["title"] for step in steps} == {"UNIS'VERS"}
    of = {step["kind"]: step["details"] for step in steps}
    assert of["feedback"] == {"rating": 5}
    assert of["call"]["note"] == "garde d'enfant, revient vendredi"
    assert of["outcome"]["skills"] == ["Je sais organiser un repas pour vingt"]

    # What others are told of it knows neither her name nor her words.
    types = {"participant.call_needed", "outcome.recorded", "feedback.submitted"}
    facts = [fact for fact in told(registrations_database) if fact.type in types]
    assert {fact.type for fact in facts} == types
    for words in ("Ada", "confiance", "garde", "repas"):
        assert words not in str([fact.data for fact in facts])


def test_a_budget_appointment_leads_to_a_referral_granted_by_a_microfinance_partner(
    client: FlaskClient, programmes: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    adviser = bearer("adviser", programmes=["budget"])
    appointment = programmes.session(
        programme="budget", organisation="ccas", title="Rendez-vous budget", capacity=1
    )
    workshop = programmes.session()

    # Someone who also repairs things comes to an appointment about their budget.
    client.post("/v1/registrations", json=body(workshop))
    booked = client.post("/v1/registrations", json=body(appointment), headers=adviser).json
    shift(registrations_database, appointment, timedelta(days=-7))
    sheet = {"items": [{"registration_id": booked["id"], "status": "present"}]}
    meeting = meeting_of(client, appointment)
    client.put(f"/v1/meetings/{meeting}/attendance", json=sheet, headers=adviser)

    # The adviser directs them to Créasol, which first adjourns, then grants a part.
    participant = _participant(client, booked["id"], adviser)
    asked = {
        "participant_id": participant,
        "programme": "budget",
        "partner": "creasol",
        "purpose": "microcredit",
        "description": "Réparer la voiture pour aller au travail",
        "amount_asked_cents": 150_000,
    }
    opened = client.post("/v1/referrals", json=asked, headers=adviser).json
    for change in (
        {"decision": "adjourned"},
        {"decision": "granted", "amount_granted_cents": 120_000},
    ):
        client.patch(f"/v1/referrals/{opened['id']}", json=change, headers=adviser)

    steps = _journey(client, participant, adviser)
    referral = next(step for step in steps if step["kind"] == "referral")
    assert (referral["status"], referral["details"]["partner"]) == ("granted", "creasol")
    assert referral["details"]["amount_granted_cents"] == 120_000
    assert {step["programme"] for step in steps} == {"budget", "ateliers"}

    # To an adviser of others the same person only repairs things.
    for stranger in (bearer("adviser"), bearer("adviser", programmes=["sante"])):
        seen = _journey(client, participant, stranger)
        assert _told_in_brief(seen) == [("registration", "confirmed")]
        assert "udget" not in str(seen)
    for role in ("manager", "facilitator"):
        url = f"/v1/participants/{participant}/journey"
        assert client.get(url, headers=bearer(role, organisation="ccas")).status_code == 403


def test_a_member_of_unisvers_comes_to_a_health_session_and_nothing_outside_says_so(
    client: FlaskClient, programmes: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    health, others = bearer("adviser", programmes=["sante"]), bearer("adviser")
    cohort = programmes.session(
        programme="unisvers", organisation="ccas", title="UNIS'VERS", capacity=20
    )
    prevention = programmes.session(programme="sante", organisation="ccas", title="Mieux dormir")
    page = client.get(f"/v1/sessions/{prevention}.jsonld").json

    # Ada is in the cohort; on the web she asks for a health session, and so does someone who is not.
    awaiting = person(1, situations=["awaiting-rights"])
    member = client.post(
        "/v1/registrations", json=body(cohort, participant=awaiting), headers=others
    )
    assert member.json["status"] == "confirmed"
    ada, stranger = (
        client.post("/v1/registrations", json=body(prevention, number)) for number in (1, 2)
    )
    assert [one.json["status"] for one in (ada, stranger)] == ["pending", "pending"]
    assert ada.json.keys() == stranger.json.keys()

    # The adviser for health reads who is a member and whom to ask, and decides; others see nothing.
    urls = [f"/v1/registrations/{one.json['id']}" for one in (ada, stranger)]
    rules = [client.get(url, headers=health).json["eligibility"] for url in urls]
    assert [rule["result"] for rule in rules] == ["met", "unknown"]
    assert [client.get(url, headers=others).status_code for url in urls] == [404, 404]
    assert client.post(f"{urls[0]}/confirm", json={}, headers=others).status_code == 404
    confirmed = client.post(f"{urls[0]}/confirm", json={}, headers=health)
    assert confirmed.json["status"] == "confirmed"
    refusal = {"reason": "not-eligible"}
    declined = client.post(f"{urls[1]}/decline", json=refusal, headers=health)
    assert declined.json["status"] == "declined"

    # Whoever writes to her knows the session for a discreet one; its calendar holds an appointment and
    # no subject, and its public page is as it was.
    published = told(registrations_database, "session.published")[-1]
    assert (published.subject, published.data["discreet"]) == (str(prevention), True)
    calendar = client.get(f"/v1/sessions/{prevention}.ics").text
    assert "SUMMARY" in calendar
    assert not [word for word in ("dormir", "Sant", "Ada") if word in calendar]
    assert client.get(f"/v1/sessions/{prevention}.jsonld").json == page

    # She comes. Her path shows it to whoever advises on health, and to nobody else.
    shift(registrations_database, prevention, timedelta(days=-8))
    sheet = {"items": [{"registration_id": ada.json["id"], "status": "present"}]}
    meeting = meeting_of(client, prevention)
    marked = client.put(f"/v1/meetings/{meeting}/attendance", json=sheet, headers=health)
    assert marked.status_code == 200, marked.json
    participant = _participant(client, ada.json["id"], health)
    assert participant == _participant(client, member.json["id"], others)
    seen = _journey(client, participant, health)
    assert sorted((step["programme"], step["kind"], step["status"]) for step in seen) == [
        ("sante", "attendance", "present"),
        ("sante", "registration", "confirmed"),
        ("unisvers", "registration", "confirmed"),
    ]
    seen = _journey(client, participant, others)
    assert [(step["programme"], step["kind"]) for step in seen] == [("unisvers", "registration")]


def test_a_journey_costs_as_many_queries_however_long_it_is(
    client: FlaskClient, programmes: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    adviser = bearer("adviser", programmes=["*"])
    counts = []
    participant = ""
    for _ in range(3):
        session = programmes.session(programme="unisvers", organisation="ccas", meetings=3)
        answer = client.post(
            "/v1/registrations",
            json=body(session, eligibility_reason="attestation vue"),
            headers=adviser,
        ).json
        participant = _participant(client, answer["id"], adviser)
        for number in range(3):
            sheet = {"items": [{"registration_id": answer["id"], "status": "absent"}]}
            meeting = meeting_of(client, session, number)
            client.put(f"/v1/meetings/{meeting}/attendance", json=sheet, headers=adviser)
        outcome = {"outcome": "project"}
        client.put(f"/v1/registrations/{answer['id']}/outcome", json=outcome, headers=adviser)
        with counted(registrations_database) as queries:
            steps = _journey(client, participant, adviser)
        counts.append(len(queries))
    assert len(steps) == 3 * (1 + 3 + 1 + 1)
    assert counts[0] == counts[-1] <= 9


def test_nobody_has_no_journey(client: FlaskClient, offer: Offer, bearer: Bearer) -> None:
    url = f"/v1/participants/{uuid4()}/journey"
    assert client.get(url, headers=bearer("adviser")).status_code == 404
