"""A workbook: real numbers and dates, a sheet per table, and one of definitions."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from services.reporting.operations.jobs import WrittenFile
from services.reporting.reports.content import SUPPRESSED, Cell, Sheet
from services.reporting.reports.document import Document
from services.reporting.reports.formats.page import Page, name_of
from services.reporting.reports.formats.values import HIDDEN, set_in, shown
from services.reporting.reports.labels import Kind, column, table_title
from shared.csv_files import neutral
from shared.errors import Text

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.DECIMAL: "#,##0.00",
    Kind.SCORE: "0.0",
    Kind.RATIO: "0.0%",
    Kind.EUROS: "#,##0.00 [$€-1]",
    Kind.DATE: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
}
_IN_WORDS = (Kind.WORD, Kind.MONTH, Kind.HOUR)
_READ_FIRST = Text("Read first", "À lire d'abord")
_DEFINITIONS = Text("Definitions", "Définitions")
_FIGURE, _VALUE = Text("Figure", "Chiffre"), Text("Value", "Valeur")
_NAME, _MEANING = (
    Text("Name in CSV and JSON", "Nom en CSV et JSON"),
    Text("Meaning", "Signification"),
)
_FORMULA = Text("Formula", "Formule (en anglais)")
# What Excel takes in the name of a sheet.
_NOT_IN_NAMES = re.compile(r"[\\/*?:\[\]]")
_LONGEST_NAME = 31
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WIDEST = 60
# Members of the file bear no time of their own: the same report is the same file.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_CHANGED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def as_xlsx(document: Document, language: str) -> list[WrittenFile]:
    """The report as a workbook in ``language``; the same bytes for the same document."""
    workbook = Workbook()
    made = document.provenance.generated_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    workbook.properties.title = document.title.in_language(language)
    workbook.properties.creator = "Arceaux"
    workbook.properties.language = language
    workbook.properties.created = made
    _Book(document, language, workbook).fill()
    out = io.BytesIO()
    workbook.save(out)
    name = f"{document.provenance.report}.xlsx"
    return [WrittenFile(name, _TYPE, _without_times(out.getvalue(), made))]


class _Book:
    def __init__(self, document: Document, language: str, workbook: Workbook) -> None:
        self._document, self._language, self._workbook = document, language, workbook
        self._said = Page(document, language).said()

    def fill(self) -> None:
        first = self._workbook.active
        self._workbook.remove(first)  # type: ignore[arg-type]  # a new workbook has a sheet
        self._read_first()
        self._total()
        for sheet in self._document.content.sheets:
            self._table(sheet)
        self._definitions()

    def _in(self, text: Text) -> str:
        return set_in(text, self._language)

    def _sheet(self, title: str, head: Sequence[str] = ()) -> Worksheet:
        name = _NOT_IN_NAMES.sub(" ", title)[:_LONGEST_NAME]
        sheet: Worksheet = self._workbook.create_sheet(name)
        if head:
            _append(sheet, head)
            for cell in sheet[1]:
                cell.font = Font(bold=True)
                cell.alignment = Alignment(wrap_text=True, vertical="bottom")
            sheet.freeze_panes = "B2"
        return sheet

    def _read_first(self) -> None:
        said = self._said
        sheet = self._sheet(self._in(_READ_FIRST))
        _append(sheet, [said["title"]])
        sheet["A1"].font = Font(bold=True, size=16)
        for line in (said["about_what"], said["edition"], said["audience"], said["legend"]):
            if line:
                _append(sheet, [line])
        sheet.append([])
        for pair in (*said["asked"], *said["about"], *said["colophon"]):
            _append(sheet, pair)
        sheet.column_dimensions["A"].width = 30
        sheet.column_dimensions["B"].width = _WIDEST

    def _total(self) -> None:
        sheet = self._sheet(self._in(table_title("total")), [self._in(_FIGURE), self._in(_VALUE)])
        total = self._document.content.total
        for number, name in enumerate(total, start=2):
            _append(sheet, [self._in(self._document.columns[name].label), None])
            self._set(sheet.cell(number, 2), name, total)
        _widen(sheet)

    def _table(self, table: Sheet) -> None:
        head = [self._in(self._document.columns[name].label) for name in table.columns]
        sheet = self._sheet(self._in(table_title(table.name)), head)
        for number, row in enumerate(table.rows, start=2):
            for place, name in enumerate(table.columns, start=1):
                self._set(sheet.cell(number, place), name, row)
        if table.rows:
            sheet.auto_filter.ref = sheet.dimensions
        _widen(sheet)

    def _definitions(self) -> None:
        head = [self._in(text) for text in (_FIGURE, _NAME, _MEANING, _FORMULA)]
        sheet = self._sheet(self._in(_DEFINITIONS), head)
        for name, one in self._document.columns.items():
            meaning = self._in(one.meaning) if one.meaning else None
            formula = self._in(one.formula) if one.formula else None
            _append(sheet, [self._in(one.label), name, meaning, formula])
        _widen(sheet)

    def _set(self, cell: Any, name: str, row: Mapping[str, Cell]) -> None:
        value, kind = row[name], self._document.columns[name].kind
        if kind == Kind.OF_INDICATOR:
            kind = column(str(row["indicator"])).kind
        if value is SUPPRESSED:
            cell.value = self._in(HIDDEN)
            cell.alignment = Alignment(horizontal="right")
            cell.comment = Comment(self._said["legend"], "Arceaux")
        elif called := name_of(self._document, name, value, self._language):
            cell.value = _typed(called, Kind.TEXT)
        elif kind in _IN_WORDS and value is not None:
            cell.value = shown(value, kind, self._language)
        else:
            cell.value = _typed(value, kind)
            if kind in _FORMATS and not isinstance(cell.value, str):
                cell.number_format = _FORMATS[kind]


def _typed(value: Cell, kind: Kind) -> Any:
    """A date as a date and a number as a number; a text never as a formula."""
    if not isinstance(value, str):
        return value
    if kind == Kind.DATE:
        return date.fromisoformat(value)
    if kind == Kind.MOMENT:
        # Excel knows no time zones: UTC, as the column's name says.
        return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
    return neutral(_NOT_IN_XML.sub("", value))


def _append(sheet: Worksheet, cells: Sequence[str | None]) -> None:
    sheet.append([_typed(cell, Kind.TEXT) for cell in cells])


def _widen(sheet: Worksheet) -> None:
    """Columns as wide as what they hold, within reason."""
    for number, cells in enumerate(sheet.columns, start=1):
        longest = max(len(str(cell.value or "")) for cell in cells[1:] or cells)
        head = max(map(len, str(cells[0].value or "").split()), default=0)
        width = min(max(longest, head, 8) + 2, _WIDEST)
        sheet.column_dimensions[get_column_letter(number)].width = width


def _without_times(workbook: bytes, made: datetime) -> bytes:
    """The same workbook, its members without the time at which it was written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename == "docProps/core.xml":
                content = _CHANGED.sub(rb"\g<1>" + f"{made.isoformat()}Z".encode(), content)
            info = zipfile.ZipInfo(member.filename, _NO_TIME)
            new.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
