"""What a report says, as files: JSON holds all of it, CSV has a file per table."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.reporting.operations.jobs import WrittenFile
from services.reporting.reports.content import Cell, Content, Sheet
from shared.csv_files import csv_text


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where figures come from: recorded in the report so that they can be explained, and found again."""

    report: str
    parameters: Mapping[str, Any]
    generated_at: datetime
    definitions_version: int
    positions: Mapping[str, int]


def as_json(content: Content, provenance: Provenance) -> list[WrittenFile]:
    """One file: provenance, what it is about, total, and every table as a list of objects."""
    document = {
        "report": provenance.report,
        "parameters": provenance.parameters,
        "generated_at": provenance.generated_at,
        "definitions_version": provenance.definitions_version,
        "positions": provenance.positions,
        "about": content.about,
        "total": content.total,
        "tables": {sheet.name: list(sheet.rows) for sheet in content.sheets},
    }
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
    return [WrittenFile(f"{provenance.report}.json", "application/json", text.encode())]


def as_csv(content: Content, provenance: Provenance) -> list[WrittenFile]:
    """RFC 4180, UTF-8, a header line: a file per table, and one line for the total."""
    total = Sheet("total", tuple(content.total), [content.total])
    return [
        WrittenFile(
            f"{provenance.report}-{sheet.name.replace('_', '-')}.csv",
            "text/csv; charset=utf-8",
            _lines(sheet).encode(),
        )
        for sheet in (total, *content.sheets)
    ]


FORMATS: Mapping[str, Callable[[Content, Provenance], Sequence[WrittenFile]]] = {
    "json": as_json,
    "csv": as_csv,
}


def _lines(sheet: Sheet) -> str:
    rows = ([_cell(row[column]) for column in sheet.columns] for row in sheet.rows)
    return csv_text(sheet.columns, rows)


def _cell(cell: Cell) -> str | int | float | None:
    return cell if cell is None or isinstance(cell, str | int | float) else _plain(cell)


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a report")
