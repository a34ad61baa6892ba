"""The rules of registration, without anything around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registrations.domain import (
    LIVE,
    TRANSITIONS,
    RegistrationStatus,
    absences_that_call,
    age_band,
    coarse_person,
    fold,
    may,
    name_key,
)
from services.registrations.eligibility import situation_name
from shared.errors import Text
from shared.events.catalogue import AGE_BANDS, SITUATIONS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Léa", "Martin"), ("LEA", "martin")),
        (("Jean-Paul", "D'Angelo"), ("jean paul", "d angelo")),
        ((" Zoé ", "  Le  Goff"), ("zoe", "le goff")),
        (("Łukasz", "Straße"), ("łukasz", "strasse")),
    ],
)
def test_spellings_of_one_name_have_one_key(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert name_key(*one) == name_key(*other)


def test_given_and_family_names_are_not_run_together() -> None:
    assert name_key("Anne", "Marie Dupont") != name_key("Anne Marie", "Dupont")


def test_names_of_signs_alone_stay_apart() -> None:
    assert name_key("!!", "x") != name_key("??", "x")


def test_names_in_other_scripts_are_kept() -> None:
    assert fold("فاطمة") == fold("فاطمة") != ""
    assert name_key("李", "明") != name_key("王", "明")


def test_letters_that_only_look_different_are_the_same() -> None:
    assert fold("𝐋𝐞́a ＭＡＲＴＩＮ") == "lea martin"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.integers(0, 120), st.integers(2020, 2060))
def test_every_age_has_the_band_that_holds_it(age: int, year: int) -> None:
    band = age_band(year - age, year)
    assert band is not None
    low, _, high = band.rstrip("+").partition("-")
    assert int(low) <= age
    assert not high or age <= int(high)


def test_bands_are_those_that_events_may_carry() -> None:
    assert {age_band(2026 - age, 2026) for age in range(120)} == set(AGE_BANDS)


def test_without_consent_nothing_coarse_is_told_either() -> None:
    person = {"birth_year": 1980, "postcode": "34070", "situations": ["minimum-benefits"]}
    assert coarse_person(person, statistics=False, year=2026) == {
        "age_band": None,
        "district": None,
        "situations": [],
    }


@pytest.mark.parametrize(
    ("postcode", "district"),
    [("34070", "34070"), ("Mme Diallo", None), ("34 070", None), ("", None), (None, None)],
)
def test_a_district_is_a_postcode_or_none(postcode: str | None, district: str | None) -> None:
    person = {"birth_year": None, "postcode": postcode, "situations": []}
    assert coarse_person(person, statistics=True, year=2026)["district"] == district


def test_a_situation_that_is_in_no_vocabulary_is_another() -> None:
    said = ["minimum-benefits", "madame-diallo", "familles", "34070-diallo"]
    person = {"birth_year": None, "postcode": None, "situations": said}
    counted = coarse_person(person, statistics=True, year=2026)["situations"]
    assert counted == ["familles", "minimum-benefits", "other"]


def test_every_situation_that_is_counted_has_a_name_in_both_languages() -> None:
    assert all(situation_name(code) != Text(code, code) for code in SITUATIONS)


def test_what_has_ended_stays_ended() -> None:
    ended = set(RegistrationStatus) - set(LIVE)
    assert all(TRANSITIONS[status] == {} for status in ended)


def test_every_live_registration_can_be_cancelled() -> None:
    assert all(may(status, "cancel") for status in LIVE)


@given(st.integers(1, 100), st.integers(0, 100), st.booleans())
def test_whoever_was_called_is_called_again_for_more_absences_and_sooner_if_not_reached(
    threshold: int, before: int, reached: bool
) -> None:
    assert absences_that_call(threshold, at_last_call=None, reached=reached) == threshold
    again = absences_that_call(threshold, at_last_call=before, reached=reached)
    assert again > before
    assert again <= absences_that_call(threshold, at_last_call=before, reached=True)
