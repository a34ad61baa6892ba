"""Workbooks: XLSX (Office Open XML) and the XLS of before, their values and never their formulas.

XLSX is read row by row with openpyxl, XLS with xlrd, each bounded before and while it is read: python-calamine
reads both, but lays a whole sheet out in memory, so that two cells far apart in a file of a few kilobytes
would take gigabytes.
"""

import io
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, Literal

import xlrd
from xlrd.biffh import XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER

from services.registrations.importing.source_row import Line
from services.registrations.importing.tables import Cells
from services.registrations.importing.unreadable import Unreadable
from shared.errors import Text

# It warns of styles, rules and drawings that it would not keep: only values are read.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")

_MOST_UNPACKED = 64 * 1024 * 1024
_MOST_PARTS = 2_000
_MOST_COLUMNS = 200
_MOST_SHEETS = 40
_VISIBLE = "visible"
_SPREADSHEET_PART = "xl/workbook.xml"
# Zips that people take for an XLSX, by a part that tells them.
_OTHER_ZIPS: tuple[tuple[str, Text], ...] = (
    ("xl/workbook.bin", Text("a binary workbook (XLSB)", "un classeur binaire (XLSB)")),
    ("word/document.xml", Text("a text document (DOCX)", "un document texte (DOCX)")),
    ("mimetype", Text("an OpenDocument file (ODS, ODT)", "un fichier OpenDocument (ODS, ODT)")),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible sheet: its rows are read when they are asked for, and only once."""

    name: str
    rows: Iterator[Cells]


def xlsx_sheets(content: bytes) -> Iterator[Sheet]:
    """The visible sheets of an XLSX workbook.

    Raises:
        Unreadable: it is another kind of zip, broken, or unpacks to more than 64 MiB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _broken() from None
    _check_parts(parts)
    import openpyxl  # noqa: PLC0415 — takes memory that only reading a workbook is worth

    # Python's zip reader never unpacks more of a part than the size that was just checked.
    book = _opened(
        lambda: openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
    )
    for sheet in book.worksheets[:_MOST_SHEETS]:
        if sheet.sheet_state == _VISIBLE:
            yield Sheet(sheet.title, _guarded(_xlsx_rows(sheet)))


def xls_sheets(content: bytes) -> Iterator[Sheet]:
    """The visible sheets of an XLS workbook.

    Raises:
        Unreadable: it is something else in that container, encrypted or broken.
    """
    book = _opened(
        lambda: xlrd.open_workbook(
            file_contents=content, on_demand=True, ragged_rows=True, logfile=io.StringIO()
        )
    )
    for number in range(min(book.nsheets, _MOST_SHEETS)):
        sheet = _opened(partial(book.sheet_by_index, number))
        if sheet.visibility == 0:
            yield Sheet(sheet.name, _guarded(_xls_rows(sheet, book.datemode)))
        book.unload_sheet(number)


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    names = {part.filename for part in parts}
    if _SPREADSHEET_PART not in names:
        for part, kind in _OTHER_ZIPS:
            if part in names:
                raise Unreadable(f"This is {kind.en}.", f"Ce fichier est {kind.fr}.")
        raise Unreadable(
            "This is a zip, and no workbook.", "Ce fichier est un zip, et non un classeur."
        )
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        size = _MOST_UNPACKED // 1024 // 1024
        raise Unreadable(
            f"This workbook unpacks to more than {size} MiB.",
            f"Décompressé, ce classeur dépasse {size} Mio.",
        )


def _xlsx_rows(sheet: Any) -> Iterator[Cells]:
    # Without this, a sheet that wrongly says how large it is would be cut to that.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True)
    for number, values in enumerate(rows, 1):
        blank = all(value is None for value in values)
        yield Line(number, sheet.title), [] if blank else [_text(value) for value in values]


def _xls_rows(sheet: Any, datemode: Literal[0, 1]) -> Iterator[Cells]:
    for number in range(sheet.nrows):
        cells = sheet.row(number)[:_MOST_COLUMNS]
        yield Line(number + 1, sheet.name), [_xls_text(cell, datemode) for cell in cells]


def _xls_text(cell: Any, datemode: Literal[0, 1]) -> str:
    if cell.ctype == XL_CELL_DATE:
        # A fraction of a day is an hour: as a date it would be of 1899.
        if 0 <= cell.value < 1:
            return _text(_hour_of(cell.value))
        try:
            return _text(xlrd.xldate_as_datetime(cell.value, datemode))
        except (xlrd.xldate.XLDateError, OverflowError, ValueError):
            return _text(cell.value)
    if cell.ctype == XL_CELL_ERROR:
        return ""
    return _text(cell.value) if cell.ctype == XL_CELL_NUMBER else str(cell.value)


def _text(value: object) -> str:
    """What a person would type for the value of a cell; of an error, such as ``#REF!``, nothing."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        return "" if value.startswith("#") and value.endswith(("!", "/A", "?")) else value
    if isinstance(value, float):
        # All decimals, so that a fraction of a day is not taken for hours and minutes.
        return f"{value:.0f}" if value.is_integer() else f"{value:.9f}"
    return _text_of_time(value)


def _text_of_time(value: object) -> str:
    if isinstance(value, datetime):
        whole_day = value.time() == time()
        return value.date().isoformat() if whole_day else _to_the_minute(value).isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return str(value)


def _to_the_minute(moment: datetime) -> datetime:
    # Days are kept as fractions, whose last digits make 13:59:59.999 of 14:00.
    return (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _hour_of(fraction: float) -> time:
    minutes = min(round(fraction * 24 * 60), 24 * 60 - 1)
    return time(minutes // 60, minutes % 60)


def _guarded(rows: Iterator[Cells]) -> Iterator[Cells]:
    """``rows``, whatever either library raises on a broken sheet being the file's fault."""
    while True:
        row = _opened(lambda: next(rows, None))
        if row is None:
            return
        yield row


def _opened(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Exception as error:  # neither library says what it raises on a broken or hostile file
        raise _broken() from error


def _broken() -> Unreadable:
    return Unreadable(
        "This workbook is broken or protected by a password.",
        "Ce classeur est abîmé ou protégé par un mot de passe.",
    )
