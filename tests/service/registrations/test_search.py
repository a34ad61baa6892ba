"""Names found again among others like them, and page by page where many bear one."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from services.registrations.domain import name_key
from services.registrations.models import Participant
from shared.db import Database
from tests.service.registrations.conftest import Offer

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def known(offer: Offer, registrations_database: Database) -> Callable[..., None]:
    """Have people on record, by given name and family name."""

    def keep(*people: tuple[str, str]) -> None:
        with registrations_database.transaction() as transaction:
            transaction.add_all(
                Participant(
                    given_name=given,
                    family_name=family,
                    name_key=name_key(given, family),
                    access_key="",
                )
                for given, family in people
            )

    return keep


@pytest.fixture
def pages(client: FlaskClient, bearer: Bearer) -> Callable[..., list[list[dict[str, str]]]]:
    """Every page of what is found for a query."""

    def follow(q: str, limit: int = 50) -> list[list[dict[str, str]]]:
        found, query = [], {"q": q, "limit": str(limit)}
        while True:
            answer = client.get("/v1/participants", query_string=query, headers=bearer("adviser"))
            assert answer.status_code == 200, answer.json
            found.append(answer.json["items"])
            if answer.json["next"] is None:
                return found
            query["cursor"] = answer.json["next"]

    return follow


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        # The first letter is wrong, or missing.
        ("Tupont", "Hélène Dupont"),
        ("upont", "Hélène Dupont"),
        ("Bartinez", "Luis Martinez"),
        # Double names, with and without their hyphens, and either half.
        ("jean pierre", "Jean-Pierre Lefèvre"),
        ("Jeanpierre Lefevre", "Jean-Pierre Lefèvre"),
        ("Le Fèvre", "Jean-Pierre Lefèvre"),
        ("wozniak", "Zoé Marchal-Wozniak"),
        ("Marchal Wozniak", "Zoé Marchal-Wozniak"),
        # Apostrophes, straight, curly or left out.
        ("o'brien", "Sean O’Brien"),
        ("O’Brien", "Sean O’Brien"),
        ("obrien", "Sean O’Brien"),
        ("d'almeida", "Rosa d'Almeida"),
        ("dalmeida", "Rosa d'Almeida"),
        # Other letters, and those of Vietnamese, which have two signs each.
        ("الحسن", "محمد الحسن"),
        ("مُحَمَّد", "محمد الحسن"),
        ("nguyen", "Nguyễn Thị Hạnh"),
        ("Nguyễn Thị Hạnh", "Nguyễn Thị Hạnh"),
        ("hanh nguyen thi", "Nguyễn Thị Hạnh"),
    ],
)
def test_a_name_is_found_among_others_however_it_is_written(
    known: Callable[..., None],
    pages: Callable[..., list[list[dict[str, str]]]],
    typed: str,
    name: str,
) -> None:
    known(
        ("Hélène", "Dupont"),
        ("Luis", "Martinez"),
        ("Jean-Pierre", "Lefèvre"),
        ("Zoé", "Marchal-Wozniak"),
        ("Sean", "O’Brien"),
        ("Rosa", "d'Almeida"),
        ("محمد", "الحسن"),
        ("Nguyễn", "Thị Hạnh"),
    )
    best = pages(typed)[0][0]
    assert f"{best['given_name']} {best['family_name']}" == name


@pytest.mark.parametrize("limit", [1, 7, 8, 50])
def test_the_bearers_of_one_name_are_each_found_once_then_those_of_names_like_it(
    known: Callable[..., None],
    pages: Callable[..., list[list[dict[str, str]]]],
    limit: int,
) -> None:
    known(*[("Anne", "Martin")] * 15, *[("Anne", "Marttin")] * 5, ("Luc", "Zola"))
    found = pages("anne martin", limit)
    assert {len(page) for page in found[:-1]} <= {limit}
    items = [item for page in found for item in page]
    assert [item["family_name"] for item in items] == ["Martin"] * 15 + ["Marttin"] * 5
    assert len({item["id"] for item in items}) == 20
    # As like as one another, they come by their ids: whoever is added meanwhile moves nobody.
    assert [item["id"] for item in items[:15]] == sorted(item["id"] for item in items[:15])
    likeness = [float(item["likeness"]) for item in items]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[14] > 1 > likeness[15]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Fatima Zohra Benali", "Fatima Benali"),
        ("Fatima Benali Dupond", "Fatima Benali"),
        ("Marie de la Fontaine", "Marie Fontaine"),
        ("Madame Marie Fontaine", "Marie Fontaine"),
        ("Jean-Paul Dupont", "Jean Dupont"),
        ("Nguyen Van Hanh", "Nguyễn Thị Hạnh"),
    ],
)
def test_a_word_that_is_not_on_record_hides_nobody_unless_others_have_them_all(
    known: Callable[..., None],
    pages: Callable[..., list[list[dict[str, str]]]],
    typed: str,
    name: str,
) -> None:
    known(
        ("Fatima", "Benali"),
        ("Marie", "Fontaine"),
        ("Jean", "Dupont"),
        ("Nguyễn", "Thị Hạnh"),
    )
    found = [f"{item['given_name']} {item['family_name']}" for item in pages(typed)[0]]
    assert found == [name]
    given, _, family = typed.rpartition(" ")
    known((given, family))
    assert [item["given_name"] for item in pages(typed)[0]] == [given]


def test_those_who_lack_a_word_are_found_page_by_page_too(
    known: Callable[..., None], pages: Callable[..., list[list[dict[str, str]]]]
) -> None:
    known(*[("Fatima", "Benali")] * 5, ("Karim", "Zola"))
    found = [item for page in pages("Fatima Zohra Benali", 2) for item in page]
    assert [item["given_name"] for item in found] == ["Fatima"] * 5
    assert len({item["id"] for item in found}) == 5
