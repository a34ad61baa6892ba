"""Who may join, by a rule that is data: alternatives of conditions, held against what is known."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registrations.eligibility import (
    Known,
    Standing,
    assess,
    programmes_in,
    situations_in,
)

MET, DECLARED, UNKNOWN, NOT_MET = (
    Standing.MET,
    Standing.DECLARED,
    Standing.UNKNOWN,
    Standing.NOT_MET,
)
UNTIL = date(2027, 1, 31)
NOBODY = Known(2026)


def _result(condition: dict[str, Any], known: Known) -> Standing:
    [alternative] = assess([condition], known).alternatives
    [found] = alternative.conditions
    assert alternative.result == found.result
    return found.result


# ── conditions ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (NOBODY, UNKNOWN),
        (Known(2026, declared=frozenset({"student"})), UNKNOWN),
        (Known(2026, declared=frozenset({"b"})), DECLARED),
        (Known(2026, proven={"a": UNTIL}), MET),
        (Known(2026, declared=frozenset({"b"}), proven={"a": UNTIL}), MET),
        (Known(2026, vouched=frozenset({"b"})), MET),
    ],
    ids=["nothing", "another", "declared", "proven", "one declared, one proven", "vouched"],
)
def test_any_of_the_situations_is_met_by_a_proof_and_only_declared_by_words(
    known: Known, expected: Standing
) -> None:
    assert _result({"situations": ["a", "b"]}, known) == expected


def test_whoever_had_a_seat_in_the_other_programme_is_of_its_cohort() -> None:
    condition = {"member_of": "unisvers"}
    assert _result(condition, Known(2026, cohorts=frozenset({"unisvers"}))) == MET
    assert _result(condition, Known(2026, cohorts=frozenset({"ateliers"}))) == NOT_MET
    hidden = Known(2026, cohorts=frozenset({"unisvers"}), hidden=frozenset({"unisvers"}))
    assert _result(condition, hidden) == UNKNOWN


@pytest.mark.parametrize(
    ("limits", "birth_year", "expected"),
    [
        ({"min": 18}, 2008, MET),
        ({"min": 18}, 2009, NOT_MET),
        ({"max": 25}, 2001, MET),
        ({"max": 25}, 2000, NOT_MET),
        ({"min": 18, "max": 18}, 2008, MET),
        ({"min": 18, "max": 25}, None, UNKNOWN),
    ],
)
def test_age_is_the_years_reached_within_the_year_both_ends_included(
    limits: dict[str, int], birth_year: int | None, expected: Standing
) -> None:
    assert _result({"age": limits}, Known(2026, birth_year=birth_year)) == expected


def test_a_district_is_one_of_the_postcodes() -> None:
    condition = {"postcodes": ["34070", "34080"]}
    assert _result(condition, Known(2026, postcode="34080")) == MET
    assert _result(condition, Known(2026, postcode="34000")) == NOT_MET
    assert _result(condition, NOBODY) == UNKNOWN


# ── the rule ────────────────────────────────────────────────────────────────────────────────────


def test_without_a_rule_everyone_may_join() -> None:
    everyone = assess([], NOBODY)
    assert (everyone.result, everyone.says.en) == (MET, "Everyone may join.")


def test_the_conditions_of_an_alternative_must_hold_together() -> None:
    rule = [{"age": {"min": 18}, "postcodes": ["34070"]}]
    assert assess(rule, Known(2026, birth_year=1980, postcode="34070")).result == MET
    assert assess(rule, Known(2026, birth_year=1980)).result == UNKNOWN
    assert assess(rule, Known(2026, birth_year=2020)).result == NOT_MET


def test_what_is_only_declared_remains_to_be_checked() -> None:
    found = assess([{"situations": ["a"]}], Known(2026, declared=frozenset({"a"})))
    assert (found.result, found.alternatives[0].result) == (UNKNOWN, DECLARED)


def test_an_adviser_reads_what_to_check_in_both_languages() -> None:
    rule = [{"situations": ["minimum-benefits"]}, {"member_of": "unisvers"}]
    names = {"unisvers": "UNIS’VERS"}
    declared = assess(rule, Known(2026, declared=frozenset({"minimum-benefits"})), names)
    assert declared.says.fr == (
        "À vérifier. Déclaré, sans justificatif valable : allocataire de minima sociaux."
    )
    assert declared.says.en == "To be checked. Declared, no valid proof seen: on minimum benefits."
    proven = assess(rule, Known(2026, proven={"minimum-benefits": UNTIL}), names)
    assert proven.says.fr == (
        "Les conditions sont remplies. "
        "Justificatif vu, valable jusqu'au 31/01/2027 : allocataire de minima sociaux."
    )
    member = assess(rule, Known(2026, cohorts=frozenset({"unisvers"})), names)
    assert member.says.en == "The conditions are met. Takes or took part in UNIS’VERS."
    neither = assess(
        [{"member_of": "unisvers"}, {"age": {"max": 25}}], Known(2026, birth_year=1950)
    )
    assert neither.says.fr == (
        "Les conditions ne sont pas remplies. Aucune place dans une session du dispositif unisvers "
        "n'est enregistrée. Ou : 76 ans cette année ; réservé aux personnes de 25 ans au plus."
    )


def test_a_rule_tells_the_programmes_and_the_situations_it_asks_about() -> None:
    rule = [{"situations": ["b", "a"]}, {"situations": ["a"], "member_of": "unisvers"}]
    assert programmes_in(rule) == {"unisvers"}
    assert situations_in(rule) == ["a", "b"]


# ── whatever the rule ───────────────────────────────────────────────────────────────────────────

_CODES = ("a", "b", "c")
_YEARS = st.integers(0, 110)


@st.composite
def _ages(draw: st.DrawFn) -> dict[str, int]:
    low, high = sorted((draw(_YEARS), draw(_YEARS)))
    return draw(st.sampled_from([{"min": low}, {"max": high}, {"min": low, "max": high}]))


_SOME = st.lists(st.sampled_from(_CODES), min_size=1, unique=True)
ALTERNATIVES = st.dictionaries(
    st.sampled_from(("situations", "member_of", "age", "postcodes")), st.none(), min_size=1
).flatmap(
    lambda kinds: st.fixed_dictionaries(
        {
            kind: {
                "situations": _SOME,
                "member_of": st.sampled_from(_CODES),
                "age": _ages(),
                "postcodes": _SOME,
            }[kind]
            for kind in kinds
        }
    )
)
RULES = st.lists(ALTERNATIVES, max_size=4)
_SETS = st.frozensets(st.sampled_from(_CODES))
KNOWN = st.builds(
    Known,
    year=st.just(2026),
    declared=_SETS,
    proven=st.dictionaries(st.sampled_from(_CODES), st.just(UNTIL)),
    vouched=_SETS,
    cohorts=_SETS,
    hidden=_SETS,
    birth_year=st.none() | st.integers(1915, 2026),
    postcode=st.none() | st.sampled_from(_CODES),
)
_BEST_FIRST = (MET, UNKNOWN, NOT_MET)


@st.composite
def _more(draw: st.DrawFn) -> tuple[Known, Known]:
    """What is known, and the same with something learnt besides: nothing of it is taken back."""
    less = draw(KNOWN)
    learnt = draw(KNOWN)
    more = replace(
        less,
        declared=less.declared | learnt.declared,
        proven={**less.proven, **learnt.proven},
        vouched=less.vouched | learnt.vouched,
        hidden=less.hidden & learnt.hidden,
        birth_year=less.birth_year if less.birth_year is not None else learnt.birth_year,
        postcode=less.postcode if less.postcode is not None else learnt.postcode,
    )
    return less, more


@given(RULES, _more())
def test_knowing_more_never_changes_a_yes_or_a_no(rule: Any, known: tuple[Known, Known]) -> None:
    less, more = (assess(rule, one).result for one in known)
    if less != UNKNOWN:
        assert more == less


@given(RULES, KNOWN, _SETS)
def test_another_seat_never_makes_a_rule_less_met(rule: Any, known: Known, seats: Any) -> None:
    before = assess(rule, known).result
    after = assess(rule, replace(known, cohorts=known.cohorts | seats)).result
    assert _BEST_FIRST.index(after) <= _BEST_FIRST.index(before)


@given(RULES.filter(bool), KNOWN)
def test_a_rule_is_as_good_as_the_best_of_its_alternatives(rule: Any, known: Known) -> None:
    alone = [assess([alternative], known).result for alternative in rule]
    assert assess(rule, known).result == min(alone, key=_BEST_FIRST.index)
    assert assess(rule[::-1], known).result == assess(rule, known).result


@given(ALTERNATIVES, KNOWN)
def test_an_alternative_holds_only_if_each_of_its_conditions_does(
    alternative: Any, known: Known
) -> None:
    alone = [assess([{kind: value}], known).result for kind, value in alternative.items()]
    assert assess([alternative], known).result == max(alone, key=_BEST_FIRST.index)


@given(RULES, KNOWN)
def test_whatever_is_found_is_said_in_both_languages(rule: Any, known: Known) -> None:
    found = assess(rule, known)
    for text in [found.says, *(one.says for way in found.alternatives for one in way.conditions)]:
        assert text.en
        assert text.fr
        assert text.en != text.fr
