"""People found again however they are typed, seen by those who may, and corrected."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from services.registrations.models import Participant, Programme
from services.registrations.operations.people.search import Wanted, read_query
from shared.db import Database
from shared.migrations import migrate
from tests.service.registrations.conftest import Offer, body, link, told

Bearer = Callable[..., dict[str, str]]
Enrol = Callable[..., str]


@pytest.fixture
def enrol(client: FlaskClient, offer: Offer, bearer: Bearer) -> Enrol:
    """Register someone for a session of their own; returns the participant's id."""

    def register(given: str, family: str, *, session: UUID | None = None, **fields: Any) -> str:
        who = {"given_name": given, "family_name": family, **fields}
        sent = {"session_id": str(session or offer.session()), "participant": who}
        answer = client.post("/v1/registrations", json=sent, headers=bearer("adviser"))
        assert answer.status_code == 201, answer.json
        found = client.get(
            f"/v1/registrations/{answer.json['id']}", headers=bearer("adviser", programmes=["*"])
        )
        participant_id: str = found.json["participant_id"]
        return participant_id

    return register


@pytest.fixture
def names(client: FlaskClient, bearer: Bearer) -> Callable[..., list[str]]:
    """The names found for a query, the likeliest first."""

    def search(q: str, headers: Any = None, **query: Any) -> list[str]:
        answer = client.get(
            "/v1/participants",
            query_string={"q": q, **query},
            headers=headers or bearer("adviser"),
        )
        assert answer.status_code == 200, answer.json
        return [f"{item['given_name']} {item['family_name']}" for item in answer.json["items"]]

    return search


@pytest.mark.parametrize(
    "typed",
    [
        "Hélène Dupont",
        "helene dupont",
        "DUPONT Helene",
        "dupont",
        "Dupnot",
        "Duppont Hélen",
        "Helen Dupond",
        "Tupont",
        "dupon",
        "helene.dupont@example.org",
        "HELENE.DUPONT@example.org",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "0612345678",
        "+33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "0033612345678",
        "06-12-34-56-78",
        "Dupont 06 12 34 56 78",
        "dupont 1957",
        "1957",
    ],
)
def test_a_person_is_found_however_they_are_typed(
    enrol: Enrol, names: Callable[..., list[str]], typed: str
) -> None:
    enrol(
        "Hélène",
        "Dupont",
        email="helene.dupont@example.org",
        phone="0612345678",
        birth_year=1957,
    )
    enrol("Karim", "Benali", email="karim@example.org", phone="0712345678", birth_year=1990)
    enrol("Zoé", "Marchal-Wozniak", phone="0467000000")
    assert names(typed) == ["Hélène Dupont"]


def test_names_in_other_letters_are_found_too(
    enrol: Enrol, names: Callable[..., list[str]]
) -> None:
    enrol("محمد", "الحسن", phone="0612345678")
    enrol("Иван", "Петров", phone="0612345679")
    assert names("محمد") == ["محمد الحسن"]
    assert names("ПЕТРОВ") == ["Иван Петров"]


def test_all_that_is_asked_holds_together_and_what_is_none_finds_nobody(
    enrol: Enrol, names: Callable[..., list[str]]
) -> None:
    enrol("Jean", "Dupont", email="a@example.org", birth_year=1960)
    enrol("Jean", "Dupont", email="b@example.org", birth_year=1985)
    assert names("dupont jean 1985 b@example.org") == ["Jean Dupont"]
    assert names("dupont 1970") == []
    assert names("??") == []
    assert names("00 00 00 00 00 00 00 00 00 00 00") == []
    assert read_query("?!") == Wanted()


