"""The links by which people reach their registration without an account."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from shared.events.links import is_manage_token, manage_token, manage_url, new_access_key

REGISTRATION = UUID("0199d4e8-1c21-7d4b-9a52-7b3c4d5e6f70")


def test_a_token_is_the_same_wherever_it_is_derived() -> None:
    # Sent in links that must open for as long as the registration lives: it may never change.
    assert manage_token("secret", REGISTRATION) == "8rTKQYcEOyz9aBBj3M6LH1_Z"


def test_a_token_opens_its_registration_and_no_other() -> None:
    key = new_access_key()
    token = manage_token(key, REGISTRATION)
    assert is_manage_token(token, key, REGISTRATION)
    assert not is_manage_token(token, key, uuid4())
    assert not is_manage_token(token, new_access_key(), REGISTRATION)
    assert not is_manage_token(token[:-1], key, REGISTRATION)


@given(st.text())
def test_nothing_that_can_be_typed_opens_a_registration_by_chance(token: str) -> None:
    assert not is_manage_token(token, "secret of another", REGISTRATION)


def test_secrets_are_long_and_never_the_same() -> None:
    keys = {new_access_key() for _ in range(100)}
    assert len(keys) == 100
    assert min(map(len, keys)) >= 43


def test_a_token_needs_no_escaping_in_an_address() -> None:
    url = manage_url("https://arceaux.example", REGISTRATION, "secret")
    token = manage_token("secret", REGISTRATION)
    assert url == f"https://arceaux.example/v1/registrations/{REGISTRATION}?token={token}"
    assert all(c.isalnum() or c in "-_" for c in token)
    assert len(token) == 24
