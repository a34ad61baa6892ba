"""Referrals to partner institutions."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registrations.models import Organisation, Programme
from shared.db import Database
from tests.service.registrations.conftest import Offer, body, told

Bearer = Callable[..., dict[str, str]]
URL = "/v1/referrals"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def adviser(bearer: Bearer) -> dict[str, str]:
    return bearer("adviser", programmes=["budget"])


@pytest.fixture
def asked(
    client: FlaskClient, offer: Offer, adviser: dict[str, str], registrations_database: Database
) -> dict[str, Any]:
    """What is asked of a microfinance partner, for someone who came to a budget appointment."""
    with registrations_database.transaction() as transaction:
        transaction.add(Organisation(code="creasol", name="Créasol", kind="finance-partner"))
        purposes = [{"code": "microcredit", "name": {"fr": "Microcrédit personnel"}}]
        transaction.add(
            Programme(code="budget", name="Budget", discreet=True, referral_purposes=purposes)
        )
    session = offer.session(programme="budget", organisation="ccas", capacity=1)
    registered = client.post("/v1/registrations", json=body(session), headers=adviser).json
    shown = client.get(f"/v1/registrations/{registered['id']}", headers=adviser).json
    return {
        "participant_id": shown["participant_id"],
        "programme": "budget",
        "partner": "creasol",
        "purpose": "microcredit",
        "description": "Un fourgon pour les marchés",
        "amount_asked_cents": 300_000,
        "opened_on": "2026-09-07",
    }


@pytest.fixture
def referral(client: FlaskClient, asked: Any, adviser: dict[str, str]) -> str:
    """The path of a referral that is open."""
    opened = client.post(URL, json=asked, headers=adviser)
    assert opened.status_code == 201, opened.json
    return f"{URL}/{opened.json['id']}"


def test_a_referral_is_opened_adjourned_and_granted_for_another_amount(
    client: FlaskClient, referral: str, adviser: Any, registrations_database: Database
) -> None:
    adjourned = {"decision": "adjourned", "decided_on": "2026-09-20"}
    assert client.patch(referral, json=adjourned, headers=adviser).json["status"] == "adjourned"
    assert told(registrations_database, "referral.closed") == []
    granted = {
        "decision": "granted",
        "decided_on": "2026-10-02",
        "amount_granted_cents": 250_000,
    }
    answer = client.patch(referral, json=granted, headers=adviser).json
    assert (answer["status"], answer["decided_on"]) == ("granted", "2026-10-02")
    assert (answer["amount_asked_cents"], answer["amount_granted_cents"]) == (300_000, 250_000)
    [opened] = told(registrations_database, "referral.opened")
    [closed] = told(registrations_database, "referral.closed")
    assert opened.data["opened_on"] == "2026-09-07"
    assert closed.data["amount_granted_cents"] == 250_000
    assert (closed.data["decision"], closed.data["partner"]) == ("granted", "creasol")
    for fact in (opened, closed):
        assert "fourgon" not in str(fact.data)
        assert "Ada" not in str(fact.data)
        assert fact.data["discreet"] is True


def test_the_facts_say_that_what_a_referral_is_about_is_no_secret(
    client: FlaskClient, asked: Any, adviser: Any, registrations_database: Database
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.get_one(Programme, "budget").discreet = False
    opened = client.post(URL, json=asked, headers=adviser).json
    client.patch(f"{URL}/{opened['id']}", json={"decision": "refused"}, headers=adviser)
    for type_ in ("referral.opened", "referral.closed"):
        [fact] = told(registrations_database, type_)
        assert fact.data["discreet"] is False


def test_what_was_decided_for_good_is_not_decided_again_but_its_words_can_be_corrected(
    client: FlaskClient, referral: str, adviser: Any
) -> None:
    client.patch(referral, json={"decision": "refused"}, headers=adviser)
    for change in ({"decision": "granted"}, {"amount_asked_cents": 1}):
        refused = client.patch(referral, json=change, headers=adviser)
        assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (
            409,
            "referral-settled",
        )
    corrected = client.patch(referral, json={"description": None}, headers=adviser)
    assert (corrected.json["description"], corrected.json["status"]) == (None, "refused")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"participant_id": "0199d4e8-1c21-7d4b-9a52-7b3c4d5e6f70"}, "participant_id"),
        ({"programme": "nothing"}, "programme"),
        ({"partner": "nobody"}, "partner"),
        ({"purpose": "gift"}, "purpose"),
        ({"amount_asked_cents": -1}, "amount_asked_cents"),
        ({"amount_asked_cents": "many"}, "amount_asked_cents"),
        ({"amount_asked_cents": 10.5}, "amount_asked_cents"),
        ({"opened_on": "2031-01-01"}, "opened_on"),
        ({"opened_on": "yesterday"}, "opened_on"),
        ({"health": "x"}, "health"),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_wrong_with_a_referral_is_said_by_name(
    *, client: FlaskClient, asked: Any, adviser: Any, change: Any, field: str, language: str
) -> None:
    headers = {**adviser, "Accept-Language": language}
    answer = client.post(URL, json={**asked, **change}, headers=headers)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"decision": "granted", "decided_on": "2026-09-06"}, "decided_on"),
        ({"decision": "granted", "decided_on": "2031-01-01"}, "decided_on"),
        ({"decision": "refused", "amount_granted_cents": 0}, "amount_granted_cents"),
        ({"decision": "granted", "amount_granted_cents": -1}, "amount_granted_cents"),
        ({"amount_granted_cents": 100}, "decision"),
        ({"decided_on": "2026-10-01"}, "decision"),
        ({"decision": "open"}, "decision"),
    ],
)
def test_a_decision_has_its_date_and_its_amount(
    client: FlaskClient, referral: str, adviser: Any, change: Any, field: str
) -> None:
    answer = client.patch(referral, json=change, headers=adviser)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    assert client.get(referral, headers=adviser).json["status"] == "open"


def test_referrals_of_a_discreet_programme_are_its_advisers_affair(
    client: FlaskClient, asked: Any, referral: str, bearer: Bearer, adviser: Any
) -> None:
    for stranger in (bearer("adviser"), bearer("adviser", programmes=["sante"])):
        assert client.get(URL, headers=stranger).json["items"] == []
        assert client.get(referral, headers=stranger).status_code == 404
        change = client.patch(referral, json={"decision": "refused"}, headers=stranger)
        assert change.status_code == 404
        assert client.post(URL, json=asked, headers=stranger).status_code == 403
    for role in ("manager", "facilitator"):
        headers = bearer(role, organisation="ccas", programmes=["*"])
        assert client.get(URL, headers=headers).status_code == 403
    assert len(client.get(URL, headers=adviser).json["items"]) == 1


def test_referrals_are_found_by_person_partner_programme_and_status_page_by_page(
    client: FlaskClient, asked: Any, adviser: Any
) -> None:
    ids = [client.post(URL, json=asked, headers=adviser).json["id"] for _ in range(3)]
    client.patch(f"{URL}/{ids[1]}", json={"decision": "withdrawn"}, headers=adviser)

    def listed(query: str) -> list[str]:
        return [item["id"] for item in client.get(f"{URL}?{query}", headers=adviser).json["items"]]

    assert listed(f"participant={asked['participant_id']}&programme=budget") == ids
    assert listed("partner=creasol&status=withdrawn") == ids[1:2]
    assert listed("partner=ccas") == listed(f"participant={ids[0]}") == []
    first = client.get(f"{URL}?limit=2", headers=adviser).json
    second = client.get(f"{URL}?limit=2&cursor={first['next']}", headers=adviser).json
    assert [item["id"] for item in [*first["items"], *second["items"]]] == ids


_STEP = st.tuples(
    st.sampled_from(["granted", "refused", "adjourned", "withdrawn"]),
    st.integers(-3, 30),
    st.none() | st.integers(0, 500_000),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_STEP, max_size=5))
def test_whatever_is_decided_a_referral_ends_once_and_its_days_go_forward(
    client: FlaskClient,
    asked: Any,
    adviser: Any,
    registrations_database: Database,
    steps: list[tuple[str, int, int | None]],
) -> None:
    opened_on = TODAY - timedelta(days=40)
    opened = client.post(URL, json={**asked, "opened_on": str(opened_on)}, headers=adviser).json
    status, last, ended = "open", opened_on, 0
    for decision, days, cents in steps:
        day = opened_on + timedelta(days=days)
        change = {"decision": decision, "decided_on": str(day), "amount_granted_cents": cents}
        answer = client.patch(f"{URL}/{opened['id']}", json=change, headers=adviser)
        if status in ("granted", "refused", "withdrawn"):
            expected = 409
        elif day < last or (cents is not None and decision != "granted"):
            expected = 422
        else:
            expected, status, last = 200, decision, day
            ended += decision != "adjourned"
        assert answer.status_code == expected
    now = client.get(f"{URL}/{opened['id']}", headers=adviser).json
    assert now["status"] == status
    assert date.fromisoformat(now["decided_on"] or now["opened_on"]) == last
    facts = told(registrations_database, "referral.closed")
    assert sum(fact.subject == opened["id"] for fact in facts) == ended <= 1
