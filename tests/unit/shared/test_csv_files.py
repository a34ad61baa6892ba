"""CSV that leaves the house: it reads back, and no spreadsheet runs any of it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.csv_files import TelephoneNumber, csv_text, neutral

RUN = ("=", "+", "-", "@", "\t", "\r", "\n")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.sampled_from(["", " ", "\u00a0", "\ufeff"]), st.sampled_from(RUN), TEXT)
def test_text_that_a_spreadsheet_would_run_is_neutralised(
    before: str, sign: str, rest: str
) -> None:
    cell = f"{before}{sign}{rest}"
    assert neutral(cell) == f"'{cell}"


@given(TEXT)
def test_no_text_comes_out_as_something_to_run_and_none_is_lost(text: str) -> None:
    out = neutral(text)
    assert isinstance(out, str)
    assert not out.lstrip(" \u00a0\u200b\ufeff").startswith(RUN)
    assert out in (text, f"'{text}")


@pytest.mark.parametrize("harmless", ["a=b", "", "3-4", "l'été", -3, 2.5, 0])
def test_the_rest_is_left_alone(harmless: str | float) -> None:
    assert neutral(harmless) == harmless


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2)))
def test_a_table_reads_back_cell_by_cell(rows: list[list[str]]) -> None:
    text = csv_text(("a", "=b"), rows)
    assert text.startswith("\ufeff")
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert read == [["a", "'=b"], *([neutral(cell) for cell in row] for row in rows)]


def test_a_telephone_number_keeps_its_plus_and_nothing_else_passes_for_one() -> None:
    assert neutral(TelephoneNumber("+33467000000")) == "+33467000000"
    for other in ("+33 467", "=1+1", "+33467000000+A1", "+", "+3346700000\n"):
        with pytest.raises(ValueError, match="telephone"):
            TelephoneNumber(other)
