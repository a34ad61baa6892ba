"""What staff type in one line, told apart; and how long ago so many months are."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registrations.domain import months_before
from services.registrations.operations.people.search import Wanted, read_query


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Hélène DUPONT", Wanted(names="helene dupont")),
        ("dupont 1957", Wanted(names="dupont", birth_year=1957)),
        ("1957", Wanted(birth_year=1957)),
        ("2999", Wanted(names="2999")),
        ("A.B@Example.ORG", Wanted(email="a.b@example.org")),
        ("06 12 34 56 78", Wanted(phone="+33612345678")),
        ("+33 (0)6.12.34.56.78 dupont", Wanted(names="dupont", phone="+33612345678")),
        ("0034 612 34 56 78", Wanted(phone="+34612345678")),
        ("salle12345678bis", Wanted(names="salle12345678bis")),
        ("D'Artagnan-Dupré", Wanted(names="d artagnan dupre")),
        ("!?", Wanted()),
    ],
)
def test_what_was_typed_is_told_apart(typed: str, wanted: Wanted) -> None:
    assert read_query(typed) == wanted


@given(st.text(max_size=200))
def test_anything_can_be_typed(typed: str) -> None:
    read = read_query(typed)
    assert read.is_nothing == (read == Wanted())


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ((2026, 11, 23), 24, (2024, 11, 23)),
        ((2026, 1, 31), 2, (2025, 11, 30)),
        ((2024, 2, 29), 12, (2023, 2, 28)),
        ((2026, 3, 31), 1, (2026, 2, 28)),
        ((2026, 1, 1), 1, (2025, 12, 1)),
    ],
)
def test_months_before_ends_on_a_day_that_exists(
    day: tuple[int, int, int], months: int, expected: tuple[int, int, int]
) -> None:
    assert months_before(datetime(*day, 12, tzinfo=UTC), months) == datetime(
        *expected, 12, tzinfo=UTC
    )
