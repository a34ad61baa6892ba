"""Tables as spreadsheets save them: comma, semicolon or tab; a header; line breaks within quotes."""

import csv
import io
from collections.abc import Sequence

from services.registrations.importing.source_row import SourceRow
from services.registrations.importing.synonyms import known_columns

_DELIMITERS = (";", ",", "\t")


def read_table(text: str) -> tuple[Sequence[str], list[SourceRow]]:
    """The header and the rows, each a dict by column; rows without any content are left out.

    Of two columns with one heading the first counts, unless it is empty in a row.

    Raises:
        csv.Error: it cannot be taken apart.
    """
    delimiter = max(_DELIMITERS, key=lambda mark: _columns_known(text, mark))
    # Untranslated line ends: the reader counts lines as an editor does.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header: list[str] | None = None
    rows = []
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            if header is None:
                header = cells
            else:
                rows.append(SourceRow(line, _named(header, cells)))
        line = reader.line_num + 1
    return header or [], rows


def _columns_known(text: str, delimiter: str) -> tuple[int, int]:
    """How well ``delimiter`` takes the header apart: columns that mean something, then columns."""
    reader = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter)
    header = next(reader, [])
    return known_columns(header), len(header)


def _named(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    row: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        if not row.get(name, "").strip():
            row[name] = cell
    return row
