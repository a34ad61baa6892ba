"""The code on a letter opens what the manage link opens, to whoever types it, and tells strangers nothing."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.registrations.app import create_app
from services.registrations.models import Registration
from services.registrations.settings import OwnSettings
from shared.auth import Verifier
from shared.db import Database
from shared.events.short_codes import read_code, write_code
from shared.settings import Settings
from tests import realdata
from tests.service.registrations.conftest import Offer, body, link, told

URL = "/v1/registrations"
Bearer = Callable[..., dict[str, str]]


def _by_code(client: FlaskClient, code: str, **options: Any) -> Any:
    return client.get(f"{URL}/by-code/{quote(code, safe='')}", **options)


@pytest.fixture
def registered(client: FlaskClient, offer: Offer) -> Any:
    """What was answered to somebody who registered."""
    return client.post(URL, json=body(offer.session()))


def test_a_code_gives_what_the_link_gives_and_the_link_itself(
    client: FlaskClient, registered: Any
) -> None:
    found = _by_code(client, registered.json["short_code"])
    assert found.status_code == 200, found.json
    by_link = client.get(link(registered)).json
    assert found.json == {**by_link, "manage_url": registered.json["manage_url"]}


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        " ".join,
        lambda code: f"  {code}\u00a0",
        lambda code: code.replace("-", "–").replace("0", "o").replace("1", "l"),
        lambda code: code.replace("0", "O").replace("1", "I"),
    ],
)
def test_it_may_be_typed_in_any_way(
    client: FlaskClient, registered: Any, typed: Callable[[str], str]
) -> None:
    found = _by_code(client, typed(registered.json["short_code"]))
    assert (found.status_code, found.json["id"]) == (200, registered.json["id"])


def test_everyone_of_a_household_has_a_code_of_their_own(client: FlaskClient, offer: Offer) -> None:
    companions = [{"given_name": "Byron", "family_name": "King"}]
    family = client.post(URL, json=body(offer.session(), companions=companions)).json
    for one in family["registrations"]:
        found = _by_code(client, one["short_code"]).json
        assert (found["id"], found["manage_url"]) == (one["id"], one["manage_url"])
    assert len({one["short_code"] for one in family["registrations"]}) == 2


def test_whoever_registers_again_gets_a_code_from_the_same_secret(
    client: FlaskClient, offer: Offer, registered: Any, registrations_database: Database
) -> None:
    """As notifications, who are told the secret once, will derive it."""
    from shared.events.short_codes import short_code

    second = client.post(URL, json=body(offer.session()))
    [contact] = told(registrations_database, "participant.contact_changed")
    for answer in (registered, second):
        derived = short_code(contact.data["access_key"], UUID(answer.json["id"]))
        assert derived == answer.json["short_code"]
        assert _by_code(client, derived).json["id"] == answer.json["id"]


def test_no_event_tells_a_code_but_what_it_is_derived_from(
    registered: Any, registrations_database: Database
) -> None:
    code = registered.json["short_code"]
    with registrations_database.transaction() as transaction:
        number = transaction.get_one(Registration, UUID(registered.json["id"])).short_code
    for fact in told(registrations_database):
        assert code not in str(fact.data)
        assert str(number) not in str(fact.data)


def test_by_its_link_what_a_code_opened_is_cancelled(client: FlaskClient, registered: Any) -> None:
    found = _by_code(client, registered.json["short_code"])
    assert client.post(link(found, "/cancel")).json["status"] == "cancelled"
    assert _by_code(client, registered.json["short_code"]).json["status"] == "cancelled"


# ── strangers ───────────────────────────────────────────────────────────────────────────────────


def _said(answer: Any) -> Any:
    headers = {name: value for name, value in answer.headers if name != "X-Request-ID"}
    return answer.status_code, {**answer.json, "instance": None}, headers


def test_a_code_of_nobody_is_answered_as_what_is_no_code(
    client: FlaskClient, registered: Any
) -> None:
    number = read_code(registered.json["short_code"])
    assert number is not None
    unknown = _by_code(client, write_code(number ^ 1))
    assert unknown.status_code == 404
    for text in ("x", "ABCDE-FGHJU", "1" * 500, registered.json["id"], "é", "🙂" * 10):
        assert _said(_by_code(client, text)) == _said(unknown), text


@pytest.mark.realdata
def test_naughty_strings_open_nothing_and_break_nothing(
    client: FlaskClient, registered: Any
) -> None:
    strings = realdata.load_json("conformance/naughty-strings/blns.json")
    assert len(strings) > 400
    for text in strings:
        found = _by_code(client, text)
        assert found.status_code in (404, 405, 308), repr(text)


@pytest.mark.parametrize("path", ["%00", "%ED%A0%80", "%FF", "A%00BCD-EFGHJ", "..%2F..", "a/b"])
def test_what_no_text_can_be_opens_nothing(client: FlaskClient, path: str) -> None:
    assert client.get(f"{URL}/by-code/{path}").status_code in (404, 405)


@pytest.fixture
def counted(
    settings_of: Callable[..., Settings], verifier: Verifier, registrations_database: Database
) -> Iterator[Flask]:
    """The service as it runs: with what one address may do."""
    app = create_app(
        settings_of("registrations", public_rate="1000/day"), OwnSettings(code_rate="3/day")
    )
    app.extensions["arceaux.verifier"] = verifier
    return app


def _from(address: str) -> dict[str, Any]:
    return {"environ_base": {"REMOTE_ADDR": address}}


def test_one_address_may_try_a_few_codes_and_the_link_stays_open_to_it(
    counted: Flask, offer: Offer, bearer: Bearer
) -> None:
    client, here = counted.test_client(), _from("198.51.100.7")
    registered = client.post(URL, json=body(offer.session()), **here)
    code = registered.json["short_code"]
    for text in ("nonsense", write_code(5), code):
        assert _by_code(client, text, **here).status_code in (200, 404)
    for text in ("nonsense", write_code(5), code):
        refused = _by_code(client, text, **here)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert client.get(link(registered), **here).status_code == 200
    assert client.post(link(registered, "/cancel"), **here).status_code == 200
    assert _by_code(client, code, **_from("198.51.100.8")).status_code == 200
    # The desk has one address for many visitors.
    for _ in range(5):
        found = _by_code(client, code, headers=bearer("adviser"), **here)
        assert found.status_code == 200


# ── staff ───────────────────────────────────────────────────────────────────────────────────────


def test_staff_find_a_registration_by_its_code_without_the_persons_link(
    client: FlaskClient, registered: Any, bearer: Bearer
) -> None:
    found = _by_code(client, registered.json["short_code"], headers=bearer("adviser"))
    assert (found.status_code, found.json["id"]) == (200, registered.json["id"])
    assert found.json["short_code"] == registered.json["short_code"]
    assert "manage_url" not in found.json
    others = bearer("facilitator", organisation="ccas")
    assert _by_code(client, registered.json["short_code"], headers=others).status_code == 404