def test_the_likeliest_come_first_page_by_page(
    client: FlaskClient, enrol: Enrol, bearer: Bearer, names: Callable[..., list[str]]
) -> None:
    for family in ("Martinez", "Martin", "Martineau", "Martin", "Martel"):
        enrol("Anne", family, phone="0612345678", birth_year=None if family != "Martin" else 1950)
        enrol("Paul", family, email=f"{uuid4().hex}@example.org")
    everyone = names("martin", limit=500)
    families = [name.rpartition(" ")[2] for name in everyone]
    # Whose name begins as was typed come before who bears one like it.
    assert families[0] == "Martin"
    assert families[-2:] == ["Martel", "Martel"]
    assert len(families) == 9
    paged, cursor = [], None
    while True:
        query = {"q": "martin", "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get("/v1/participants", query_string=query, headers=bearer("adviser")).json
        paged += [f"{item['given_name']} {item['family_name']}" for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert paged == everyone
    likeness = [item["likeness"] for item in page["items"]]
    assert likeness == sorted(likeness, reverse=True)


def test_who_bears_the_name_as_typed_comes_before_who_bears_one_like_it(
    enrol: Enrol, names: Callable[..., list[str]]
) -> None:
    # Of these the last is more like what is typed, letter by letter, than a long name that begins so.
    for number, (given, family) in enumerate(
        [("Maximilienne-Alexandrine", "Martin"), ("Jo", "Martineau"), ("Jo", "Marttin")]
    ):
        enrol(given, family, phone=f"061234567{number}")
    assert names("martin")[2] == "Jo Marttin"
    assert names("jo martin") == ["Jo Martineau", "Jo Marttin"]
    assert names("saint") == []


def test_every_word_typed_has_to_be_met(enrol: Enrol, names: Callable[..., list[str]]) -> None:
    enrol("Jean", "Faure", phone="0612345671")
    enrol("Jean-Pierre", "O'Brien", phone="0612345672")
    enrol("Nguyễn", "Thị Hạnh", phone="0612345673")
    assert names("jean zola") == []
    assert names("pierre obrien") == names("brien jean") == ["Jean-Pierre O'Brien"]
    assert names("hanh nguyen") == ["Nguyễn Thị Hạnh"]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJuYW4iLCAieCJd", "WyIxZTk5OTk5OTk5IiwgIngiXQ"])
def test_a_cursor_of_ones_own_making_is_refused(
    client: FlaskClient, offer: Offer, bearer: Bearer, cursor: str
) -> None:
    query = {"q": "martin", "cursor": cursor}
    answer = client.get("/v1/participants", query_string=query, headers=bearer("adviser"))
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["cursor"])


def test_people_are_found_by_those_who_may_know_of_them(
    *,
    client: FlaskClient,
    offer: Offer,
    enrol: Enrol,
    names: Callable[..., list[str]],
    registrations_database: Database,
    bearer: Bearer,
) -> None:
    with registrations_database.transaction() as transaction:
        transaction.add(Programme(code="budget", name="Budget", discreet=True))
    enrol("Rose", "Atelier", phone="0612345671")
    discreet = enrol(
        "Rose",
        "Discrete",
        phone="0612345672",
        session=offer.session(programme="budget", organisation="ccas"),
    )
    whole = ["Rose Atelier", "Rose Discrete"]
    assert sorted(names("rose", bearer("adviser", programmes=["*"]))) == whole
    assert sorted(names("rose", bearer("adviser", programmes=["budget"]))) == whole
    assert names("rose", bearer("adviser")) == ["Rose Atelier"]
    assert names("rose", bearer("manager")) == ["Rose Atelier"]
    assert names("0612345672", bearer("adviser", programmes=["sante"])) == []
    assert names("rose", bearer("facilitator", organisation="repair-cafe")) == ["Rose Atelier"]
    assert names("rose", bearer("facilitator", organisation="ccas")) == []
    for headers in (bearer("adviser"), bearer("facilitator", organisation="ccas")):
        answer = client.get(f"/v1/participants/{discreet}", headers=headers)
        nobody = client.get(f"/v1/participants/{uuid4()}", headers=headers)
        assert answer.status_code == nobody.status_code == 404
        assert answer.json["type"] == nobody.json["type"]


def test_a_facilitator_sees_how_to_reach_a_person_and_no_more(
    client: FlaskClient, enrol: Enrol, bearer: Bearer
) -> None:
    person_id = enrol(
        "Ada",
        "Lovelace",
        phone="0612345678",
        birth_year=1980,
        postcode="34070",
        situations=["minimum-benefits"],
    )
    url = f"/v1/participants/{person_id}"
    theirs = client.get(url, headers=bearer("facilitator", organisation="repair-cafe")).json
    assert theirs == {
        "id": person_id,
        "given_name": "Ada",
        "family_name": "Lovelace",
        "email": None,
        "phone": "+33612345678",
        "language": "fr",
    }
    whole = client.get(url, headers=bearer("adviser")).json
    assert whole["situations"] == ["minimum-benefits"]
    assert (whole["birth_year"], whole["postcode"], whole["merges"]) == (1980, "34070", [])
    assert whole["consents"] == {"statistics": False, "contact": False}


def test_a_change_of_contact_is_told_and_another_is_not(
    client: FlaskClient, enrol: Enrol, bearer: Bearer, registrations_database: Database
) -> None:
    person_id = enrol("Ada", "Lovelace", email="old@example.org")
    url, adviser = f"/v1/participants/{person_id}", bearer("adviser")

    def contacts() -> list[Any]:
        return [row.data for row in told(registrations_database, "participant.contact_changed")]

    quiet = {"postcode": "34000", "birth_year": 1980, "consents": {"statistics": True}}
    answer = client.patch(url, json=quiet, headers=adviser)
    assert answer.status_code == 200, answer.json
    assert answer.json["consents"] == {"statistics": True, "contact": False}
    assert len(contacts()) == 1
    answer = client.patch(
        url, json={"email": "New@example.org", "phone": "06 12 34 56 78"}, headers=adviser
    )
    assert (answer.json["email"], answer.json["phone"]) == ("new@example.org", "+33612345678")
    assert len(contacts()) == 2
    assert contacts()[1]["email"] == "new@example.org"
    assert contacts()[1]["access_key"] == contacts()[0]["access_key"]
    client.patch(url, json={"family_name": "King"}, headers=adviser)
    assert contacts()[2]["family_name"] == "King"
    assert not contacts()[2]["contact_consent"]
    client.patch(url, json={"consents": {"contact": True}}, headers=adviser)
    assert contacts()[3]["contact_consent"]


def test_a_person_whose_name_was_corrected_is_known_by_it(
    client: FlaskClient, offer: Offer, enrol: Enrol, bearer: Bearer
) -> None:
    session = offer.session()
    person_id = enrol("Ada", "Lovelase", email="ada@example.org", session=session)
    url = f"/v1/participants/{person_id}"
    client.patch(url, json={"family_name": "Lovelace"}, headers=bearer("adviser"))
    who = {"given_name": "ADA", "family_name": "lovelace", "email": "ada@example.org"}
    again = client.post("/v1/registrations", json={"session_id": str(session), "participant": who})
    assert again.json["type"].endswith("already-registered")


def test_two_records_do_not_get_the_same_name_and_contact(
    client: FlaskClient, enrol: Enrol, bearer: Bearer
) -> None:
    enrol("Ada", "Lovelace", email="ada@example.org")
    other = enrol("Ada", "Lovelace", phone="0612345678")
    answer = client.patch(
        f"/v1/participants/{other}", json={"email": "ada@example.org"}, headers=bearer("adviser")
    )
    assert (answer.status_code, answer.json["type"]) == (
        409,
        "urn:arceaux:problem:same-name-and-contact",
    )


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"given_name": ""}, "given_name"),
        ({"email": "x"}, "email"),
        ({"phone": "abc"}, "phone"),
        ({"birth_year": 3000}, "birth_year"),
        ({"consents": {"statistics": "perhaps"}}, "consents.statistics"),
        ({"access_key": "mine"}, "access_key"),
    ],
)
def test_what_a_person_cannot_have_is_refused_by_its_name(
    client: FlaskClient, enrol: Enrol, bearer: Bearer, sent: Any, field: str
) -> None:
    person_id = enrol("Ada", "Lovelace", email="ada@example.org")
    answer = client.patch(f"/v1/participants/{person_id}", json=sent, headers=bearer("adviser"))
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_the_link_of_a_person_still_opens_after_a_change(
    client: FlaskClient, offer: Offer, bearer: Bearer
) -> None:
    answer = client.post("/v1/registrations", json=body(offer.session()))
    shown = client.get(link(answer))
    url = f"/v1/participants/{shown.json['participant_id']}"
    client.patch(url, json={"email": "new@example.org"}, headers=bearer("adviser"))
    assert client.get(link(answer)).status_code == 200


