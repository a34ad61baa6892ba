"""How much of a budget line belongs to a period, and how lines are read from a file."""

from contextlib import suppress
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.budget.files import read_lines
from services.reporting.budget.shares import share_of
from shared.errors import Invalid

_days = st.dates(date(2019, 1, 1), date(2045, 1, 1))


def test_a_tenth_of_the_works_is_written_off_in_each_of_ten_years() -> None:
    for year in range(2026, 2036):
        assert share_of(22_000_000, 2026, 10, date(year, 1, 1), date(year + 1, 1, 1)) == 2_200_000
    assert share_of(22_000_000, 2026, 10, date(2025, 1, 1), date(2026, 1, 1)) == 0
    assert share_of(22_000_000, 2026, 10, date(2036, 1, 1), date(2037, 1, 1)) == 0
    assert share_of(36_500, 2026, 1, date(2026, 1, 1), date(2026, 2, 1)) == 3100


@given(
    cents=st.integers(0, 10**12),
    year=st.integers(2020, 2035),
    years=st.integers(1, 9),
    cuts=st.lists(_days, min_size=1, max_size=6),
)
def test_however_time_is_cut_the_parts_add_up_to_the_whole(
    cents: int, year: int, years: int, cuts: list[date]
) -> None:
    ends = [date(2000, 1, 1), *sorted(cuts), date(2100, 1, 1)]
    shares = [share_of(cents, year, years, since, until) for since, until in pairwise(ends)]
    assert all(share >= 0 for share in shares)
    assert sum(shares, Fraction(0)) == cents


_FRENCH = """\ufefflieu;année;dispositif;nature;libellé;montant;amortissement
arceaux;2026;;Investissement;Travaux de la crèche;220\u202f000,00 €;10

arceaux;2026;budget;fonctionnement;"Permanences
du mardi";12500,5;
"""
_ENGLISH = """place,year,programme,kind,label,amount,write_off_years
arceaux,2026,,investment,Travaux de la crèche,220000.00,10
arceaux,2026,budget,running,"Permanences
du mardi",12500.50,
"""


@pytest.mark.parametrize(
    "content",
    [_FRENCH.encode(), _FRENCH[1:].replace("\u202f", " ").encode("cp1252"), _ENGLISH.encode()],
)
def test_lines_are_read_as_spreadsheets_save_them(content: bytes) -> None:
    lines = read_lines(content)
    works, counsel = lines.values()
    assert 2 in lines
    assert works == {
        "place": "arceaux",
        "year": 2026,
        "programme": None,
        "kind": "investment",
        "label": "Travaux de la crèche",
        "cents": 22_000_000,
        "write_off_years": 10,
    }
    assert (counsel["programme"], counsel["cents"]) == ("budget", 1_250_050)
    assert counsel["write_off_years"] is None


def test_each_line_that_cannot_be_read_is_named_with_what_is_wrong_in_it() -> None:
    content = """lieu;année;nature;libellé;montant;amortissement
arceaux;2026;fonctionnement;Loyer;douze;
arceaux;l'an dernier;fonctionnement;"Deux
lignes";12;
arceaux;2026;investissement;Travaux;12;
arceaux;2026;fonctionnement;Café;12;3
arceaux;2026;cadeau;;-5;x
"""
    with pytest.raises(Invalid) as refused:
        read_lines(content.encode())
    assert set(refused.value.errors) == {
        "line 2.amount",
        "line 3.year",
        "line 5.write_off_years",
        "line 6.write_off_years",
        "line 7.kind",
        "line 7.label",
        "line 7.amount",
        "line 7.write_off_years",
    }
    for texts in refused.value.errors.values():
        assert all(text.fr != text.en for text in texts)


@pytest.mark.parametrize("content", [b"", b"a;b;c", b"\x00\x81", b"lieu;montant\n"])
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_lines(content)
    assert list(refused.value.errors) == ["line 1"]


@given(content=st.binary(max_size=300))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    header = "lieu;année;dispositif;nature;libellé;montant;amortissement\n".encode()
    for given_bytes in (content, header + content):
        with suppress(Invalid):
            read_lines(given_bytes)
