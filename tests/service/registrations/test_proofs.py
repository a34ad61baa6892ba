"""Proofs are seen, not stored: who saw what kind, when, until when it is good."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from services.registrations.models import Proof
from shared.db import Database
from tests.service.registrations.conftest import Offer, body

Bearer = Callable[..., dict[str, str]]


def _in(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def _proof(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "benefits-certificate",
        "situation": "minimum-benefits",
        "valid_until": _in(90),
        **changes,
    }


@pytest.fixture
def url(client: FlaskClient, offer: Offer, bearer: Bearer) -> str:
    """Where the proofs of somebody are kept who awaits a decision."""
    session = offer.session(programme="unisvers", organisation="ccas")
    answer = client.post("/v1/registrations", json=body(session)).json
    shown = client.get(f"/v1/registrations/{answer['id']}", headers=bearer("adviser")).json
    return f"/v1/participants/{shown['participant_id']}/proofs"


def test_who_saw_what_and_until_when_is_on_record_and_nothing_else(
    client: FlaskClient, url: str, bearer: Bearer
) -> None:
    seen = client.post(url, json=_proof(), headers=bearer("adviser"))
    assert seen.status_code == 201, seen.json
    assert {name: seen.json[name] for name in ("kind", "situation", "valid_until", "seen_by")} == {
        **_proof(),
        "seen_by": "test:someone",
    }
    assert seen.json["label"]["fr"] == "Attestation de prestations"
    later = client.post(url, json=_proof(kind="age", situation=None), headers=bearer("manager"))
    listed = client.get(url, headers=bearer("adviser")).json
    assert listed == {"items": [later.json, seen.json], "next": None}


def test_nothing_of_the_paper_itself_can_be_kept(
    client: FlaskClient, url: str, bearer: Bearer
) -> None:
    columns = {column.name for column in Proof.__table__.columns}
    assert columns == {
        *("id", "participant_id", "kind", "situation", "valid_until"),
        *("seen_by", "seen_at", "withdrawn_by", "withdrawn_at"),
    }
    for name in ("number", "note", "copy", "seen_by"):
        refused = client.post(url, json={**_proof(), name: "x"}, headers=bearer("adviser"))
        assert (refused.status_code, list(refused.json["errors"])) == (422, [name])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "diary"}, "kind"),
        ({"kind": None}, "kind"),
        ({"situation": None}, "situation"),
        ({"situation": "Sans emploi"}, "situation"),
        ({"situation": "\x00"}, "situation"),
        ({"valid_until": _in(-2)}, "valid_until"),
        ({"valid_until": _in(3700)}, "valid_until"),
        ({"valid_until": "9999-12-31"}, "valid_until"),
        ({"valid_until": "tomorrow"}, "valid_until"),
        ({"valid_until": None}, "valid_until"),
    ],
)
def test_a_proof_that_says_nothing_is_refused_naming_the_field(
    *, client: FlaskClient, url: str, bearer: Bearer, wrong: Any, field: str
) -> None:
    refused = client.post(url, json=_proof(**wrong), headers=bearer("adviser"))
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])
    assert client.get(url, headers=bearer("adviser")).json["items"] == []


def test_the_kinds_of_proof_have_names_in_both_languages(
    client: FlaskClient, url: str, bearer: Bearer
) -> None:
    kinds = client.get("/v1/proof-kinds", headers=bearer("adviser")).json["items"]
    assert len(kinds) > 5
    for one in kinds:
        assert one["label"]["fr"] != one["label"]["en"]
        situation = "minimum-benefits" if one["needs_situation"] else None
        proof = _proof(kind=one["kind"], situation=situation)
        assert client.post(url, json=proof, headers=bearer("adviser")).status_code == 201


def test_a_mistaken_proof_is_withdrawn_once_and_stays_on_record(
    client: FlaskClient, url: str, bearer: Bearer
) -> None:
    adviser = bearer("adviser")
    seen = client.post(url, json=_proof(), headers=adviser).json
    first = client.post(f"{url}/{seen['id']}/withdraw", headers=adviser)
    again = client.post(f"{url}/{seen['id']}/withdraw", headers=bearer("manager"))
    assert first.status_code == again.status_code == 200
    assert first.json == again.json
    assert first.json["withdrawn_by"] == "test:someone"
    assert client.get(url, headers=adviser).json["items"] == [first.json]


def test_a_proof_of_another_person_is_not_there(
    client: FlaskClient, url: str, offer: Offer, bearer: Bearer
) -> None:
    adviser = bearer("adviser")
    seen = client.post(url, json=_proof(), headers=adviser).json
    other = client.post("/v1/registrations", json=body(offer.session(), 2)).json
    shown = client.get(f"/v1/registrations/{other['id']}", headers=adviser).json
    elsewhere = f"/v1/participants/{shown['participant_id']}/proofs/{seen['id']}/withdraw"
    assert client.post(elsewhere, headers=adviser).status_code == 404
    unknown = f"/v1/participants/{uuid4()}/proofs"
    assert client.get(unknown, headers=adviser).status_code == 404
    assert client.post(unknown, json=_proof(), headers=adviser).status_code == 404
    [kept] = client.get(url, headers=adviser).json["items"]
    assert kept["withdrawn_at"] is None


@pytest.mark.parametrize(("days", "expected"), [(0, "met"), (-1, "unknown")])
def test_a_proof_counts_to_the_end_of_its_last_day_at_the_place(
    *,
    client: FlaskClient,
    url: str,
    bearer: Bearer,
    registrations_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    expected: str,
) -> None:
    from services.registrations.operations.seats import assess

    last = date(2027, 6, 30)
    proof = Proof(
        participant_id=UUID(url.split("/")[3]),
        kind="benefits-certificate",
        situation="minimum-benefits",
        valid_until=last,
        seen_by="x",
    )
    with registrations_database.transaction() as transaction:
        transaction.add(proof)
    # Ten minutes to midnight in Paris, where in UTC it is still ten to ten.
    moment = datetime(2027, 6, 30, 21, 50, tzinfo=UTC) - timedelta(days=days)
    monkeypatch.setattr(assess, "now", lambda: moment)
    [item] = client.get("/v1/registrations", headers=bearer("adviser")).json["items"]
    assert item["eligibility"]["result"] == expected
    monkeypatch.setattr(assess, "now", lambda: moment + timedelta(minutes=20))
    [item] = client.get("/v1/registrations", headers=bearer("adviser")).json["items"]
    assert item["eligibility"]["result"] == "unknown"


def test_a_paper_for_age_or_address_is_named_where_the_rule_asks(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    adviser = bearer("adviser")
    rule = [{"age": {"max": 99}, "postcodes": ["34070"]}]
    sent = {"eligibility": rule}
    client.patch("/v1/programmes/unisvers", json=sent, headers=bearer("manager"))
    session = offer.session(programme="unisvers", organisation="ccas")
    wanted = body(session)
    wanted["participant"] |= {"birth_year": 1980, "postcode": "34070"}
    answer = client.post("/v1/registrations", json=wanted).json
    shown = client.get(f"/v1/registrations/{answer['id']}", headers=adviser).json
    assert shown["eligibility"]["result"] == "met"
    assert "vu" not in shown["eligibility"]["says"]["fr"]
    url = f"/v1/participants/{shown['participant_id']}/proofs"
    client.post(url, json=_proof(kind="address", situation=None), headers=adviser)
    again = client.get(f"/v1/registrations/{answer['id']}", headers=adviser).json["eligibility"]
    assert "Habite au 34070 (justificatif vu)" in again["says"]["fr"]
    assert "cette année ;" in again["says"]["fr"]
