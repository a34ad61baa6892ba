"""Passwords, and how long one waits after failing."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registrations import credentials
from services.registrations.credentials import ACCOUNT_PATIENCE, ADDRESS_PATIENCE, Patience

patiences = st.sampled_from((ACCOUNT_PATIENCE, ADDRESS_PATIENCE))


def test_an_account_waits_half_a_minute_after_the_fifth_failure_then_twice_as_long_each_time() -> (
    None
):
    waits = [ACCOUNT_PATIENCE.wait(failures).total_seconds() for failures in range(14)]
    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_an_address_that_many_share_waits_later() -> None:
    assert ADDRESS_PATIENCE.wait(20) == timedelta()
    assert ADDRESS_PATIENCE.wait(21) == timedelta(minutes=1)


@given(patiences, st.integers(0, 10**9))
def test_more_failures_never_mean_less_waiting_nor_more_than_an_hour(
    patience: Patience, failures: int
) -> None:
    shorter, longer = patience.wait(failures), patience.wait(failures + 1)
    assert timedelta() <= shorter <= longer <= timedelta(hours=1)
    assert (longer > timedelta()) == (failures + 1 > patience.free)


def test_guessing_at_one_account_for_a_day_is_a_few_dozen_tries() -> None:
    spent, tries = timedelta(), 0
    while spent < timedelta(days=1):
        tries += 1
        spent += ACCOUNT_PATIENCE.wait(tries)
    assert tries < 40


@pytest.mark.parametrize(
    "password",
    [
        *("motdepasse123", "azertyuiop12", "123456789012", "passwordpassword", "bonjourbonjour"),
        *("aaaaaaaaaaaaaaaaaaaa", "iloveyou1234", "Montpellier34", "qwertyuiop123"),
    ],
)
def test_what_others_would_guess_first_is_refused(password: str) -> None:
    assert credentials.objection(password, email="lea@example.org", name="Léa") is not None


@pytest.mark.parametrize(
    "password",
    [
        "JEANNE habite au 3e",
        "xx jeanne.martin xx",
        "la maison mArtín rouge",
        "jeannemartin est ici",
    ],
)
def test_a_password_may_not_hold_the_name_or_the_address_however_they_are_written(
    password: str,
) -> None:
    said = credentials.objection(password, email="jeanne.martin@example.org", name="Jeanne Martin")
    assert said is not None
    assert "name" in said.en


@pytest.mark.parametrize(
    "password",
    ["le vélo bleu du marché", "x7Gh2kLp9QwZ", "نافذة تطل على البحر", "🦊🐟🌻 et trois chaises"],
)
def test_any_characters_will_do_and_no_kind_is_required(password: str) -> None:
    assert credentials.objection(password, email="li@example.org", name="Li") is None


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=credentials.LONGEST))
def test_a_password_opens_with_itself_alone(password: str) -> None:
    kept = credentials.hash_password(password)
    assert credentials.matches(kept, password)
    assert not credentials.matches(kept, password + "x")
    assert not credentials.matches(None, password)
    assert not credentials.is_outdated(kept)


def test_two_keyboards_type_the_same_password() -> None:
    assert credentials.normalised("e\u0301te\u0301") == credentials.normalised("été")


def test_secrets_differ_and_their_prints_do_not_tell_them() -> None:
    made = [credentials.new_secret() for _ in range(100)]
    prints = {credentials.fingerprint(secret) for secret in made}
    assert len(set(made)) == len(prints) == 100
    assert not prints & set(made)
