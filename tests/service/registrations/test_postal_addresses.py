"""Where letters reach people: asked by staff alone, told to notifications alone."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.db import Database
from tests.service.registrations.conftest import Offer, body, person, told

Bearer = Callable[..., dict[str, str]]

ADDRESS = {
    "lines": ["Chez M. Faure", "12 rue Marioge"],
    "postcode": "34000",
    "city": "Montpellier",
    "country": "FR",
}


def test_an_adviser_registers_someone_whom_only_letters_reach(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    adviser = bearer("adviser")
    reached = {**person(1), "email": None, "phone": None, "postal_address": ADDRESS}
    sent = {"session_id": str(offer.session()), "participant": reached}
    registered = client.post("/v1/registrations", json=sent, headers=adviser)
    assert registered.status_code == 201, registered.json
    (fact,) = told(registrations_database, "participant.contact_changed")
    assert fact.data["postal_address"] == ADDRESS
    shown = client.get(f"/v1/participants/{fact.subject}", headers=adviser).json
    assert shown["postal_address"] == ADDRESS


def test_the_public_is_not_asked_where_it_lives(client: FlaskClient, offer: Offer) -> None:
    sent = body(offer.session())
    sent["participant"]["postal_address"] = ADDRESS
    assert client.post("/v1/registrations", json=sent).status_code == 403


def test_an_address_is_changed_and_taken_away_and_each_is_told(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    adviser = bearer("adviser")
    client.post("/v1/registrations", json=body(offer.session()))
    url = (
        f"/v1/participants/{told(registrations_database, 'participant.contact_changed')[0].subject}"
    )
    for address in (ADDRESS, None):
        changed = client.patch(url, json={"postal_address": address}, headers=adviser)
        assert changed.json["postal_address"] == address
    facts = told(registrations_database, "participant.contact_changed")
    assert [fact.data["postal_address"] for fact in facts] == [None, ADDRESS, None]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"lines": []}, "postal_address.lines"),
        ({"lines": ["x"] * 5}, "postal_address.lines"),
        ({"city": None}, "postal_address.city"),
        ({"country": "France"}, "postal_address.country"),
    ],
)
def test_what_is_no_address_is_refused_by_field(
    client: FlaskClient,
    offer: Offer,
    bearer: Bearer,
    registrations_database: Database,
    *,
    wrong: dict[str, Any],
    field: str,
) -> None:
    client.post("/v1/registrations", json=body(offer.session()))
    url = (
        f"/v1/participants/{told(registrations_database, 'participant.contact_changed')[0].subject}"
    )
    refused = client.patch(
        url, json={"postal_address": {**ADDRESS, **wrong}}, headers=bearer("adviser")
    )
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == [field]
