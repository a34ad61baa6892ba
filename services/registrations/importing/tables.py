"""Rows of cells, from whatever kind of table: their header is found, and each becomes a dict by column."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice

from services.registrations.importing.source_row import SourceRow
from services.registrations.importing.synonyms import Columns, known_columns
from services.registrations.importing.unreadable import MOST_ROWS, Unreadable, too_many_rows

# Some sheets have a title, a logo or an empty line above the header.
_HEADER_WITHIN = 20
# Empty rows count here, not among the rows that may be loaded: a formatted column has a million of them.
_MOST_LOOKED_AT = 100_000

Cells = tuple[int, Sequence[str]]


def named_rows(
    numbered: Iterable[Cells], columns: Columns
) -> tuple[Sequence[str], list[SourceRow]]:
    """The header and the rows below it; rows without any content are left out.

    The header is the line, of the first ones, that names most columns. Of two columns with one
    heading the first counts, unless it is empty in a row; one without a heading is left out.
    ``numbered`` is not read further than needed.

    Raises:
        Unreadable: there are too many rows, with content or without.
    """
    looked_at = _looked_at(numbered)
    first = list(islice(looked_at, _HEADER_WITHIN))
    if not first:
        return [], []
    headers = [columns.named(cells) for _, cells in first]
    at = max(range(len(first)), key=lambda number: (*_telling(headers[number], columns), -number))
    header = headers[at]
    rows = []
    for line, cells in chain(first[at + 1 :], looked_at):
        rows.append(SourceRow(line, _named(header, cells)))
        if len(rows) > MOST_ROWS:
            raise too_many_rows(len(rows))
    return header, rows


def _telling(cells: Sequence[str], columns: Columns) -> tuple[int, int]:
    """How well these cells do for a header: columns that mean something, if what is needed is among them.

    Where no line has that, the header is most likely the one with most columns that mean anything.
    """
    known = known_columns(cells)
    return (known if columns.suit(dict.fromkeys(cells)) else 0), known


def _looked_at(numbered: Iterable[Cells]) -> Iterable[Cells]:
    for number, (line, cells) in enumerate(numbered, 1):
        if number > _MOST_LOOKED_AT:
            raise Unreadable(
                f"More than {_MOST_LOOKED_AT} rows, empty ones counted: delete those at the end.",
                f"Plus de {_MOST_LOOKED_AT} lignes, vides comprises : supprimez celles de la fin.",
            )
        if any(cell.strip() for cell in cells):
            yield line, cells


def _named(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    row: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        if name.strip() and not row.get(name, "").strip():
            row[name] = cell
    return row
