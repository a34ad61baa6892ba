"""What a file is, told from its content: the name and the content type that came with it may be wrong."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma

from services.registrations.importing.csv_rows import read_table
from services.registrations.importing.json_rows import JsonDocument, read_json
from services.registrations.importing.source_row import SourceRow
from services.registrations.importing.synonyms import has_title
from shared.errors import Invalid, Text
from shared.web.fields import Code

PROGRAMME, WEEKLY, TABLE, CALENDAR = "arceaux-programme", "activity-list", "csv", "icalendar"
FORMATS = (PROGRAMME, WEEKLY, TABLE, CALENDAR)
PROGRAMME_VERSION = 1
MOST_ROWS = 10_000

_CALENDAR_BEGIN = re.compile(r"\s*BEGIN:VCALENDAR\b", re.IGNORECASE)
# Files that people take for one of ours, by their first bytes.
_OTHERS: tuple[tuple[bytes, Text], ...] = (
    (b"PK\x03\x04", Text("a zip or spreadsheet (XLSX, ODS)", "un zip ou un classeur (XLSX, ODS)")),
    (b"\xd0\xcf\x11\xe0", Text("an old spreadsheet (XLS)", "un ancien classeur (XLS)")),
    (b"%PDF", Text("a PDF document", "un document PDF")),
    (b"<", Text("a web page or XML", "une page web ou du XML")),
)


class Unreadable(Invalid):
    """The file as a whole cannot be read."""

    slug: ClassVar[str] = "unreadable-file"

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(
            Text(
                f"{en} Accepted: a programme of this project (JSON), a JSON list of activities,"
                " CSV with a header, iCalendar.",
                f"{fr} Sont acceptés : un programme au format du projet (JSON), une liste"
                " d’activités en JSON, un CSV avec en-têtes, un calendrier iCalendar.",
            )
        )


@dataclass(frozen=True, slots=True)
class ProgrammeFile:
    """The project's own document: its plain values, and its lists with the line of each row."""

    document: JsonDocument
    format: ClassVar[str] = PROGRAMME


@dataclass(frozen=True, slots=True)
class ActivityRows:
    """Rows of a list or a table; ``format`` says which."""

    rows: Sequence[SourceRow]
    format: str


@dataclass(frozen=True, slots=True)
class CalendarFile:
    text: str
    format: ClassVar[str] = CALENDAR


Source = ProgrammeFile | ActivityRows | CalendarFile


def detect(content: bytes) -> Source:
    """What ``content`` is, taken apart into rows.

    Raises:
        Unreadable: it is none of the formats, or broken as a whole.
    """
    if not content.strip():
        raise Unreadable("The file is empty.", "Le fichier est vide.")
    for begin, name in _OTHERS:
        if content.lstrip().startswith(begin):
            raise Unreadable(f"This is {name.en}.", f"Ce fichier est {name.fr}.")
    text = _decode(content)
    if text.lstrip().startswith(("{", "[")):
        return _json(text)
    if _CALENDAR_BEGIN.match(text):
        return CalendarFile(text)
    return _table(text)


def _decode(content: bytes) -> str:
    encodings = ["utf-8-sig", "cp1252"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
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


def _json(text: str) -> Source:
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
    if not any(isinstance(row.value, Mapping) and has_title(row.value) for row in rows):
        found = sorted(
            {str(key) for row in rows if isinstance(row.value, dict) for key in row.value}
        )
        raise _untitled(found)
    return ActivityRows(rows, WEEKLY)


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


def _table(text: str) -> ActivityRows:
    try:
        header, rows = read_table(text)
    except csv.Error as error:
        raise Unreadable(
            f"This cannot be read as CSV: {error}.", f"Ce CSV est illisible : {error}."
        ) from None
    if not has_title(dict.fromkeys(header)):
        raise _untitled(header)
    return ActivityRows(_limited(rows), TABLE)


def _untitled(found: Sequence[str]) -> Unreadable:
    shown = ", ".join(name.strip()[:40] for name in found[:12])
    return Unreadable(
        f"No column or field gives a title (title, name, titre, nom…). Found: {shown}.",
        "Aucune colonne, aucun champ ne donne de titre (titre, nom, title, name…)."
        f" Trouvé : {shown}.",
    )


def _limited(rows: Sequence[SourceRow]) -> Sequence[SourceRow]:
    if len(rows) > MOST_ROWS:
        raise Unreadable(
            f"The file has {len(rows)} rows; {MOST_ROWS} can be loaded at once: split it.",
            f"Le fichier a {len(rows)} lignes ; on peut en charger {MOST_ROWS} à la fois :"
            " découpez-le.",
        )
    return rows
