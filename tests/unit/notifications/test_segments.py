"""The text of an SMS as it travels: its alphabet and its segments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.segments import as_sms

GSM = st.text("abcdéèàùçÇ€[]{}|^~\\ 0123@£ñÑ¿¡\n".replace("ç", ""), max_size=700)


@pytest.mark.parametrize(
    ("text", "alphabet", "segments"),
    [
        ("", "gsm-7", 1),
        ("a" * 160, "gsm-7", 1),
        ("a" * 161, "gsm-7", 2),
        ("a" * 306, "gsm-7", 2),
        ("a" * 307, "gsm-7", 3),
        ("€" * 80, "gsm-7", 1),
        ("€" * 81, "gsm-7", 2),
        # 76 escaped signs and one septet left over: the next is not split.
        ("€" * 153, "gsm-7", 3),
        ("ê" * 70, "ucs-2", 1),
        ("ê" * 71, "ucs-2", 2),
        ("ê" * 134, "ucs-2", 2),
        ("ê" * 135, "ucs-2", 3),
        ("😀" * 35, "ucs-2", 1),
        ("😀" * 36, "ucs-2", 2),
        # 33 pairs and one unit left over.
        ("😀" * 67, "ucs-2", 3),
        ("مرحبا", "ucs-2", 1),
    ],
)
def test_alphabet_and_segments(text: str, alphabet: str, segments: int) -> None:
    sms = as_sms(text)
    assert (sms.alphabet, sms.segments) == (alphabet, segments)


def test_typography_gives_way_where_that_keeps_the_text_in_seven_bits() -> None:
    sms = as_sms("L’atelier de 14\u202fh\u00a0: « reporté… »".replace("«", "<").replace("»", ">"))
    assert (sms.text, sms.alphabet) == ("L'atelier de 14 h : < reporté... >", "gsm-7")


def test_typography_stays_where_the_text_is_ucs_2_anyway() -> None:
    text = "Être là\u202f: l’atelier…"
    assert as_sms(text).text == text


@pytest.mark.parametrize("letter", "êâîôûëïçœÀÈÊÓáíóú")
def test_no_letter_is_ever_replaced(letter: str) -> None:
    sms = as_sms(f"un mot {letter}")
    assert letter in sms.text
    assert sms.alphabet == "ucs-2"


@given(GSM)
def test_seven_bit_texts_are_sent_as_written_and_never_cost_more_than_escapes_explain(
    text: str,
) -> None:
    sms = as_sms(text)
    septets = sum(2 if sign in "€[]{}|^~\\" else 1 for sign in text)
    assert (sms.text, sms.alphabet) == (text, "gsm-7")
    fewest = 1 if septets <= 160 else -(-septets // 153)
    assert fewest <= sms.segments <= max(1, -(-septets // 152))


@given(st.text(max_size=300))
def test_what_is_sent_says_the_same(text: str) -> None:
    sms = as_sms(text)
    assert sms.alphabet == "gsm-7" or sms.text == text
    assert sms.segments >= 1
