"""A report as its readers see it, before it is HTML or PDF: only text, ready to be set."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.reporting.reports.content import (
    SUPPRESSED,
    Bars,
    Block,
    Cell,
    KeyFigures,
    Prose,
    Quotes,
    Table,
)
from services.reporting.reports.document import Document
from services.reporting.reports.formats import bars
from services.reporting.reports.formats.values import HIDDEN, moment, shown
from services.reporting.reports.labels import Kind, table_title
from shared.errors import Text

_IN_A_ROW = (Kind.COUNT, Kind.DECIMAL, Kind.RATIO, Kind.EUROS)
# Longer tables are for spreadsheets.
_MOST_ROWS = 60

_WORDS: dict[str, Text] = {
    "asked": Text("What was asked", "Ce qui était demandé"),
    "about": Text("What it is about", "De quoi il s'agit"),
    "everything": Text("Everything on record", "Tout ce qui est enregistré"),
    "meanings": Text("What the figures mean", "Ce que disent les chiffres"),
    "figure": Text("Figure", "Chiffre"),
    "meaning": Text("Meaning", "Signification"),
    "formula": Text("How it is counted", "Mode de calcul"),
    "where": Text("Where the figures come from", "D'où viennent les chiffres"),
    "contents": Text("Contents", "Sommaire"),
    "page": Text("Page", "Page"),
    "nothing": Text("Nothing to show.", "Rien à montrer."),
}
_AUDIENCES = {
    "staff": Text("Exact figures, for staff", "Chiffres exacts, pour l'équipe"),
    "partner": Text(
        "For partners: figures about fewer than 5 people are withheld",
        "Pour les partenaires : aucun chiffre sur moins de 5 personnes",
    ),
    "open": Text(
        "Open to all: figures about fewer than 11 people are withheld",
        "Ouvert à tous : aucun chiffre sur moins de 11 personnes",
    ),
}
_EDITION = Text("Edition {} of {}", "Édition n° {} du {}")
_DEFINITIONS = Text(
    "Definitions, version {}. Last events known: {}.",
    "Définitions, version {}. Derniers événements connus : {}.",
)
_LEGEND = Text(
    "{}: confidential. The figure is about too few people, or would give such a one away.",
    "{} : secret statistique. Le chiffre porte sur trop peu de personnes, ou permettrait d'en déduire un autre.",
)
_MORE = Text(
    "{} more rows are in the spreadsheet of this report.",
    "{} autres lignes figurent dans le classeur de ce rapport.",
)
_CHART = Text(
    "Bars: {}, by {}. The table beside says the same.",
    "Barres : {}, par {}. Le tableau dit la même chose.",
)


class Page:
    """Sets one document in one language."""

    def __init__(self, document: Document, language: str) -> None:
        self._document, self._language = document, language
        self._sheets = {sheet.name: sheet for sheet in document.content.sheets}

    def said(self) -> dict[str, Any]:
        """All the text of the report, in order, as JSON is made of."""
        document, provenance = self._document, self._document.provenance
        made = moment(provenance.generated_at, self._language)
        printed = {name for one in document.content.chapters for name in _printed(one.blocks)}
        positions = ", ".join(f"{name} {at}" for name, at in provenance.positions.items()) or "–"
        return {
            "language": self._language,
            "title": self._in(document.title),
            "edition": self._in(_EDITION).format(provenance.edition, made),
            "audience": self._in(_AUDIENCES[provenance.audience]),
            "everything": not provenance.parameters,
            "asked": self._pairs(provenance.parameters),
            "about": self._pairs(document.content.about),
            "chapters": [
                {
                    "title": self._in(chapter.title),
                    "apart": chapter.apart,
                    "blocks": [self._block(block) for block in chapter.blocks],
                }
                for chapter in document.content.chapters
            ],
            "legend": self._legend(),
            "meanings": [
                [
                    self._in(one.label),
                    self._in(one.meaning),
                    self._in(one.formula) if one.formula else "",
                ]
                for name, one in document.columns.items()
                if one.meaning and name in printed
            ],
            "definitions": self._in(_DEFINITIONS).format(provenance.definitions_version, positions),
            "words": {name: self._in(text) for name, text in _WORDS.items()},
        }

    def _in(self, text: Text) -> str:
        return text.in_language(self._language)

    def _pairs(self, values: Any) -> list[list[str]]:
        columns = self._document.columns
        return [
            [self._in(columns[name].label), self._shown(name, value)]
            for name, value in values.items()
            if columns[name].kind != Kind.ID
        ]

    def _shown(self, name: str, value: Cell, *, names: bool = False) -> str:
        return shown(value, self._document.columns[name].kind, self._language, names=names)

    def _block(self, block: Block) -> dict[str, Any]:
        match block:
            case Prose():
                return {"kind": "prose", "text": self._in(block.text)}
            case KeyFigures():
                return {"kind": "figures", "figures": self._key_figures(block)}
            case Table():
                return self._table(block)
            case Bars():
                return self._bars(block)
            case Quotes():
                return {"kind": "quotes", "quotes": list(block.quotes)}

    def _key_figures(self, block: KeyFigures) -> list[list[str]]:
        of = self._document.content.total
        if block.sheet is not None:
            [of] = self._rows(block.sheet, block.only)
        return [
            [self._in(self._document.columns[name].label), self._shown(name, of[name])]
            for name in block.names
            if name in of
        ]

    def _rows(self, sheet: str, only: Mapping[str, str | None]) -> list[Mapping[str, Cell]]:
        return [
            row
            for row in self._sheets[sheet].rows
            if all(row[name] == value for name, value in only.items())
        ]

    def _table(self, block: Table) -> dict[str, Any]:
        rows = self._rows(block.sheet, block.only)
        kinds = [self._document.columns[name].kind for name in block.columns]
        left = len(rows) - _MOST_ROWS
        return {
            "kind": "table",
            "caption": self._in(table_title(block.sheet)),
            "head": [self._in(self._document.columns[name].label) for name in block.columns],
            "figures": [kind in _IN_A_ROW and n > 0 for n, kind in enumerate(kinds)],
            "rows": [
                [
                    self._shown(name, row[name], names=number == 0)
                    for number, name in enumerate(block.columns)
                ]
                for row in rows[:_MOST_ROWS]
            ],
            "more": self._in(_MORE).format(left) if left > 0 else None,
        }

    def _bars(self, block: Bars) -> dict[str, Any]:
        rows = self._rows(block.sheet, block.only)
        labels = [self._in(self._document.columns[name].label) for name in block.columns]
        by = self._in(self._document.columns[block.by].label)
        says = self._in(_CHART).format(", ".join(labels).lower(), by.lower())
        drawn = [
            bars.Row(
                self._shown(block.by, row[block.by], names=True),
                [_length(row[name]) for name in block.columns],
                [self._shown(name, row[name]) for name in block.columns],
            )
            for row in rows
        ]
        return {"kind": "chart", "svg": bars.bars(labels, drawn, says), "alt": says}

    def _legend(self) -> str | None:
        content = self._document.content
        rows: Sequence[Any] = [content.total, *(row for one in content.sheets for row in one.rows)]
        if not any(value is SUPPRESSED for row in rows for value in row.values()):
            return None
        return self._in(_LEGEND).format(self._in(HIDDEN))


def _printed(blocks: Sequence[Block]) -> Iterator[str]:
    """The columns that these show."""
    for block in blocks:
        if isinstance(block, KeyFigures):
            yield from block.names
        elif isinstance(block, Table | Bars):
            yield from block.columns


def _length(value: Cell) -> float | None:
    return value if isinstance(value, int | float) else None
