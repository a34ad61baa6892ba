"""Who may join what: the place's own programmes through the API, and rules as managers write them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask.testing import FlaskClient

from services.registrations.first_programme import load_first_programme
from services.registrations.models import Programme, Registration
from shared.db import Database
from tests.service.registrations.conftest import Offer, body, link, person

URL = "/v1/registrations"
Bearer = Callable[..., dict[str, str]]
Register = Callable[..., Any]
BENEFITS = {"situations": ["minimum-benefits"]}
AWAITING = {"situations": ["awaiting-rights"]}


@pytest.fixture
def register(client: FlaskClient, registrations_database: Database, bearer: Bearer) -> Register:
    """Somebody registers for a session of one of the place's programmes; an adviser does it, if ``by_adviser``."""
    with registrations_database.transaction() as transaction:
        load_first_programme(transaction)
    headers = bearer("adviser", programmes=["*"])

    def make(
        programme: str, number: int | str = 1, *, by_adviser: bool = False, **said: Any
    ) -> Any:
        listed = client.get(f"/v1/sessions?programme={programme}&open=true").json["items"]
        reason = said.pop("eligibility_reason", None)
        wanted = body(UUID(listed[0]["id"]), number, participant=person(number, **said))
        if reason:
            wanted["eligibility_reason"] = reason
        answer = client.post(URL, json=wanted, headers=headers if by_adviser else {})
        assert answer.status_code == 201, answer.json
        return answer

    return make


@pytest.fixture
def assessment(client: FlaskClient, bearer: Bearer) -> Callable[..., Any]:
    """How the rule stands for a registration, as an adviser of everything reads it."""

    def read(answer: Any, headers: Any = None) -> Any:
        headers = headers or bearer("adviser", programmes=["*"])
        return client.get(f"{URL}/{answer.json['id']}", headers=headers).json["eligibility"]

    return read


# ── the place's programmes: who may join ────────────────────────────────────────────────────────


@pytest.mark.parametrize("programme", ["ateliers", "villages-connectes", "budget"])
def test_what_is_for_everyone_is_joined_at_once(
    register: Register, assessment: Callable[..., Any], programme: str
) -> None:
    answer = register(programme)
    assert answer.json["status"] == "confirmed"
    assert assessment(answer) is None
    assert register(programme, 2, by_adviser=True).json["status"] in ("confirmed", "waitlisted")


@pytest.mark.parametrize("programme", ["unisvers", "sante"])
@pytest.mark.parametrize("said", [{}, BENEFITS])
def test_the_public_awaits_a_decision_whatever_it_declares(
    register: Register, programme: str, said: Any
) -> None:
    assert register(programme, **said).json["status"] == "pending"


@pytest.mark.parametrize(
    ("programme", "said", "status"),
    [
        ("unisvers", AWAITING, "confirmed"),
        ("unisvers", BENEFITS, "confirmed"),
        ("unisvers", {"situations": ["student"]}, "pending"),
        ("unisvers", {}, "pending"),
        ("sante", BENEFITS, "confirmed"),
        ("sante", AWAITING, "pending"),
        ("sante", {}, "pending"),
        ("sante", {"eligibility_reason": "Notification vue au guichet"}, "confirmed"),
        ("unisvers", {"eligibility_reason": "Orienté par la mission locale"}, "confirmed"),
    ],
)
def test_an_advisers_own_registration_is_decided_by_the_rule_or_by_their_reason(
    register: Register, programme: str, said: Any, status: str
) -> None:
    assert register(programme, by_adviser=True, **said).json["status"] == status


def test_members_of_an_unisvers_cohort_may_join_sante(
    register: Register, assessment: Callable[..., Any], client: FlaskClient
) -> None:
    cohort = register("unisvers", by_adviser=True, **AWAITING)
    assert register("sante", by_adviser=True).json["status"] == "confirmed"
    # Who only asked for a seat, or gave it up, is no member.
    register("unisvers", 2, **AWAITING)
    assert register("sante", 2, by_adviser=True).json["status"] == "pending"
    other = register("unisvers", 3, by_adviser=True, **AWAITING)
    client.post(link(other, "/cancel"))
    left = register("sante", 3, by_adviser=True)
    assert left.json["status"] == "pending"
    member = [way["conditions"][0] for way in assessment(left)["alternatives"]][1]
    assert (member["kind"], member["result"]) == ("member_of", "not-met")
    assert cohort.json["status"] == "confirmed"


def test_the_public_learns_nothing_of_a_cohort(register: Register, client: FlaskClient) -> None:
    register("unisvers", 1, by_adviser=True, **AWAITING)
    member, stranger = (register("sante", number) for number in (1, 2))
    assert member.json["status"] == stranger.json["status"] == "pending"
    shown, other = (client.get(link(one)).json for one in (member, stranger))
    assert shown.keys() == other.keys()
    assert not {"eligibility", "eligibility_reason", "decision", "assistance"} & shown.keys()


