"""A report as it is kept: one JSON document, of which every file is made, and which explains itself.

Whatever a file shows is in it, the names and meanings of its columns too: a file made later, in another
format or language, says what the first one said.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.reporting.reports.content import (
    SUPPRESSED,
    Bars,
    Block,
    Cell,
    Chapter,
    Content,
    Curve,
    Figure,
    FigureBars,
    Finding,
    HeatMap,
    KeyFigures,
    Prose,
    Quotes,
    Sheet,
    Suppressed,
    Table,
)
from services.reporting.reports.labels import Column, Kind, column
from shared.errors import Text

TOTAL = "total"
_BLOCKS: Mapping[str, type[Block]] = {
    "prose": Prose,
    "finding": Finding,
    "key-figures": KeyFigures,
    "table": Table,
    "bars": Bars,
    "curve": Curve,
    "heat-map": HeatMap,
    "figure-bars": FigureBars,
    "quotes": Quotes,
}
_NAMES = {kind: name for name, kind in _BLOCKS.items()}
# What differs between two reports that say the same.
_OF_THE_MOMENT = ("edition", "previous", "generated_at", "positions")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where figures come from: recorded in the report so that they can be explained, and found again.

    ``edition`` counts, from 1, what was said to the same question; ``previous`` is the id of the one before.
    """

    report: str
    audience: str
    parameters: Mapping[str, Any]
    generated_at: datetime
    definitions_version: int
    positions: Mapping[str, int]
    edition: int = 1
    previous: UUID | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A report, its cells as JSON has them (or ``SUPPRESSED``), and what its columns are."""

    title: Text
    provenance: Provenance
    content: Content
    columns: Mapping[str, Column]

    def numbered(self, edition: int, previous: UUID | None) -> "Document":
        provenance = replace(self.provenance, edition=edition, previous=previous)
        return replace(self, provenance=provenance)


def compose(title: Text, content: Content, provenance: Provenance) -> Document:
    """The document that says ``content``.

    Raises:
        TypeError: a value has no place in a report; a mistake of ours.
    """
    sheets = tuple(
        Sheet(sheet.name, tuple(sheet.columns), tuple(_plain_row(row) for row in sheet.rows))
        for sheet in content.sheets
    )
    plain = replace(
        content, total=_plain_row(content.total), about=_plain_row(content.about), sheets=sheets
    )
    names = (*plain.about, *provenance.parameters, *plain.total)
    names += tuple(name for sheet in sheets for name in sheet.columns)
    return Document(title, provenance, plain, {name: column(name) for name in dict.fromkeys(names)})


def to_bytes(document: Document) -> bytes:
    """The document as JSON in UTF-8: the same bytes for the same document."""
    return json.dumps(_as_json(document), ensure_ascii=False, indent=2).encode()


def fingerprint(document: Document) -> str:
    """SHA-256 of what the document says, whenever it was said."""
    said = {name: value for name, value in _as_json(document).items() if name not in _OF_THE_MOMENT}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def from_bytes(kept: bytes) -> Document:
    """The document that :func:`to_bytes` wrote."""
    said = json.loads(kept)
    hidden: Mapping[str, list[list[Any]]] = said["suppressed"]
    [total] = _with_hidden([said["total"]], hidden.get(TOTAL, []))
    columns = {name: _column(one) for name, one in said["columns"].items()}
    content = Content(
        total=total,
        about=said["about"],
        sheets=tuple(
            Sheet(
                name, tuple(said["table_columns"][name]), _with_hidden(rows, hidden.get(name, []))
            )
            for name, rows in said["tables"].items()
        ),
        chapters=tuple(_chapter(one) for one in said["chapters"]),
        names=said.get("names", {}),
    )
    previous = said["previous"]
    provenance = Provenance(
        said["report"],
        said["audience"],
        said["parameters"],
        datetime.fromisoformat(said["generated_at"]),
        said["definitions_version"],
        said["positions"],
        said["edition"],
        UUID(previous) if previous else None,
    )
    return Document(Text(**said["title"]), provenance, content, columns)


def _as_json(document: Document) -> dict[str, Any]:
    content, provenance = document.content, document.provenance
    return {
        "report": provenance.report,
        "title": asdict(document.title),
        "audience": provenance.audience,
        "edition": provenance.edition,
        "previous": str(provenance.previous) if provenance.previous else None,
        "parameters": dict(provenance.parameters),
        "generated_at": provenance.generated_at.isoformat(),
        "definitions_version": provenance.definitions_version,
        "positions": dict(provenance.positions),
        "about": content.about,
        "total": _without_hidden(content.total),
        "tables": {sheet.name: list(map(_without_hidden, sheet.rows)) for sheet in content.sheets},
        "suppressed": {
            sheet.name: cells
            for sheet in (Sheet(TOTAL, (), [content.total]), *content.sheets)
            if (cells := list(_hidden(sheet)))
        },
        "table_columns": {sheet.name: list(sheet.columns) for sheet in content.sheets},
        "columns": {name: asdict(one) for name, one in document.columns.items()},
        "names": {column: dict(names) for column, names in content.names.items()},
        "chapters": [
            {
                "title": asdict(chapter.title),
                "apart": chapter.apart,
                "blocks": [
                    {"block": _NAMES[type(block)], **asdict(block)} for block in chapter.blocks
                ],
            }
            for chapter in content.chapters
        ],
    }


def _plain_row(row: Mapping[str, Cell]) -> dict[str, Cell]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Cell) -> Cell:
    if value is None or isinstance(value, str | int | float | Suppressed):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a report")


def _hidden(sheet: Sheet) -> Iterator[list[Any]]:
    """The suppressed cells: the number of the row, from 0, and the column."""
    for number, row in enumerate(sheet.rows):
        yield from ([number, name] for name, value in row.items() if value is SUPPRESSED)


def _without_hidden(row: Mapping[str, Cell]) -> dict[str, Cell]:
    return {name: None if value is SUPPRESSED else value for name, value in row.items()}


def _with_hidden(
    rows: Sequence[dict[str, Cell]], hidden: Sequence[Sequence[Any]]
) -> list[dict[str, Cell]]:
    cells = {(number, name) for number, name in hidden}
    return [
        {name: SUPPRESSED if (number, name) in cells else value for name, value in row.items()}
        for number, row in enumerate(rows)
    ]


def _column(said: Mapping[str, Any]) -> Column:
    meaning = Text(**said["meaning"]) if said["meaning"] else None
    return Column(Text(**said["label"]), Kind(said["kind"]), meaning, _formula(said["formula"]))


def _formula(said: Mapping[str, str] | str | None) -> Text | None:
    """Older documents have it in English alone."""
    if not said:
        return None
    return Text(said, said) if isinstance(said, str) else Text(**said)


def _chapter(said: Mapping[str, Any]) -> Chapter:
    return Chapter(Text(**said["title"]), [_block(one) for one in said["blocks"]], said["apart"])


def _block(said: Mapping[str, Any]) -> Block:
    fields = {name: value for name, value in said.items() if name != "block"}
    if said["block"] == "prose":
        return Prose(Text(**fields["text"]))
    if said["block"] == "finding":
        return Finding(Text(**fields["text"]), [Figure(**one) for one in fields["figures"]])
    return _BLOCKS[said["block"]](**fields)
