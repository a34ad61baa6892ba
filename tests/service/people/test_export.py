"""All that is held about a person, by the three services, for that person."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from services.registrations.models import Programme
from shared.peers import Peers
from tests.servers import free_port
from tests.service.notifications.conftest import MailServer
from tests.service.people.conftest import Services


def _export(services: Services, person: str, **options: Any) -> Any:
    return services.call(f"GET /v1/participants/{person}/export", **options)


def test_everything_of_both_records_is_in_it_and_nothing_of_others(
    services: Services, mail_server: MailServer
) -> None:
    held = services.offer.session(title="Couture")
    past = services.register(
        "Jean",
        held,
        email="jean@example.org",
        postcode="34070",
        birth_year=1957,
        situations=["minimum-benefits"],
        needs="une rampe",
        consents={"statistics": True, "contact": True},
    )
    services.register("Grace", held, email="grace@example.org", needs="secret de Grace")
    other = services.register("Jehan", phone="0612345678")
    person = services.person(past)
    path = f"POST /v1/participants/{person}/merge"
    assert services.call(path, json={"other": services.person(other)}).status_code == 200
    namesake = services.person(services.register("Jeanne", phone="0612345678"))
    path = f"POST /v1/participants/{person}/distinguish"
    assert services.call(path, json={"other": namesake}).status_code == 200
    meeting = services.hold(held)
    present = {"items": [{"registration_id": past["id"], "status": "present"}]}
    services.call(f"PUT /v1/meetings/{meeting}/attendance", json=present)
    link = past["manage_url"].removeprefix("http://arceaux.test").replace("?", "/feedback?")
    said = {"rating": 5, "answers": {"encore": True}, "comment": "Très bien"}
    services.apps["registrations"].test_client().post(link, json=said)
    services.spread()
    services.post.send()
    services.spread()

    answer = _export(services, person)
    assert answer.status_code == 200, answer.json
    whole = answer.json
    own = whole["registrations"]
    assert [record["given_name"] for record in own["records"]] == ["Jean", "Jehan"]
    assert own["records"][0]["situations"] == ["minimum-benefits"]
    assert {one["id"] for one in own["registrations"]} == {past["id"], other["id"]}
    first = own["registrations"][0]
    assert (first["needs"], first["title"], first["status"]) == (
        "une rampe",
        "Couture",
        "confirmed",
    )
    assert [one["status"] for one in own["attendances"]] == ["present"]
    assert own["feedback"][0]["comment"] == "Très bien"
    assert [one["merged_id"] for one in own["merges"]] == [own["records"][1]["id"]]
    assert [one["found_by"] for one in own["distinctions"]] == ["test:someone"]
    # Who that is, is nobody's to be told but their own.
    assert namesake not in str(own["distinctions"])
    assert {"merge", "distinguish"} <= {one["verb"] for one in own["acts_of_staff"]}
    told = whole["notifications"]
    assert {one["given_name"] for one in told["contacts"]} == {"Jean", "Jehan"}
    assert {one["registration_id"] for one in told["messages"]} == {past["id"], other["id"]}
    assert all("attempts" in message for message in told["messages"])
    counted = whole["reporting"]
    assert {one["registration_id"] for one in counted["registrations"]} == {past["id"], other["id"]}
    assert counted["registrations"][0]["age_band"] == "60-74"
    assert [one["minutes"] for one in counted["attendances"]] == [120]
    assert [one["rating"] for one in counted["feedback"]] == [5]
    assert whole["discreet_programmes"] is None
    assert "Grace" not in answer.text
    # A secret that opens what is held is not given away with it.
    assert "access_key" not in answer.text


def test_every_moment_in_it_is_written_with_its_offset(
    services: Services, mail_server: MailServer
) -> None:
    person = services.person(services.register("Jean", email="jean@example.org"))
    services.spread()
    services.post.send()
    services.spread()
    whole = _export(services, person).json
    for service in ("registrations", "notifications", "reporting"):
        moments = list(_moments(whole[service]))
        assert moments, service
        assert all(datetime.fromisoformat(one).tzinfo for one in moments)


def _moments(held: Any) -> Iterator[str]:
    """All that the names of tables call a moment, wherever it is."""
    for name, value in held.items() if isinstance(held, dict) else enumerate(held):
        if isinstance(value, dict | list):
            yield from _moments(value)
        elif isinstance(name, str) and name.endswith("_at") and value is not None:
            yield value


def test_what_one_may_not_know_of_is_left_out_and_that_is_said_of_everyone(
    services: Services,
) -> None:
    with services.databases["registrations"].transaction() as transaction:
        transaction.add(Programme(code="budget", name="Budget", discreet=True))
    open_ = services.register("Jean", email="jean@example.org")
    discreet = services.register(
        "Jean",
        services.offer.session(programme="budget", title="Surendettement"),
        email="jean@example.org",
    )
    person = services.person(open_)
    services.spread()
    headers = services.bearer("adviser")
    answer = _export(services, person, headers=headers)
    assert answer.json["discreet_programmes"] == []
    assert discreet["id"] not in answer.text
    assert "Surendettement" not in answer.text
    assert open_["id"] in answer.text
    whole = _export(services, person, headers=services.bearer("adviser", programmes=["budget"]))
    assert whole.json["discreet_programmes"] == ["budget"]
    assert whole.text.count(discreet["id"]) >= 3


def test_a_service_that_is_away_is_said_not_left_out(services: Services) -> None:
    app = services.apps["registrations"]
    person = services.person(services.register("Jean", email="jean@example.org"))
    before = app.extensions["arceaux.peers"]
    nowhere = dict.fromkeys(services.apps, f"http://127.0.0.1:{free_port()}")
    app.extensions["arceaux.peers"] = Peers(nowhere, lambda: "")
    try:
        answer = _export(services, person)
    finally:
        app.extensions["arceaux.peers"] = before
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


def test_nobody_is_exported_who_is_not_there(services: Services) -> None:
    assert _export(services, str(uuid4())).status_code == 404


@pytest.mark.parametrize("service", ["notifications", "reporting"])
def test_what_is_held_is_told_to_registrations_alone(services: Services, service: str) -> None:
    question = {"participants": [], "registrations": []}
    client = services.apps[service].test_client()
    for asks, status in (("registrations", 200), ("reporting", 403), ("notifications", 403)):
        headers = services.bearer("service", of=asks)
        answer = client.post("/v1/held", json=question, headers=headers)
        assert answer.status_code == status
    assert (
        client.post("/v1/held", json=question, headers=services.bearer("manager")).status_code
        == 403
    )