def test_a_search_among_many_uses_its_index(offer: Offer, registrations_database: Database) -> None:
    """The plan of the conditions that the search makes, among enough people that reading all would cost more."""
    with registrations_database.transaction() as transaction:
        transaction.execute(
            text("""
            INSERT INTO participant (id, given_name, family_name, name_key, email, access_key, birth_year)
            SELECT gen_random_uuid(), 'x', 'x', md5(n::text) || '|' || md5((n + 7)::text),
                n || '@example.org', '', 1930 + n % 80
            FROM generate_series(1, 30000) AS n
        """)
        )
        transaction.execute(text("SELECT gin_clean_pending_list('participant_search')"))
        transaction.execute(text("ANALYZE participant"))
        for condition, index in (
            ("'dupont' <% name_key AND 'jean' <% name_key", "participant_search"),
            ("name_key ~ '(^|[ |])dupont' AND name_key ~ '(^|[ |])jean'", "participant_search"),
            ("birth_year = 1957 AND name_key % 'dupont'", "participant_search"),
            ("email = 'x@example.org'", "participant_by_email"),
            ("phone = '+33612345678'", "participant_by_phone"),
        ):
            plan = transaction.execute(
                text(f"EXPLAIN SELECT id FROM participant WHERE {condition}")
            )
            assert index in "\n".join(plan.scalars()), condition


def test_the_services_own_role_may_migrate_though_it_is_no_superuser(postgres_url: str) -> None:
    """The extensions that searching needs are trusted: whoever owns the database may have them."""
    name = f"plain_{uuid4().hex[:12]}"
    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER PASSWORD '{name}'")  # type: ignore[call-overload]
        admin.execute(f"CREATE DATABASE {name} OWNER {name}")  # type: ignore[call-overload]
    try:
        server = postgres_url.rpartition("@")[2]
        url = f"postgresql://{name}:{name}@{server}/{name}"
        migrate("registrations", url)
        with psycopg.connect(url) as database:
            found = database.execute("SELECT extname FROM pg_extension").fetchall()
        assert {("pg_trgm",), ("btree_gin",)} <= set(found)
    finally:
        with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]
            admin.execute(f"DROP ROLE {name}")  # type: ignore[call-overload]


def test_who_is_erased_or_merged_has_no_record_of_their_own(
    offer: Offer, enrol: Enrol, names: Callable[..., list[str]], registrations_database: Database
) -> None:
    kept, gone = enrol("Ada", "Un", phone="0612345678"), enrol("Ada", "Deux", phone="0612345679")
    with registrations_database.transaction() as transaction:
        transaction.get_one(Participant, UUID(gone)).merged_into = UUID(kept)
    assert names("ada deux") == names("0612345679") == ["Ada Un"]
