"""What a file is, told from its content: the name and the content type that came with it may be wrong."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma

from services.registrations.importing.agenda_events import is_agenda_event
from services.registrations.importing.csv_rows import read_table
from services.registrations.importing.json_rows import JsonDocument, read_json
from services.registrations.importing.source_row import SourceRow
from services.registrations.importing.synonyms import ACTIVITIES, Columns
from services.registrations.importing.tables import named_rows
from services.registrations.importing.unreadable import (
    MOST_ROWS,
    Unreadable,
    too_many_rows,
    untitled,
)
from services.registrations.importing.workbooks import Sheet, xls_sheets, xlsx_sheets
from shared.errors import Text
from shared.web.fields import Code

PROGRAMME, WEEKLY, TABLE, CALENDAR = "arceaux-programme", "activity-list", "csv", "icalendar"
AGENDA, XLSX, XLS = "openagenda", "xlsx", "xls"
FORMATS = (PROGRAMME, WEEKLY, AGENDA, TABLE, XLSX, XLS, CALENDAR)
PROGRAMME_VERSION = 1

_CALENDAR_BEGIN = re.compile(r"\s*BEGIN:VCALENDAR\b", re.IGNORECASE)
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Files that people take for one of ours, by their first bytes.
_OTHERS: tuple[tuple[bytes, Text], ...] = (
    (b"%PDF", Text("a PDF document", "un document PDF")),
    (b"<", Text("a web page or XML", "une page web ou du XML")),
)


@dataclass(frozen=True, slots=True)
class ProgrammeFile:
    """The project's own document: its plain values, and its lists with the line of each row."""

    document: JsonDocument
    format: ClassVar[str] = PROGRAMME


@dataclass(frozen=True, slots=True)
class ActivityRows:
    """Rows of a list, a table or the sheets of a workbook; ``format`` says which.

    ``left_out`` are the sheets that hold something, and no activities.
    """

    rows: Sequence[SourceRow]
    format: str
    left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AgendaFile:
    """Events of an OpenAgenda export."""

    rows: Sequence[SourceRow]
    format: ClassVar[str] = AGENDA


@dataclass(frozen=True, slots=True)
class CalendarFile:
    text: str
    format: ClassVar[str] = CALENDAR


Source = ProgrammeFile | ActivityRows | AgendaFile | CalendarFile


def detect(content: bytes, columns: Columns = ACTIVITIES) -> Source:
    """What ``content`` is, taken apart into rows; ``columns`` says what is looked for in lists and tables.

    Raises:
        Unreadable: it is none of the formats, or broken as a whole.
    """
    if not content.strip():
        raise Unreadable("The file is empty.", "Le fichier est vide.")
    if content.startswith(_ZIP):
        return _workbook(xlsx_sheets(content), XLSX, columns)
    if content.startswith(_OLE):
        return _workbook(xls_sheets(content), XLS, columns)
    for begin, name in _OTHERS:
        if content.lstrip().startswith(begin):
            raise Unreadable(f"This is {name.en}.", f"Ce fichier est {name.fr}.")
    text = _decode(content)
    if text.lstrip().startswith(("{", "[")):
        return _json(text, columns)
    if _CALENDAR_BEGIN.match(text):
        return CalendarFile(text)
    return _table(text, columns)


def _decode(content: bytes) -> str:
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Unreadable(
        "This is not text in UTF-8, UTF-16 or Windows-1252.",
        "Ce n’est pas du texte en UTF-8, UTF-16 ou Windows-1252.",
    )


def _encodings(content: bytes) -> Sequence[str]:
    """In which order to try: text in UTF-8 is hardly ever anything else by chance, and most text is it.

    Windows-1252 holds all of Latin-1 that is ever written. UTF-16 without its mark shows by the
    empty half of each letter of the first line.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    begin = content[:64]
    if begin[1::2].count(0) > len(begin) // 4:
        return ("utf-16-le",)
    if begin[::2].count(0) > len(begin) // 4:
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252")


def _json(text: str, columns: Columns) -> Source:
    try:
        document = read_json(text)
    except RecursionError:
        raise Unreadable(
            "This JSON is nested too deeply.", "Ce JSON est imbriqué trop profondément."
        ) from None
    except ValueError as error:
        raise Unreadable(
            f"This is not valid JSON: {error}.", f"Ce n’est pas du JSON valable : {error}."
        ) from None
    named = document.values.get("format")
    if named is not None or document.values.get("version") is not None:
        return _programme(document, named)
    lists = [rows for rows in document.lists.values() if rows]
    if len(lists) != 1:
        raise Unreadable(
            "This JSON is neither a programme nor a list of activities.",
            "Ce JSON n’est ni un programme ni une liste d’activités.",
        )
    rows = _limited(lists[0])
    if any(is_agenda_event(row.value) for row in rows):
        return AgendaFile(rows)
    rows = [_named(row, columns) for row in rows]
    if not any(isinstance(row.value, Mapping) and columns.suit(row.value) for row in rows):
        found = sorted(
            {str(key) for row in rows if isinstance(row.value, dict) for key in row.value}
        )
        raise untitled(found)
    return ActivityRows(rows, WEEKLY)


def _named(row: SourceRow, columns: Columns) -> SourceRow:
    if not columns.said or not isinstance(row.value, Mapping):
        return row
    names = columns.named(map(str, row.value))
    return SourceRow(row.line, dict(zip(names, row.value.values(), strict=True)))


def _programme(document: JsonDocument, named: Any) -> ProgrammeFile:
    version = document.values.get("version")
    if named != PROGRAMME or version is True or version != PROGRAMME_VERSION:
        asked = f"{named!r:.60} {version!r:.20}"
        known = f"{PROGRAMME!r} {PROGRAMME_VERSION}"
        raise Unreadable(
            f"This JSON says it is of format and version {asked}; {known} is known.",
            f"Ce JSON se dit au format et à la version {asked} ; on connaît {known}.",
        )
    try:
        Code(required=True).deserialize(document.values.get("name", ma.missing))
    except ma.ValidationError as error:
        raise Unreadable(
            f"The programme needs a name: {error}", f"Il faut un nom (name) au programme : {error}"
        ) from None
    _limited([row for rows in document.lists.values() for row in rows])
    return ProgrammeFile(document)


def _table(text: str, columns: Columns) -> ActivityRows:
    try:
        header, rows = read_table(text, columns)
    except csv.Error as error:
        raise Unreadable(
            f"This cannot be read as CSV: {error}.", f"Ce CSV est illisible : {error}."
        ) from None
    if not columns.suit(dict.fromkeys(header)):
        raise untitled([*header])
    return ActivityRows(_limited(rows), TABLE)


def _workbook(sheets: Iterator[Sheet], format_name: str, columns: Columns) -> ActivityRows:
    rows: list[SourceRow] = []
    left_out: list[str] = []
    headings: list[str] = []
    for sheet in sheets:
        header, found = named_rows(sheet.rows, columns)
        if columns.suit(dict.fromkeys(header)):
            rows.extend(found)
            _limited(rows)
        elif header:
            left_out.append(sheet.name)
            headings.extend(header)
    if not rows and headings:
        raise untitled(headings)
    return ActivityRows(rows, format_name, left_out)


def _limited(rows: Sequence[SourceRow]) -> Sequence[SourceRow]:
    if len(rows) > MOST_ROWS:
        raise too_many_rows(len(rows))
    return rows
