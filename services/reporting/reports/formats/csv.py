"""A file per table, for programs (RFC 4180) or for a French spreadsheet."""

from collections.abc import Callable, Iterator

from services.reporting.operations.jobs import WrittenFile
from services.reporting.reports.content import SUPPRESSED, Cell, Sheet
from services.reporting.reports.document import TOTAL, Document
from services.reporting.reports.formats.page import name_of
from shared.csv_files import Cell as PlainCell
from shared.csv_files import csv_text

# Names, in each line, the columns whose figures may not be told.
_HIDDEN = "suppressed"
_HIDDEN_FR = "Secret"
_TYPE = "text/csv; charset=utf-8"


def as_csv(document: Document, _language: str) -> list[WrittenFile]:
    """RFC 4180, UTF-8, columns by their names in the catalogue, a decimal point."""
    return [
        WrittenFile(
            f"{_stem(document, sheet)}.csv",
            _TYPE,
            csv_text(*_lines(document, sheet, str, _plain, _HIDDEN)).encode(),
        )
        for sheet in _sheets(document)
    ]


def as_french_csv(document: Document, _language: str) -> list[WrittenFile]:
    """For spreadsheets set to French: semicolons, a decimal comma, French names of columns and codes."""

    def label(name: str) -> str:
        return document.columns[name].label.fr

    def cell(name: str, value: Cell) -> PlainCell:
        plain = name_of(document, name, value, "fr") or _plain(name, value)
        return str(plain).replace(".", ",") if isinstance(plain, float) else plain

    return [
        WrittenFile(
            f"{_stem(document, sheet)}.fr.csv",
            _TYPE,
            csv_text(*_lines(document, sheet, label, cell, _HIDDEN_FR), delimiter=";").encode(),
        )
        for sheet in _sheets(document)
    ]


def _sheets(document: Document) -> Iterator[Sheet]:
    total = document.content.total
    yield Sheet(TOTAL, tuple(total), [total])
    yield from document.content.sheets


def _stem(document: Document, sheet: Sheet) -> str:
    return f"{document.provenance.report}-{sheet.name.replace('_', '-')}"


def _lines(
    document: Document,
    sheet: Sheet,
    label: Callable[[str], str],
    cell: Callable[[str, Cell], PlainCell],
    hidden: str,
) -> tuple[list[str], list[list[PlainCell]]]:
    """Head and rows; tables that leave the staff end in a column that names what is hidden."""
    head = [label(name) for name in sheet.columns]
    rows = [[cell(name, row[name]) for name in sheet.columns] for row in sheet.rows]
    if document.provenance.audience != "staff":
        head.append(hidden)
        for line, row in zip(rows, sheet.rows, strict=True):
            names = (label(name) for name in sheet.columns if row[name] is SUPPRESSED)
            line.append(", ".join(names))
    return head, rows


def _plain(_name: str, value: Cell) -> PlainCell:
    return value if isinstance(value, str | int | float) else None
