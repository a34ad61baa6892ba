"""CSV as every service writes it (RFC 4180), with cells that no spreadsheet will run."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Self

Cell = str | int | float | None

# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV Injection); some look past spaces,
# and take the wide forms of these signs, or a line feed as a new cell, for the same.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_E164 = re.compile(r"\+[0-9]{7,15}")
_BLANK = " \u00a0\u200b\ufeff"
# Without it, spreadsheets take UTF-8 for something else.
_BYTE_ORDER_MARK = "\ufeff"


class TelephoneNumber(str):
    """A number as E.164 has it, which others' schemas want with its plus and nothing before it.

    There is nothing in it to run: a spreadsheet makes a number of it.

    Raises:
        ValueError: it is anything but a plus and digits.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _E164.fullmatch(text):
            raise ValueError("not a telephone number as E.164 has it")
        return super().__new__(cls, text)


def csv_text(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    mark: bool = True,
    delimiter: str = ",",
) -> str:
    """A table with a header line; ``mark`` begins it with a byte order mark, for spreadsheets."""
    out = io.StringIO(newline="")
    out.write(_BYTE_ORDER_MARK if mark else "")
    writer = csv.writer(out, lineterminator="\r\n", delimiter=delimiter)
    writer.writerow([neutral(column) for column in columns])
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return out.getvalue()


def neutral(cell: Cell) -> str | int | float:
    """The cell, an apostrophe before it if it is text that could be taken for a formula.

    Numbers are ours and stay numbers, negative ones too.
    """
    if cell is None:
        return ""
    if not isinstance(cell, str) or isinstance(cell, TelephoneNumber):
        return cell
    return f"'{cell}" if cell.lstrip(_BLANK).startswith(_FORMULA) else cell
