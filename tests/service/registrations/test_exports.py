"""The offer in the schemas of national directories, held against those schemas themselves."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from data_inclusion.schema import v1
from flask.testing import FlaskClient
from pydantic import TypeAdapter

from services.registrations.models import Activity, Organisation, Place, Programme
from services.registrations.schemas import data_inclusion as codes
from tests import realdata
from tests.service.registrations.conftest import Offer, body

STRICT = {"ignore_warnings": False}
MEDIATION = {
    "services": ["Aide aux démarches administratives", "Accès internet et matériel informatique"],
    "typologie": ["TIERS_LIEUX", "ASSO"],
    "modalites_accompagnement": ["Dans un atelier collectif"],
    "presentation_resume": "=1+1 ; un lieu",
}


@pytest.fixture
def described(offer: Offer, bearer: Any, client: FlaskClient) -> Offer:
    manager = bearer("manager")
    place = {
        "postcode": "34000",
        "city": "Montpellier",
        "insee_code": "34172",
        "latitude": 43.6119,
        "longitude": 3.8617,
        "siret": "21340172201787",
        "phone": "04 67 00 00 00",
        "email": "accueil@montpellier.fr",
        "opening_hours": "Mo-Fr 09:00-12:00,14:00-18:00",
        "digital_mediation": MEDIATION,
    }
    answer = client.patch("/v1/places/arceaux", json=place, headers=manager)
    assert answer.status_code == 200, answer.text
    programme = {"thematiques": ["remobilisation--lien-social"], "type": "accompagnement"}
    answer = client.patch(
        "/v1/programmes/unisvers", json={"data_inclusion": programme}, headers=manager
    )
    assert answer.json["data_inclusion"] == programme
    return offer


def services(client: FlaskClient) -> list[dict[str, Any]]:
    answer = client.get("/v1/exports/data-inclusion/services.json")
    assert answer.status_code == 200
    TypeAdapter(list[v1.Service]).validate_json(answer.data, context=STRICT)
    found: list[dict[str, Any]] = answer.json
    return found


def structures(client: FlaskClient) -> list[dict[str, Any]]:
    answer = client.get("/v1/exports/data-inclusion/structures.json")
    assert answer.status_code == 200
    TypeAdapter(list[v1.Structure]).validate_json(answer.data, context=STRICT)
    found: list[dict[str, Any]] = answer.json
    return found


# ── data·inclusion ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ours", "published"),
    [
        (codes.THEMATIQUES, v1.Thematique),
        (codes.PUBLICS, v1.Public),
        (codes.TYPES, v1.TypeService),
        (codes.FRAIS, v1.Frais),
        (codes.MODES_ACCUEIL, v1.ModeAccueil),
        (codes.MODES_MOBILISATION, v1.ModeMobilisation),
        (codes.MOBILISABLE_PAR, v1.PersonneMobilisatrice),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_codes_are_those_that_the_directory_publishes(ours: Any, published: Any) -> None:
    assert set(ours) == {one.value for one in published}


def test_an_activity_with_dates_to_come_is_a_service_of_its_organisation(
    client: FlaskClient, described: Offer
) -> None:
    described.session(programme="unisvers", organisation="ccas", title="Un trimestre.")
    described.session(meetings=3)
    described.session(published=False, title="Brouillon")
    unisvers, repair = sorted(services(client), key=lambda one: one["nom"], reverse=True)
    assert unisvers["nom"] == "Un trimestre"
    assert unisvers["type"] == "accompagnement"
    assert unisvers["thematiques"] == ["remobilisation--lien-social"]
    assert unisvers["publics"] == ["beneficiaires-des-minimas-sociaux"]
    assert repair["publics"] == ["tous-publics"]
    assert (repair["frais"], repair["modes_accueil"]) == ("gratuit", ["en-presentiel"])
    assert (repair["code_insee"], repair["code_postal"]) == ("34172", "34000")
    assert repair["lien_mobilisation"].startswith("http://arceaux.test/v1/sessions/")
    known = {structure["id"]: structure for structure in structures(client)}
    assert {one["structure_id"] for one in (unisvers, repair)} <= known.keys()
    place = known["arceaux--place-arceaux"]
    assert place["siret"] == "21340172201787"
    assert place["telephone"] == "+33467000000"
    assert place["horaires_accueil"] == "Mo-Fr 09:00-12:00,14:00-18:00"
    assert set(known) == {"arceaux--ccas", "arceaux--repair-cafe", "arceaux--place-arceaux"}


def test_an_activity_s_own_codes_go_before_the_programme_s(
    client: FlaskClient, described: Offer, bearer: Any
) -> None:
    session = described.session(programme="unisvers")
    activity = client.get(f"/v1/sessions/{session}").json["activity_id"]
    own = {"type": "atelier", "publics": ["seniors", "familles"]}
    answer = client.patch(
        f"/v1/activities/{activity}", json={"data_inclusion": own}, headers=bearer("manager")
    )
    assert answer.status_code == 200
    (service,) = services(client)
    assert service["type"] == "atelier"
    assert service["publics"] == ["seniors", "familles"]
    assert service["thematiques"] == ["remobilisation--lien-social"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"thematiques": ["magie"]}, "data_inclusion.thematiques.0"),
        ({"publics": ["tous-publics", "seniors"]}, "data_inclusion.publics"),
        ({"frais": "gratuit-ou-presque"}, "data_inclusion.frais"),
        ({"surnom": "x"}, "data_inclusion.surnom"),
        ("gratuit", "data_inclusion"),
    ],
)
def test_a_code_that_the_directory_does_not_know_is_refused_by_name(
    client: FlaskClient, offer: Offer, bearer: Any, wrong: Any, field: str
) -> None:
    answer = client.patch(
        "/v1/programmes/ateliers", json={"data_inclusion": wrong}, headers=bearer("manager")
    )
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


@pytest.mark.parametrize("words", ["", "a", "Oui.", "é" * 300 + ".", "...", "a\nb", "🚲" * 12_000])
def test_whatever_the_words_are_the_schema_takes_them(
    client: FlaskClient, offer: Offer, words: str
) -> None:
    with offer.database.transaction() as transaction:
        transaction.add(Organisation(code="x", name=words or "x", description=words))
        transaction.get_one(Programme, "ateliers").description = words
    offer.session(organisation="x", title=words[:300] or "x")
    with offer.database.transaction() as transaction:
        transaction.query(Activity).one().description = words
        transaction.get_one(Place, "arceaux").postcode = words[:10]
    if words != "...":  # nothing but full stops has no better name
        services(client)
        structures(client)
    assert client.get("/v1/exports/data-inclusion/services.json").status_code == 200


def test_no_directory_learns_of_seats_or_people(client: FlaskClient, described: Offer) -> None:
    session = described.session(capacity=1)
    paths = [
        "data-inclusion/services.json",
        "data-inclusion/structures.json",
        "lieux-mediation-numerique.json",
        "lieux-mediation-numerique.csv",
    ]
    before = [client.get(f"/v1/exports/{path}").data for path in paths]
    assert client.post("/v1/registrations", json=body(session)).status_code == 201
    after = [client.get(f"/v1/exports/{path}") for path in paths]
    assert [answer.data for answer in after] == before
    assert all(answer.headers["ETag"] and answer.cache_control.public for answer in after)


# ── places of digital mediation ─────────────────────────────────────────────────────────────────


def test_a_place_of_digital_mediation_is_a_row_of_the_national_table(
    client: FlaskClient, described: Offer
) -> None:
    answer = client.get("/v1/exports/lieux-mediation-numerique.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline=""))
    assert len(row) == 32
    assert row["services"] == "|".join(MEDIATION["services"])
    assert row["telephone"] == "+33467000000"
    assert row["pivot"] == "21340172201787"
    # What people typed is no formula in a spreadsheet.
    assert row["presentation_resume"] == "'=1+1 ; un lieu"
    assert row["date_maj"] == datetime.now(UTC).date().isoformat()
    (same,) = client.get("/v1/exports/lieux-mediation-numerique.json").json
    assert same["presentation_resume"] == "=1+1 ; un lieu"
    assert {**same, "presentation_resume": ""} == {
        **{name: type(same[name])(cell) for name, cell in row.items() if cell},
        "presentation_resume": "",
    }


def test_a_place_that_is_none_or_has_no_address_is_left_out(
    client: FlaskClient, described: Offer
) -> None:
    with described.database.transaction() as transaction:
        transaction.add(Place(code="nowhere", name="Nulle part", digital_mediation=MEDIATION))
        transaction.add(
            Place(code="other", name="Autre", address="1 rue", postcode="34000", city="Montpellier")
        )
    rows = client.get("/v1/exports/lieux-mediation-numerique.json").json
    assert [row["id"] for row in rows] == ["arceaux"]


@pytest.mark.realdata
def test_the_rows_are_valid_against_the_published_table_schema(
    client: FlaskClient, described: Offer
) -> None:
    schema = realdata.load_json("venues/mediation-numerique/schema.json")
    text = client.get("/v1/exports/lieux-mediation-numerique.csv").get_data(as_text=True)
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert list(row) == [field["name"] for field in schema["fields"]]
    for field in schema["fields"]:
        cell, rules = row[field["name"]], field.get("constraints", {})
        assert cell or not rules.get("required"), field["name"]
        if cell and "pattern" in rules:
            assert re.search(rules["pattern"], cell), field["name"]
        if "maxLength" in rules:
            assert len(cell) <= rules["maxLength"]
        if cell and field["type"] == "number":
            float(cell)


@pytest.mark.realdata
def test_every_value_that_a_place_may_have_is_one_of_the_published_table_schema() -> None:
    from services.registrations.schemas.digital_mediation import DigitalMediation

    schema = realdata.load_json("venues/mediation-numerique/schema.json")
    rules = {field["name"]: field.get("constraints", {}) for field in schema["fields"]}
    tried = 0
    for name, field in DigitalMediation().fields.items():
        inner = getattr(field, "inner", None)
        choices = [getattr(one, "choices", ()) for one in inner.validators] if inner else []
        for value in next(iter(choices), ()):
            assert re.search(rules[name]["pattern"], value), (name, value)
            tried += 1
    assert tried > 40


def test_the_place_that_is_shipped_is_described(client: FlaskClient, bearer: Any) -> None:
    from tests.service.registrations.test_imports import PROGRAMME

    manager = bearer("manager")
    loaded = client.post("/v1/imports", data=PROGRAMME.read_bytes(), headers=manager)
    assert loaded.json["errors"] == [], json.dumps(loaded.json)
    found = services(client)
    assert len(found) > 15
    assert all(service["thematiques"] for service in found)
    assert structures(client)
    assert [row["id"] for row in client.get("/v1/exports/lieux-mediation-numerique.json").json] == [
        "arceaux"
    ]