# ── what advisers read ──────────────────────────────────────────────────────────────────────────


def test_an_adviser_reads_what_is_declared_and_what_to_ask(
    register: Register, assessment: Callable[..., Any]
) -> None:
    found = assessment(register("sante", **BENEFITS))
    assert found["result"] == "unknown"
    assert found["says"]["fr"] == (
        "À vérifier. Déclaré, sans justificatif valable : allocataire de minima sociaux."
    )
    assert [way["result"] for way in found["alternatives"]] == ["declared", "not-met"]
    assert "UNIS’VERS" in found["alternatives"][1]["conditions"][0]["says"]["en"]


def test_what_is_declared_with_a_registration_counts_though_the_person_was_known_before(
    register: Register, assessment: Callable[..., Any]
) -> None:
    register("ateliers")
    assert assessment(register("unisvers", **BENEFITS))["alternatives"][0]["result"] == "declared"


def test_a_proof_that_is_good_today_meets_the_rule_until_it_is_withdrawn(
    register: Register, assessment: Callable[..., Any], client: FlaskClient, bearer: Bearer
) -> None:
    adviser = bearer("adviser", programmes=["*"])
    answer = register("unisvers", **BENEFITS)
    participant = client.get(f"{URL}/{answer.json['id']}", headers=adviser).json["participant_id"]
    until = datetime.now(UTC).date() + timedelta(days=90)
    proof = {
        "kind": "benefits-certificate",
        "situation": "minimum-benefits",
        "valid_until": until.isoformat(),
    }
    url = f"/v1/participants/{participant}/proofs"
    seen = client.post(url, json=proof, headers=adviser)
    assert seen.status_code == 201, seen.json
    found = assessment(answer)
    assert found["result"] == "met"
    assert f"jusqu'au {until:%d/%m/%Y}" in found["says"]["fr"]
    # The person need not say it again.
    assert register("sante", by_adviser=True).json["status"] == "confirmed"
    client.post(f"{url}/{seen.json['id']}/withdraw", headers=adviser)
    assert assessment(answer)["result"] == "unknown"


