"""People who have neither e-mail nor phone: registered with somebody's help, and reached by letter."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from services.registrations.models import Participant
from shared.db import Database
from shared.events.short_codes import short_code
from tests.service.registrations.conftest import Offer, body, link, told

URL = "/v1/registrations"
Bearer = Callable[..., dict[str, str]]


def test_assisted_registration_of_someone_without_contact_found_again_and_cancelled_by_the_short_code_of_their_letter(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    # Mme Roux, adviser, has an account; she signs in.
    invited = client.post(
        "/v1/staff",
        json={"email": "roux@ccas.example.org", "name": "Mme Roux", "role": "adviser"},
        headers=bearer("manager"),
    ).json
    invitation = invited["invitation_url"].removeprefix("http://arceaux.test")
    signed_in = client.post(invitation, json={"password": "quarante-deux girafes bleues"})
    assert signed_in.status_code == 200, signed_in.json
    adviser = {"Authorization": f"Bearer {signed_in.json['access_token']}"}

    # Fatima has no e-mail and no phone, and asked a neighbour to say that she would like to come.
    session = offer.session(capacity=1)
    fatima = {
        "given_name": "Fatima",
        "family_name": "Benali",
        "language": "ar",
        "birth_year": 1958,
        "postcode": "34070",
    }
    wanted = {
        "session_id": str(session),
        "participant": fatima,
        "consents": {"statistics": True, "contact": True},
        "needs": "lit peu le français",
        "source": "desk",
        "assisted_by": {"agreement": "oral"},
    }
    assert client.post(URL, json={**wanted, "assisted_by": None}).status_code == 422
    answer = client.post(URL, json=wanted, headers=adviser)
    assert (answer.status_code, answer.json["status"]) == (201, "confirmed")
    next_in_line = client.post(URL, json=body(session, "next"))
    assert next_in_line.json["status"] == "waitlisted"

    # All that was said is kept, in her language too.
    with registrations_database.transaction() as transaction:
        kept = transaction.query(Participant).filter_by(given_name="Fatima").one()
        assert {name: getattr(kept, name) for name in fatima} == fatima
        assert (kept.email, kept.phone, kept.contact_consent) == (None, None, True)

    # Her letter bears a code that notifications derives from what it was told.
    contact = told(registrations_database, "participant.contact_changed")[0].data
    assert (contact["given_name"], contact["language"]) == ("Fatima", "ar")
    letter = short_code(contact["access_key"], UUID(answer.json["id"]))

    # A week later her son types it on the kiosk, as it comes; he sees the registration, and not who helped.
    found = client.get(f"{URL}/by-code/{letter.lower().replace('-', ' ').replace('0', 'o')}")
    assert (found.status_code, found.json["status"]) == (200, "confirmed")
    assert found.json["given_name"] == "Fatima"
    assert not {"assistance", "eligibility_reason", "decision"} & found.json.keys()

    # She cannot come: by the link that the code gave, the seat goes to the next in line.
    assert client.post(link(found, "/cancel")).json["status"] == "cancelled"
    assert client.get(link(next_in_line)).json["status"] == "confirmed"

    # At the desk, the code on her letter finds her again, and says who helped and how she agreed.
    seen = client.get(f"{URL}/by-code/{letter}", headers=adviser).json
    assert seen["status"] == "cancelled"
    assert seen["assistance"] == {
        "by": invited["staff"]["subject"],
        "name": "Mme Roux",
        "agreement": "oral",
    }
    assert seen["needs"] == "lit peu le français"


@pytest.mark.parametrize("agreement", ["oral", "written", "mandate"])
def test_staff_see_who_helped_and_how_the_person_agreed_and_the_person_does_not(
    client: FlaskClient, offer: Offer, bearer: Bearer, agreement: str
) -> None:
    theirs = bearer("facilitator", organisation="repair-cafe")
    wanted = body(offer.session(), assisted_by={"agreement": agreement})
    answer = client.post(URL, json=wanted, headers=theirs)
    for headers in (theirs, bearer("adviser"), bearer("manager")):
        shown = client.get(f"{URL}/{answer.json['id']}", headers=headers).json
        assert shown["assistance"] == {"by": "test:someone", "name": None, "agreement": agreement}
        [item] = client.get(URL, headers=headers).json["items"]
        assert (item["registered_by"], item["agreement"]) == ("test:someone", agreement)
    assert "assistance" not in client.get(link(answer)).json


def test_whoever_registers_alone_was_helped_by_nobody(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    answer = client.post(URL, json=body(offer.session()))
    shown = client.get(f"{URL}/{answer.json['id']}", headers=bearer("adviser")).json
    assert shown["assistance"] is None


def test_at_the_desk_the_person_who_is_there_agrees_for_themselves(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    answer = client.post(URL, json=body(offer.session()), headers=bearer("adviser"))
    shown = client.get(f"{URL}/{answer.json['id']}", headers=bearer("adviser")).json
    assert shown["assistance"] == {"by": "test:someone", "name": None, "agreement": None}


@pytest.mark.parametrize(
    ("assisted_by", "field"),
    [
        ({"agreement": "silence"}, "assisted_by.agreement"),
        ({}, "assisted_by.agreement"),
        ({"agreement": None}, "assisted_by.agreement"),
        ("oral", "assisted_by"),
    ],
)
def test_an_agreement_that_is_none_is_refused_naming_the_field(
    *, client: FlaskClient, offer: Offer, bearer: Bearer, assisted_by: Any, field: str
) -> None:
    wanted = body(offer.session(), assisted_by=assisted_by)
    refused = client.post(URL, json=wanted, headers=bearer("adviser"))
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


def test_the_public_helps_nobody_officially(client: FlaskClient, offer: Offer) -> None:
    wanted = body(offer.session(), assisted_by={"agreement": "oral"})
    assert client.post(URL, json=wanted).status_code == 403


# ── somebody found before ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def nour(client: FlaskClient, offer: Offer, bearer: Bearer) -> str:
    """The id of somebody without contact, who has a seat in a cohort."""
    wanted = {
        "session_id": str(offer.session(programme="unisvers", organisation="ccas")),
        "participant": {
            "given_name": "Nour",
            "family_name": "Haddad",
            "birth_year": 1990,
            "postcode": "34070",
            "situations": ["awaiting-rights"],
        },
        "consents": {"statistics": True},
        "assisted_by": {"agreement": "written"},
    }
    answer = client.post(URL, json=wanted, headers=bearer("adviser")).json
    assert answer["status"] == "confirmed"
    found = client.get(f"{URL}/by-code/{answer['short_code']}", headers=bearer("adviser")).json
    participant: str = found["participant_id"]
    return participant


def _again(session: UUID, participant: str, **more: Any) -> dict[str, Any]:
    return {"session_id": str(session), "participant_id": participant, **more}


def test_whoever_has_no_contact_stays_one_person_when_staff_found_them_before(
    client: FlaskClient,
    offer: Offer,
    bearer: Bearer,
    nour: str,
    registrations_database: Database,
) -> None:
    session, adviser = offer.session(), bearer("adviser")
    answer = client.post(URL, json=_again(session, nour), headers=adviser)
    assert (answer.status_code, answer.json["status"]) == (201, "confirmed")
    shown = client.get(link(answer)).json
    assert (shown["participant_id"], shown["given_name"]) == (nour, "Nour")
    # Statistics are told what is on record, as agreed then; notifications nothing new.
    fact = told(registrations_database, "registration.confirmed")[-1]
    assert fact.data["participant_id"] == nour
    assert fact.data["person"]["district"] == "34070"
    assert len(told(registrations_database, "participant.contact_changed")) == 1
    second = client.post(URL, json=_again(session, nour), headers=adviser)
    assert (second.status_code, second.json["type"]) == (
        409,
        "urn:arceaux:problem:already-registered",
    )
    retried = {**adviser, "Idempotency-Key": "again"}
    third = offer.session()
    ids = {client.post(URL, json=_again(third, nour), headers=retried).json["id"] for _ in range(2)}
    assert len(ids) == 1


@pytest.mark.parametrize("companions", [[], [{"given_name": "Sami", "family_name": "Haddad"}]])
def test_the_cohort_of_somebody_without_contact_counts(
    *,
    client: FlaskClient,
    offer: Offer,
    bearer: Bearer,
    nour: str,
    registrations_database: Database,
    companions: list[Any],
) -> None:
    rule = {"eligibility": [{"member_of": "unisvers"}]}
    client.patch("/v1/programmes/ateliers", json=rule, headers=bearer("manager"))
    wanted = _again(offer.session(), nour, companions=companions)
    answer = client.post(URL, json=wanted, headers=bearer("adviser")).json
    # The companion is in no cohort: the household waits together.
    assert answer["status"] == ("pending" if companions else "confirmed")
    stated = {**_again(offer.session(), nour, companions=companions), "eligibility_reason": "vu"}
    answer = client.post(URL, json=stated, headers=bearer("adviser")).json
    assert answer["status"] == "confirmed"
    with registrations_database.transaction() as transaction:
        named = transaction.query(Participant).filter_by(given_name="Nour").all()
    assert [str(one.id) for one in named] == [nour]


def test_what_is_on_record_is_nobodys_word_for_it(
    client: FlaskClient, offer: Offer, bearer: Bearer, nour: str
) -> None:
    other = offer.session(programme="unisvers", organisation="ccas")
    answer = client.post(URL, json=_again(other, nour), headers=bearer("adviser"))
    assert answer.json["status"] == "pending"


def test_who_may_not_know_of_somebody_cannot_register_them(
    client: FlaskClient, offer: Offer, bearer: Bearer, nour: str
) -> None:
    session = offer.session()
    stranger = bearer("facilitator", organisation="repair-cafe")
    refused = client.post(URL, json=_again(session, nour), headers=stranger)
    unknown = client.post(URL, json=_again(session, str(session)), headers=stranger)
    assert refused.status_code == unknown.status_code == 422
    assert refused.json["errors"] == unknown.json["errors"]
    assert list(refused.json["errors"]) == ["participant_id"]
    for someone in (nour, str(session)):
        assert client.post(URL, json=_again(session, someone)).status_code == 403


def test_a_request_is_about_one_person(
    client: FlaskClient, offer: Offer, bearer: Bearer, nour: str
) -> None:
    session, adviser = offer.session(), bearer("adviser")
    both = client.post(URL, json={**body(session), "participant_id": nour}, headers=adviser)
    assert list(both.json["errors"]) == ["participant_id"]
    for headers in ({}, adviser):
        neither = client.post(URL, json={"session_id": str(session)}, headers=headers)
        assert list(neither.json["errors"]) == ["participant"]
        none = {"session_id": str(session), "participant": None}
        assert list(client.post(URL, json=none, headers=headers).json["errors"]) == ["participant"]
