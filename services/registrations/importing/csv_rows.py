"""Tables as spreadsheets save them: comma, semicolon or tab; a header; line breaks within quotes."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice

from services.registrations.importing.source_row import SourceRow
from services.registrations.importing.synonyms import Columns, known_columns
from services.registrations.importing.tables import Cells, named_rows

_DELIMITERS = (";", ",", "\t")
_HEADER_WITHIN = 5


def read_table(text: str, columns: Columns) -> tuple[Sequence[str], list[SourceRow]]:
    """The header and the rows, as :func:`named_rows` finds them.

    Raises:
        csv.Error: it cannot be taken apart.
        Unreadable: there are too many rows.
    """
    delimiter = max(_DELIMITERS, key=lambda mark: _columns_known(text, mark, columns))
    return named_rows(_numbered(text, delimiter), columns)


def _numbered(text: str, delimiter: str) -> Iterator[Cells]:
    # Untranslated line ends: the reader counts lines as an editor does.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def _columns_known(text: str, delimiter: str, columns: Columns) -> tuple[int, int]:
    """How well ``delimiter`` takes the first lines apart: columns that mean something, then columns."""
    reader = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter)
    first = islice(reader, _HEADER_WITHIN)
    named = (columns.named(cells) for cells in first)
    return max(((known_columns(cells), len(cells)) for cells in named), default=(0, 0))
