"""Web clients: keys that are shown once, limits of their own, and what their key opens."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.registrations.app import create_app
from services.registrations.models import Registration, WebClient
from services.registrations.operations.clock import now
from shared.auth import Verifier
from shared.db import Database
from shared.settings import Settings
from tests.service.registrations.conftest import Offer, body

Bearer = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def limited_app(settings_of: Callable[..., Settings], verifier: Verifier) -> Flask:
    """As in life, where an address may post only so often: here once a day."""
    app = create_app(settings_of("registrations", public_rate="1/day"))
    app.extensions["arceaux.verifier"] = verifier
    return app


@pytest.fixture
def client(limited_app: Flask, registrations_database: Database) -> FlaskClient:
    client = limited_app.test_client()
    # An address that no other test has posted from: the broker outlives a test.
    client.environ_base["REMOTE_ADDR"] = str(uuid4())
    return client


@pytest.fixture
def add(client: FlaskClient, bearer: Bearer) -> Callable[..., Any]:
    """Make a web client; returns the answer's document."""

    def make(code: str = "city", **changes: Any) -> Any:
        sent = {"code": code, "name": "Ville", **changes}
        answer = client.post("/v1/clients", json=sent, headers=bearer("manager"))
        assert answer.status_code == 201, answer.json
        return answer.json

    return make


def _post(client: FlaskClient, offer: Offer, key: str | None, number: int = 1, **more: Any) -> Any:
    headers = {**({"X-API-Key": key} if key is not None else {}), **more}
    return client.post("/v1/registrations", json=body(offer.session(), number), headers=headers)


def test_a_key_is_shown_once_and_not_kept(
    client: FlaskClient, add: Callable[..., Any], bearer: Bearer, registrations_database: Database
) -> None:
    made = add()
    assert made["key"].startswith("arceaux_")
    listed = client.get("/v1/clients", headers=bearer("manager"))
    assert listed.json["items"] == [made["client"]]
    with registrations_database.transaction() as transaction:
        (kept,) = transaction.scalars(select(WebClient))
        assert made["key"] not in str(vars(kept))


def test_a_client_has_a_limit_of_its_own_whatever_its_address(
    client: FlaskClient, add: Callable[..., Any], offer: Offer
) -> None:
    key = add(rate="3/day")["key"]
    assert [_post(client, offer, key).status_code for _ in range(4)] == [201, 201, 201, 429]
    # Its address has not used up what everyone has.
    assert _post(client, offer, None).status_code == 201
    assert _post(client, offer, None).status_code == 429
    other = add("other", rate=None)["key"]
    assert {_post(client, offer, other, n).status_code for n in range(5)} == {201}


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", ("clé d'API", "adresse")), ("en", ("API key", "address"))],
)
def test_who_is_refused_reads_whether_their_key_or_their_address_asked_too_often(
    client: FlaskClient,
    add: Callable[..., Any],
    offer: Offer,
    language: str,
    words: tuple[str, str],
) -> None:
    key, wanted = add(rate="1/day")["key"], body(offer.session())
    for presents, right, wrong in (({"X-API-Key": key}, *words), ({}, *reversed(words))):
        headers = {"Accept-Language": language, **presents}
        client.post("/v1/registrations", json=wanted, headers=headers)
        refused = client.post("/v1/registrations", json=wanted, headers=headers)
        assert refused.status_code == 429
        assert right in refused.json["detail"]
        assert wrong not in refused.json["detail"]


def test_a_registration_remembers_whose_key_it_came_with(
    client: FlaskClient, add: Callable[..., Any], offer: Offer, registrations_database: Database
) -> None:
    made = add()
    companions = [{"given_name": "Anne", "family_name": "Lovelace"}]
    headers = {"X-API-Key": made["key"]}
    session_id = offer.session()
    for sent in (body(session_id, 1), body(session_id, 2, companions=companions)):
        assert client.post("/v1/registrations", json=sent, headers=headers).status_code == 201
    with registrations_database.transaction() as transaction:
        clients = [str(one) for one in transaction.scalars(select(Registration.client_id))]
    assert clients == [made["client"]["id"]] * 3


