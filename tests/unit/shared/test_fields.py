"""What people may type, and what storage would choke on."""

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.validation import in_french
from shared.web.fields import Code, DayOrMoment, EmailAddress, Moment, WebAddress, Words

FIELDS: dict[str, ma.fields.Field[Any]] = {
    "words": Words(most=100),
    "blank words": Words(most=100, blank=True),
    "code": Code(),
    "email": EmailAddress(),
    "moment": Moment(),
    "day or moment": DayOrMoment(),
    "web address": WebAddress(),
}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
# Text made of what goes wrong: NUL, lone surrogates, spaces of all kinds, signs of dates and addresses.
tricky = st.text(
    st.sampled_from("\x00\ud800\udfff \t\n\u2003\u200b@.-:+TZ0192éßİﷺaz/http"), max_size=40
)


def _refused(field: ma.fields.Field[Any], value: Any) -> str:
    with pytest.raises(ma.ValidationError) as refused:
        field.deserialize(value)
    return str(refused.value.messages[0])


@pytest.mark.parametrize("name", FIELDS)
@given(value=anything | tricky)
@example(value="\x00")
@example(value="a\ud800@b.fr")
@example(value="http://a.fr/\x00")
@example(value="http://a.fr/\ud800")
@example(value="0001-01-01T00:00:00+14:00")
def test_whatever_comes_is_a_storable_value_or_refused(name: str, value: Any) -> None:
    try:
        kept = FIELDS[name].deserialize(value)
    except ma.ValidationError:
        return
    if isinstance(kept, datetime):
        assert kept.tzinfo is UTC
    else:
        assert kept.encode().decode() == kept
        assert "\x00" not in kept
        assert kept == kept.strip()


# ── times ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["hier", "2026-12-32", "2026-12-01T10:00", "", 5])
def test_where_a_date_will_do_the_refusal_says_so_in_both_languages(text: Any) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        DayOrMoment(required=True).deserialize(text)
    [english] = refused.value.messages
    assert english == "A date, or a time with its offset (RFC 3339), is expected."
    said = "Une date (AAAA-MM-JJ), ou une date avec heure et fuseau (RFC 3339), est attendue."
    assert in_french(english) == said


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def test_words_lose_their_outer_space_and_nothing_else() -> None:
    assert Words(most=20).deserialize(" \u2003Zoé  d'Août \n") == "Zoé  d'Août"
    assert Words(most=2).deserialize("👍🏽") == "👍🏽"


def test_words_are_neither_empty_nor_endless() -> None:
    assert "between 1 and 3" in _refused(Words(most=3), "  ")
    assert "between 1 and 3" in _refused(Words(most=3), "abcd")
    assert Words(most=3).deserialize(" abc ") == "abc"
    assert Words(most=3, blank=True).deserialize("  ") == ""


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\udfff\ud800", "\x00"])
def test_words_that_cannot_be_stored_are_refused(text: str) -> None:
    assert _refused(Words(most=9), text) == "Contains a character that cannot be stored."


def test_words_may_have_a_rule_of_their_own() -> None:
    def shout(text: str) -> None:
        if not text.isupper():
            raise ma.ValidationError("Louder.")

    assert Words(most=9, validate=shout).deserialize("OUI") == "OUI"
    assert _refused(Words(most=9, validate=[shout]), "oui") == "Louder."


# ── codes and addresses ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", ["a", "repair-cafe", "34070", "a" * 80])
def test_a_code_is_letters_digits_and_hyphens(code: str) -> None:
    assert Code().deserialize(f" {code} ") == code


@pytest.mark.parametrize("code", ["", "-", "a-", "-a", "Ateliers", "é", "a b", "a/b", "a" * 81])
def test_what_is_no_code_is_refused(code: str) -> None:
    _refused(Code(), code)


def test_an_email_address_is_kept_in_lower_case() -> None:
    assert EmailAddress().deserialize("Camille.Exemple@Example.ORG") == (
        "camille.exemple@example.org"
    )


@pytest.mark.parametrize(
    "address", ["", "camille", "@b.fr", "a@b", "a\x00@b.fr", "a@b\ud800.fr", "a" * 250 + "@b.fr"]
)
def test_what_is_no_email_address_is_refused(address: str) -> None:
    assert _refused(EmailAddress(), address) == "Not a valid email address."


@pytest.mark.parametrize("address", ["https://arceaux.example/a?b=é#c", "http://10.0.0.1:8080/"])
def test_a_web_address_is_kept_as_it_is(address: str) -> None:
    assert WebAddress().deserialize(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "arceaux.example",
        "javascript:alert(1)",
        "ftp://a.fr",
        "http://a.fr/\x00",
        "http://a.fr/\ud800",
        "http://a.fr/" + "a" * 2000,
    ],
)
def test_what_is_no_web_address_is_refused(address: str) -> None:
    assert _refused(WebAddress(), address) == "Not a valid URL."


# ── moments ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-28T14:00:00+01:00", datetime(2026, 10, 28, 13, tzinfo=UTC)),
        ("2026-10-28T13:00:00Z", datetime(2026, 10, 28, 13, tzinfo=UTC)),
        ("2000-01-01T00:00:00+00:00", datetime(2000, 1, 1, tzinfo=UTC)),
        ("2100-01-01T00:30:00+01:00", datetime(2099, 12, 31, 23, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_kept_in_utc(text: str, utc: datetime) -> None:
    assert Moment().deserialize(text) == utc


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "1999-12-31T23:59:59Z",
        "2000-01-01T00:00:00+00:01",
        "2100-01-01T00:00:00Z",
    ],
)
def test_a_moment_is_of_this_century(text: str) -> None:
    assert _refused(Moment(), text) == "Not a date of this century."


@pytest.mark.parametrize(
    "text", ["", "2026-10-28", "2026-10-28T14:00:00", "2026-02-30T10:00:00Z", "14:00", "now"]
)
def test_a_moment_without_its_offset_or_date_is_refused(text: str) -> None:
    assert "Not a valid" in _refused(Moment(), text)


@given(st.datetimes(timezones=st.timezones()))
def test_any_moment_is_kept_exactly_or_refused(moment: datetime) -> None:
    try:
        kept = Moment().deserialize(moment.isoformat())
    except ma.ValidationError:
        return
    assert kept == datetime.fromisoformat(moment.isoformat())
    assert 2000 <= kept.year < 2100
