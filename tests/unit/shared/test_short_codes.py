"""Codes that are printed on letters, read out on the phone, and typed by people in a hurry."""

import base64
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.links import manage_token, new_access_key
from shared.events.short_codes import code_number, read_code, short_code, write_code

REGISTRATION = UUID("0199d4e8-1c21-7d4b-9a52-7b3c4d5e6f70")
NUMBERS = st.integers(0, 2**50 - 1)


def test_a_code_is_the_same_wherever_it_is_derived() -> None:
    # Printed on letters that lie in drawers: it may never change.
    assert short_code("secret", REGISTRATION) == "SJ2WA-3T6M2"
    assert read_code("SJ2WA-3T6M2") == code_number("secret", REGISTRATION)


@given(NUMBERS)
def test_what_is_printed_can_be_read(number: int) -> None:
    written = write_code(number)
    assert len(written) == 11
    assert written[5] == "-"
    assert not set(written) & set("ILOU")
    assert read_code(written) == number


@given(NUMBERS, st.data())
def test_people_may_type_it_as_they_like(number: int, data: st.DataObject) -> None:
    alike = {"0": "0Oo٠０", "1": "1IiLl١１"}
    gaps = st.text(" \t-–—.\u00a0\u2011", max_size=2)
    typed = ""
    for sign in write_code(number).replace("-", ""):
        choices = alike.get(sign, sign + sign.lower())
        typed += data.draw(gaps) + data.draw(st.sampled_from(choices))
    assert read_code(typed + data.draw(gaps)) == number


@pytest.mark.parametrize(
    "text",
    ["", "-", "ABCDE-FGHJ", "ABCDE-FGHJKM", "ABCDE-FGHJU", "ABCDE/FGHJK", "É" * 10, "\x00" * 10, "½" * 10],
)  # fmt: skip
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert read_code(text) is None


@given(st.text())
def test_whatever_is_typed_is_a_number_of_fifty_bits_or_none(text: str) -> None:
    number = read_code(text)
    assert number is None or 0 <= number < 2**50


def test_a_code_is_one_registrations_and_one_secrets() -> None:
    keys, ids = [new_access_key() for _ in range(30)], [uuid4() for _ in range(30)]
    assert len({code_number(key, one) for key in keys for one in ids}) == 900


def test_a_code_says_nothing_of_the_token() -> None:
    key = new_access_key()
    token = base64.urlsafe_b64decode(manage_token(key, REGISTRATION))
    # As if it were cut from the same HMAC.
    assert code_number(key, REGISTRATION) != int.from_bytes(token[:7], "big") >> 6
