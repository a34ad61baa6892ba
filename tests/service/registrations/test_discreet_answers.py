"""Whoever holds somebody's link or letter is told of an appointment, and not of which discreet programme."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from services.registrations.models import Programme
from shared.db import Database
from tests.service.registrations.conftest import Offer, body, link, shift

URL = "/v1/registrations"
TITLE = "Faire face au surendettement"
FRENCH = {"Accept-Language": "fr"}
Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def discreet(offer: Offer, registrations_database: Database) -> UUID:
    """A session of a discreet programme."""
    with registrations_database.transaction() as transaction:
        transaction.add(Programme(code="budget", name="Budget", discreet=True))
    return offer.session(programme="budget", organisation="ccas", title=TITLE)


@pytest.fixture
def registered(client: FlaskClient, discreet: UUID) -> Any:
    """What was answered to somebody who registered for it."""
    answer = client.post(URL, json=body(discreet), headers=FRENCH)
    assert answer.status_code == 201, answer.json
    return answer


def names_nothing(session: dict[str, Any]) -> None:
    assert session["title"] == "Votre rendez-vous"
    assert (session["programme"], session["organisation"]) == (None, None)
    assert not any(word in json.dumps(session) for word in ("budget", "ccas", "surendettement"))


def test_signing_up_alone_together_or_again_names_nothing(
    client: FlaskClient, discreet: UUID
) -> None:
    alone = client.post(URL, json=body(discreet), headers={**FRENCH, "Idempotency-Key": "one"})
    again = client.post(URL, json=body(discreet), headers={**FRENCH, "Idempotency-Key": "one"})
    companions = [{"given_name": "Byron", "family_name": "King"}]
    together = client.post(URL, json=body(discreet, 2, companions=companions), headers=FRENCH)
    for answer in (alone, again, together):
        assert answer.status_code == 201
        names_nothing(answer.json["session"])
        assert answer.json["session"]["id"] == str(discreet)


def test_neither_the_link_nor_the_code_nor_cancelling_names_anything(
    client: FlaskClient, registered: Any
) -> None:
    code = f"{URL}/by-code/{registered.json['short_code']}"
    for answer in (
        client.get(link(registered), headers=FRENCH),
        client.get(code, headers=FRENCH),
        client.post(link(registered, "/cancel"), headers=FRENCH),
    ):
        assert answer.status_code == 200
        names_nothing(answer.json["session"])
    read = client.get(link(registered), headers={"Accept-Language": "en"})
    assert read.json["session"]["title"] == "Your appointment"


def test_the_form_for_feedback_names_nothing(
    client: FlaskClient, discreet: UUID, registered: Any, registrations_database: Database
) -> None:
    shift(registrations_database, discreet, timedelta(days=-7, hours=-1))
    form = client.get(link(registered, "/feedback"), headers=FRENCH)
    assert form.json["title"] == "Votre rendez-vous"
    assert TITLE not in form.get_data(as_text=True)


def test_staff_who_advise_it_are_told_as_ever(
    client: FlaskClient, discreet: UUID, registered: Any, bearer: Bearer
) -> None:
    adviser = bearer("adviser", programmes=["budget"])
    for answer in (
        client.get(f"{URL}/{registered.json['id']}", headers=adviser),
        client.get(f"{URL}/by-code/{registered.json['short_code']}", headers=adviser),
        client.post(URL, json=body(discreet, 2), headers=adviser),
    ):
        session = answer.json["session"]
        assert (session["title"], session["programme"]) == (TITLE, "budget")
        assert session["organisation"] == "ccas"