def test_the_list_of_pending_ones_says_how_the_rule_stands_in_as_many_queries_for_one_as_for_many(
    register: Register, client: FlaskClient, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    adviser = bearer("adviser", programmes=["*"])
    executed: list[str] = []
    execute = psycopg.Cursor.execute

    def counted(cursor: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        executed.append(str(query))
        return execute(cursor, query, *arguments, **options)

    def listed() -> list[Any]:
        executed.clear()
        with monkeypatch.context() as counting:
            counting.setattr(psycopg.Cursor, "execute", counted)
            items: list[Any] = client.get(f"{URL}?status=pending", headers=adviser).json["items"]
        return items

    register("sante", 0, **BENEFITS)
    assert len(listed()) == 1
    for_one = len(executed)
    for number in range(1, 6):
        register("sante", number, **BENEFITS)
        register("unisvers", f"other{number}")
    items = listed()
    assert len(executed) == for_one
    assert len(items) == 11
    found = {item["eligibility"]["alternatives"][0]["result"] for item in items}
    assert found == {"declared", "unknown"}


def test_a_confirmed_registration_is_listed_without_an_assessment(
    register: Register, client: FlaskClient, bearer: Bearer
) -> None:
    register("unisvers", by_adviser=True, **BENEFITS)
    [item] = client.get(URL, headers=bearer("adviser")).json["items"]
    assert "eligibility" not in item


def test_facilitators_do_not_read_how_a_rule_stands(
    register: Register, client: FlaskClient, bearer: Bearer
) -> None:
    answer = register("unisvers", **BENEFITS)
    theirs = bearer("facilitator", organisation="ccas")
    shown = client.get(f"{URL}/{answer.json['id']}", headers=theirs).json
    assert not {"eligibility", "eligibility_reason", "decision"} & shown.keys()
    [item] = client.get(f"{URL}?status=pending", headers=theirs).json["items"]
    assert "eligibility" not in item


def test_a_seat_in_a_discreet_programme_is_not_known_to_whoever_does_not_advise_it(
    register: Register,
    assessment: Callable[..., Any],
    client: FlaskClient,
    bearer: Bearer,
    registrations_database: Database,
) -> None:
    with registrations_database.transaction() as transaction:
        ateliers = transaction.get_one(Programme, "ateliers")
        ateliers.eligibility = [{"member_of": "sante"}]
    register("sante", 1, by_adviser=True, **BENEFITS)
    asked = register("ateliers", 1)
    listed = client.get("/v1/sessions?programme=ateliers&open=true").json["items"]
    sessions = [UUID(one["id"]) for one in listed if one["id"] != asked.json["session"]["id"]]

    def tried(headers: Any) -> tuple[str, str]:
        """How the rule stands to this adviser, and what becomes of the member when they register them."""
        status = client.post(URL, json=body(sessions.pop(), 1), headers=headers).json["status"]
        return assessment(asked, headers)["result"], status

    for headers in (bearer("adviser"), bearer("adviser", programmes=["budget"]), bearer("manager")):
        assert tried(headers) == ("unknown", "pending")
    assert tried(bearer("adviser", programmes=["sante"])) == ("met", "confirmed")


def test_the_reason_is_on_record_for_advisers_and_so_is_that_of_a_decision(
    register: Register, client: FlaskClient, bearer: Bearer
) -> None:
    adviser = bearer("adviser", programmes=["*"])
    stated = register("sante", 1, by_adviser=True, eligibility_reason="Notification vue")
    shown = client.get(f"{URL}/{stated.json['id']}", headers=adviser).json
    assert (shown["eligibility_reason"], shown["decision"]) == ("Notification vue", None)
    pending = register("sante", 2)
    url = f"{URL}/{pending.json['id']}/confirm"
    decided = client.post(url, json={"reason": "Vu avec Mme Roux"}, headers=adviser).json
    assert decided["decision"] == {"by": "test:someone", "reason": None, "note": "Vu avec Mme Roux"}


@pytest.mark.parametrize("companions", [[], [{"given_name": "Byron", "family_name": "King"}]])
def test_an_advisers_retried_request_is_answered_as_at_first_whatever_was_learnt_since(
    client: FlaskClient, offer: Offer, bearer: Bearer, companions: list[Any]
) -> None:
    session = offer.session(programme="unisvers", organisation="ccas")
    headers = {**bearer("adviser"), "Idempotency-Key": "once"}
    wanted = body(session, companions=companions)
    first = client.post(URL, json=wanted, headers=headers)
    assert first.json["status"] == "pending"
    everyone = {"eligibility": []}
    client.patch("/v1/programmes/unisvers", json=everyone, headers=bearer("manager"))
    again = client.post(URL, json=wanted, headers=headers)
    assert (again.status_code, again.json["id"]) == (201, first.json["id"])
    assert again.json["status"] == "pending"


def test_only_staff_may_state_a_reason_and_a_facilitators_decides_nothing(
    client: FlaskClient, offer: Offer, bearer: Bearer, registrations_database: Database
) -> None:
    session = offer.session(programme="unisvers", organisation="repair-cafe")
    wanted = body(session, eligibility_reason="parce que")
    assert client.post(URL, json=wanted).status_code == 403
    theirs = bearer("facilitator", organisation="repair-cafe")
    answer = client.post(URL, json=wanted, headers=theirs)
    assert (answer.status_code, answer.json["status"]) == (201, "pending")
    with registrations_database.transaction() as transaction:
        row = transaction.get_one(Registration, UUID(answer.json["id"]))
    assert row.eligibility_reason == "parce que"


# ── households ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "said", "status"),
    [
        ([{"postcodes": ["34070"]}], {"postcode": "34070"}, "confirmed"),
        ([{"postcodes": ["34070"]}], {"postcode": "34000"}, "pending"),
        ([{"age": {"max": 25}}], {"birth_year": 2010}, "pending"),
        ([{"age": {"max": 99}}], {"birth_year": 2010}, "confirmed"),
        ([{"situations": ["minimum-benefits"]}], BENEFITS, "pending"),
    ],
    ids=["one district", "another", "a parent too old", "both of age", "declared by one of them"],
)
def test_a_household_joins_at_once_if_each_of_it_meets_the_rule(
    *,
    client: FlaskClient,
    offer: Offer,
    bearer: Bearer,
    registrations_database: Database,
    rule: Any,
    said: Any,
    status: str,
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.get_one(Programme, "unisvers").eligibility = rule
    session = offer.session(programme="unisvers", organisation="ccas")
    family = body(
        session,
        participant=person(**said),
        companions=[{"given_name": "Byron", "family_name": "King", "birth_year": 1980}],
    )
    assert client.post(URL, json=family).json["status"] == "pending"
    family["participant"]["email"] = "another@example.org"
    decided = client.post(URL, json=family, headers=bearer("adviser")).json
    assert [one["status"] for one in decided["registrations"]] == [status] * 2
    family["participant"]["email"] = "third@example.org"
    family["eligibility_reason"] = "Vue au guichet"
    stated = client.post(URL, json=family, headers=bearer("adviser")).json
    assert [one["status"] for one in stated["registrations"]] == ["confirmed"] * 2


# ── the cost ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", [None, "facilitator", "adviser"])
def test_where_there_is_no_rule_registering_stays_one_statement_for_everyone(
    *,
    client: FlaskClient,
    offer: Offer,
    bearer: Bearer,
    monkeypatch: pytest.MonkeyPatch,
    role: str | None,
) -> None:
    session = offer.session()
    headers = bearer(role, organisation="repair-cafe") if role else {}
    client.post(URL, json=body(session, 1), headers=headers)
    executed: list[bool] = []
    execute = psycopg.Cursor.execute

    def counted(cursor: Any, *arguments: Any, **options: Any) -> Any:
        executed.append(cursor.connection.autocommit)
        return execute(cursor, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    answer = client.post(URL, json=body(session, 2), headers=headers)
    assert (answer.status_code, executed) == (201, [True])


# ── rules as managers write them ────────────────────────────────────────────────────────────────


def test_a_programme_tells_its_rule_and_the_situations_in_it(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    rule = [
        {"situations": ["minimum-benefits"], "age": {"min": 18}},
        {"member_of": "unisvers"},
        {"postcodes": ["34070"]},
    ]
    sent = {"code": "sante", "name": "Santé", "eligibility": rule}
    made = client.post("/v1/programmes", json=sent, headers=bearer("manager"))
    assert (made.status_code, made.json["eligibility"]) == (201, rule)
    listed = {one["code"]: one for one in client.get("/v1/programmes").json["items"]}
    assert listed["sante"]["eligibility"] == rule
    assert listed["sante"]["situations"] == ["minimum-benefits"]
    assert listed["ateliers"]["eligibility"] == listed["ateliers"]["situations"] == []
    emptied = {"eligibility": []}
    changed = client.patch("/v1/programmes/sante", json=emptied, headers=bearer("manager"))
    assert changed.json["eligibility"] == []


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ([{"member_of": "nowhere"}], "eligibility.0.member_of"),
        ([{"postcodes": ["34070"]}, {"member_of": "unisvers"}], "eligibility.1.member_of"),
        ([{}], "eligibility.0"),
        ([{"age": {"min": 30, "max": 20}}], "eligibility.0.age.max"),
        ([{"age": {}}], "eligibility.0.age"),
        ([{"age": {"min": -1}}], "eligibility.0.age.min"),
        ([{"age": {"min": "x"}}], "eligibility.0.age.min"),
        ([{"situations": []}], "eligibility.0.situations"),
        ([{"situations": ["Minima sociaux"]}], "eligibility.0.situations.0"),
        ([{"postcodes": ["\x00"]}], "eligibility.0.postcodes.0"),
        ([{"income": 1000}], "eligibility.0.income"),
        ([7], "eligibility.0"),
        ({"situations": ["x"]}, "eligibility"),
        (None, "eligibility"),
        ([{"postcodes": ["34070"]}] * 21, "eligibility"),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_rule_that_cannot_be_is_refused_naming_the_field(
    *, client: FlaskClient, offer: Offer, bearer: Bearer, rule: Any, field: str, language: str
) -> None:
    headers = {**bearer("manager"), "Accept-Language": language}
    before = client.get("/v1/programmes").json
    changed = client.patch("/v1/programmes/unisvers", json={"eligibility": rule}, headers=headers)
    assert (changed.status_code, list(changed.json["errors"])) == (422, [field])
    if field != "eligibility.1.member_of":
        sent = {"code": "new", "name": "New", "eligibility": rule}
        made = client.post("/v1/programmes", json=sent, headers=headers)
        assert (made.status_code, list(made.json["errors"])) == (422, [field])
    assert client.get("/v1/programmes").json == before


def test_an_imported_programme_whose_rule_leads_nowhere_is_refused_by_line(
    client: FlaskClient, bearer: Bearer
) -> None:
    document = {
        "format": "arceaux-programme",
        "version": 1,
        "name": "essai",
        "programmes": [
            {"code": "a", "name": "A", "eligibility": [{"member_of": "b"}]},
            {"code": "b", "name": "B", "eligibility": [{"member_of": "nowhere"}]},
            {"code": "c", "name": "C", "eligibility": [{"member_of": "d"}]},
            {"code": "d", "name": "D", "eligibility": [{"age": {"min": 9, "max": 8}}]},
            {"code": "e", "name": "E", "eligibility": [{"member_of": "f"}]},
            {"code": "f", "name": "F", "eligibility": []},
        ],
    }
    answer = client.post("/v1/imports", json=document, headers=bearer("manager"))
    assert answer.status_code == 200, answer.json
    fields = sorted(error["field"] for error in answer.json["errors"])
    assert fields == ["eligibility", "eligibility", "eligibility", "eligibility.0.age.max"]
    kept = {one["code"] for one in client.get("/v1/programmes").json["items"]}
    assert kept == {"e", "f"}