def test_one_clients_idempotency_key_does_not_open_anothers_answer(
    client: FlaskClient, add: Callable[..., Any], offer: Offer
) -> None:
    session_id = offer.session()
    answers = []
    for number, code in enumerate(("one", "other")):
        headers = {"X-API-Key": add(code)["key"], "Idempotency-Key": "same"}
        sent = body(session_id, number)
        answers += [client.post("/v1/registrations", json=sent, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201] * 4
    ids = [answer.json["id"] for answer in answers]
    assert (ids[0], ids[2]) == (ids[1], ids[3])
    assert ids[0] != ids[2]


@pytest.mark.parametrize("key", ["", "nobody's", "arceaux_" + "x" * 5000, "é"])
def test_an_unknown_key_is_refused_and_counts_for_nobody(
    client: FlaskClient, offer: Offer, key: str
) -> None:
    refused = _post(client, offer, key.encode().decode("latin-1"))
    assert refused.status_code == 401
    assert refused.json["type"].endswith("unknown-key")
    assert _post(client, offer, None).status_code == 201


def test_a_renewed_key_leaves_a_day_to_put_it_in_place(
    client: FlaskClient,
    add: Callable[..., Any],
    offer: Offer,
    bearer: Bearer,
    registrations_database: Database,
) -> None:
    made = add()
    url = f"/v1/clients/{made['client']['id']}/key"
    new = client.post(url, headers=bearer("manager")).json["key"]
    assert [_post(client, offer, key).status_code for key in (made["key"], new)] == [201, 201]
    with registrations_database.transaction() as transaction:
        a_day_later = {"earlier_key_until": now() - timedelta(seconds=1)}
        transaction.execute(update(WebClient).values(**a_day_later))
    assert [_post(client, offer, key).status_code for key in (made["key"], new)] == [401, 201]


def test_a_disabled_client_is_out_at_once_and_can_come_back(
    client: FlaskClient, add: Callable[..., Any], offer: Offer, bearer: Bearer
) -> None:
    made = add()
    url, headers = f"/v1/clients/{made['client']['id']}", bearer("manager")
    assert client.patch(url, json={"disabled": True}, headers=headers).json["disabled_at"]
    assert _post(client, offer, made["key"]).status_code == 401
    client.patch(url, json={"disabled": False, "name": "Métropole"}, headers=headers)
    assert _post(client, offer, made["key"]).status_code == 201
    assert client.get("/v1/clients", headers=headers).json["items"][0]["name"] == "Métropole"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"code": "a b", "name": "x"}, "code"),
        ({"code": "a"}, "name"),
        ({"code": "a", "name": "x", "rate": "often"}, "rate"),
        ({"code": "a", "name": "x", "rate": ""}, "rate"),
        # The broker cannot count in it: everyone would be let through for a while.
        ({"code": "a", "name": "x", "rate": "1/99999999999 year"}, "rate"),
        ({"code": "a", "name": "x", "rate": "0/minute"}, "rate"),
        ({"code": "a", "name": "x", "key": "mine"}, "key"),
    ],
)
def test_a_mistake_is_named(client: FlaskClient, bearer: Bearer, sent: Any, field: str) -> None:
    answer = client.post("/v1/clients", json=sent, headers=bearer("manager"))
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


def test_a_code_is_given_once(client: FlaskClient, add: Callable[..., Any], bearer: Bearer) -> None:
    add()
    again = client.post(
        "/v1/clients", json={"code": "city", "name": "x"}, headers=bearer("manager")
    )
    assert again.status_code == 409


def test_a_key_opens_nothing_that_is_for_staff(
    client: FlaskClient, add: Callable[..., Any]
) -> None:
    headers = {"X-API-Key": add()["key"]}
    assert client.get("/v1/registrations", headers=headers).status_code == 401
    assert client.get("/v1/clients", headers=headers).status_code == 401
