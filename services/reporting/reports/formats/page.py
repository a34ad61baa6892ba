"""A report as its readers see it, before it is HTML or PDF: only text, ready to be set."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from services.reporting.reports.content import (
    SUPPRESSED,
    Bars,
    Block,
    Cell,
    Chapter,
    Curve,
    Figure,
    FigureBars,
    Finding,
    HeatMap,
    KeyFigures,
    Prose,
    Quotes,
    Table,
)
from services.reporting.reports.document import Document, fingerprint
from services.reporting.reports.formats import charts
from services.reporting.reports.formats.values import (
    HIDDEN,
    moment,
    period,
    set_in,
    short,
    shown,
)
from services.reporting.reports.labels import Kind, column, table_title
from shared.errors import Text

_IN_A_ROW = (
    Kind.COUNT,
    Kind.DECIMAL,
    Kind.SCORE,
    Kind.RATIO,
    Kind.EUROS,
    Kind.HOUR,
    Kind.OF_INDICATOR,
)
# What was asked that the page says as one.
_PERIOD = ("from", "to")
# Longer tables are for spreadsheets.
_MOST_ROWS = 60

_WORDS: dict[str, Text] = {
    "about": Text("What it is about", "De quoi il s'agit"),
    "everything": Text("Everything on record", "Tout ce qui est enregistré"),
    "meanings": Text("What the figures mean", "Ce que disent les chiffres"),
    "figure": Text("Figure", "Chiffre"),
    "meaning": Text("Meaning", "Signification"),
    "formula": Text("How it is counted", "Mode de calcul"),
    "where": Text("Where the figures come from", "D'où viennent les chiffres"),
    "contents": Text("Contents", "Sommaire"),
    "page": Text("Page", "Page"),
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
_DEFINITIONS = Text("Definitions", "Définitions")
_VERSION = Text("version {}", "version {}")
_KNOWN = Text("Last event known of {}", "Dernier événement connu de {}")
_NUMBER = Text("no. {}", "n° {}")
_FINGERPRINT = Text("Fingerprint (SHA-256)", "Empreinte (SHA-256)")
_SERVICES = {
    "registrations": Text("registrations", "« Inscriptions »"),
    "notifications": Text("notifications", "« Messages »"),
}
_LEGEND = Text(
    "{}: confidential. The figure is about too few people, or would give such a one away.",
    "{} : secret statistique. Le chiffre porte sur trop peu de personnes, ou permettrait d'en déduire un autre.",
)
_MORE = Text(
    "{} more rows are in the spreadsheet of this report.",
    "{} autres lignes figurent dans le classeur de ce rapport.",
)
_CHART = Text(
    "{}, by {}. {} The table beside says the same.", "{}, par {}. {} Le tableau dit la même chose."
)
_MOST = Text("The most, {}: {}.", "Le plus, {} : {}.")
_MOST_AND_LEAST = Text(
    "The most, {}: {}; the least, {}: {}.", "Le plus, {} : {} ; le moins, {} : {}."
)
_SIDE_BY_SIDE = Text("Side by side: {}.", "Côte à côte : {}.")
_SAID = Text("“{}”", "« {} »")
_IN_ALL = Text("Number", "Nombre")


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
        asked = provenance.parameters
        read = [(one, list(self._blocks(one))) for one in document.content.chapters]
        return {
            "language": self._language,
            "title": self._in(document.title),
            "edition": self._in(_EDITION).format(provenance.edition, made),
            "audience": self._in(_AUDIENCES[provenance.audience]),
            "everything": not asked,
            "about_what": self._about_what(),
            "asked": self._pairs({name: asked[name] for name in asked if name not in _PERIOD}),
            "about": self._pairs(document.content.about),
            "chapters": [
                {"title": self._in(chapter.title), "apart": chapter.apart, "blocks": blocks}
                for chapter, blocks in read
                if any(block["kind"] != "prose" for block in blocks)
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
            "colophon": self._colophon(),
            "words": {name: self._in(text) for name, text in _WORDS.items()},
        }

    def _colophon(self) -> list[list[str]]:
        """Where the figures come from: what this edition can be told from others by, and found again."""
        provenance = self._document.provenance
        known = [
            [
                self._in(_KNOWN).format(self._in(_SERVICES[name])),
                self._in(_NUMBER).format(shown(at, Kind.COUNT, self._language)),
            ]
            for name, at in provenance.positions.items()
        ]
        version = self._in(_VERSION).format(provenance.definitions_version)
        return [
            [self._in(_DEFINITIONS), version],
            *known,
            [self._in(_FINGERPRINT), fingerprint(self._document)],
        ]

    def _about_what(self) -> str | None:
        """What was asked about, in a line: of whom or what, and when."""
        asked, about = self._document.provenance.parameters, self._document.content.about
        since, until = (asked.get(name) for name in _PERIOD)
        when = period(_day(since), _day(until), self._language)
        title = {"title": about["title"]} if "title" in about else {}
        of = {**self._only_place(), **{n: asked[n] for n in asked if n not in _PERIOD}}
        parts = [words for _, words in self._pairs({**title, **of})]
        parts += [when[0].lower() + when[1:] if parts else when] if when else []
        said = ", ".join(parts)
        return said[0].upper() + said[1:] if said else None

    def _only_place(self) -> dict[str, str]:
        """The one place that all figures are of, if there is but one."""
        places = list(self._document.content.names.get("place", ()))
        return {"place": places[0]} if len(places) == 1 else {}

    def _in(self, text: Text) -> str:
        return set_in(text, self._language)

    def _pairs(self, values: Any) -> list[list[str]]:
        columns = self._document.columns
        return [
            [self._in(columns[name].label), self._shown(name, value)]
            for name, value in values.items()
            if columns[name].kind != Kind.ID and value is not None
        ]

    def _shown(self, name: str, value: Cell, *, names: bool = False) -> str:
        called = name_of(self._document, name, value, self._language)
        return called or shown(
            value, self._document.columns[name].kind, self._language, names=names
        )

    def _cell(self, row: Mapping[str, Cell], name: str, *, names: bool = False) -> str:
        if self._document.columns[name].kind == Kind.OF_INDICATOR:
            return shown(row[name], column(str(row["indicator"])).kind, self._language)
        return self._shown(name, row[name], names=names)

    def _label(self, name: str) -> str:
        return self._in(self._document.columns[name].label)

    def _blocks(self, chapter: Chapter) -> Iterator[dict[str, Any]]:
        """Its blocks in order, no table named as the chapter is."""
        for block in self._in_order(chapter.blocks):
            if block.get("caption") == self._in(chapter.title):
                block["caption"] = None
            yield block

    def _in_order(self, blocks: Sequence[Block]) -> Iterator[dict[str, Any]]:
        """The blocks; findings that follow one another are one list."""
        for are_findings, some in groupby(blocks, lambda one: isinstance(one, Finding)):
            if are_findings:
                found = [self._finding(one) for one in some if isinstance(one, Finding)]
                if told := [one for one in found if one is not None]:
                    yield {"kind": "findings", "findings": told}
            else:
                for block in some:
                    yield from self._block(block)

    def _block(self, block: Block) -> Iterator[dict[str, Any]]:
        match block:
            case Prose():
                yield {"kind": "prose", "text": self._in(block.text)}
            case KeyFigures():
                yield {"kind": "figures", "figures": self._key_figures(block)}
            case Table() | Bars() | Curve() if not self._rows(block.sheet, block.only):
                pass  # a table of nothing says nothing
            case Table():
                yield self._table(block)
            case Bars():
                yield self._bars(block)
            case Curve():
                yield self._curve(block)
            case HeatMap():
                yield from self._heat_map(block)
            case FigureBars():
                yield from self._figure_bars(block)
            case Quotes():
                yield {
                    "kind": "quotes",
                    "quotes": [self._in(_SAID).format(one) for one in block.quotes],
                }

    def _finding(self, finding: Finding) -> str | None:
        """The sentence; None where one of its figures cannot be told."""
        said = []
        for figure in finding.figures:
            row = self._row(figure)
            if row is None or row.get(figure.column) in (None, SUPPRESSED):
                return None
            said.append(self._cell(row, figure.column))
        return self._in(finding.text).format(*said)

    def _row(self, figure: Figure | KeyFigures) -> Mapping[str, Cell] | None:
        if figure.sheet is None:
            return self._document.content.total
        return next(iter(self._rows(figure.sheet, figure.only)), None)

    def _key_figures(self, block: KeyFigures) -> list[list[str]]:
        of = self._row(block) or {}
        return [
            [self._label(name), self._shown(name, of[name])]
            for name in block.names
            if of.get(name) is not None
        ]

    def _rows(self, sheet: str, only: Mapping[str, str | None]) -> list[Mapping[str, Cell]]:
        return [
            row
            for row in self._sheets[sheet].rows
            if all(row[name] == value for name, value in only.items())
        ]

    def _table(self, block: Table) -> dict[str, Any]:
        rows = self._rows(block.sheet, block.only)
        most = block.most or _MOST_ROWS
        # What cannot be told of any row is no column.
        by, *others = block.columns
        known = [name for name in others if any(row[name] is not None for row in rows)]
        columns = (by, *known)
        # What is of one group only is called by what it is still divided by.
        title = f"by_{block.columns[0]}" if block.only else block.sheet
        return self._grid(
            self._in(table_title(title)),
            columns,
            [
                [self._cell(row, name, names=number == 0) for number, name in enumerate(columns)]
                for row in rows[:most]
            ],
            left=len(rows) - most,
        )

    def _grid(
        self, caption: str, columns: Sequence[str], rows: list[list[str]], *, left: int = 0
    ) -> dict[str, Any]:
        kinds = [self._document.columns[name].kind for name in columns]
        return {
            "kind": "table",
            "caption": caption,
            "head": [self._label(name) for name in columns],
            "figures": [kind in _IN_A_ROW and n > 0 for n, kind in enumerate(kinds)],
            "rows": rows,
            "more": self._in(_MORE).format(shown(left, Kind.COUNT, self._language))
            if left > 0
            else None,
        }

    def _bars(self, block: Bars) -> dict[str, Any]:
        rows = self._rows(block.sheet, block.only)
        drawn = [
            charts.Row(
                self._shown(block.by, row[block.by], names=True),
                [_length(row[name]) for name in block.columns],
                [self._shown(name, row[name]) for name in block.columns],
            )
            for row in rows
        ]
        says = self._says(block, rows)
        labels = [self._label(name) for name in block.columns]
        title = labels[0] if len(labels) == 1 else None
        return {
            "kind": "chart",
            "svg": charts.bars(labels, drawn, says),
            "alt": says,
            "title": title,
        }

    def _curve(self, block: Curve) -> dict[str, Any]:
        rows = self._rows(block.sheet, block.only)
        lines = [
            charts.Line(
                self._label(name),
                [_length(row[name]) for row in rows],
                [self._shown(name, row[name]) for row in rows],
            )
            for name in block.columns
        ]
        kind = self._document.columns[block.by].kind
        moments = [
            short(str(row[block.by]), kind, self._language)
            if row[block.by]
            else self._shown(block.by, None, names=True)
            for row in rows
        ]
        says = self._says(block, rows)
        return {
            "kind": "chart",
            "svg": charts.curve(moments, lines, says),
            "alt": says,
            "title": None,
        }

    def _says(self, block: Bars | Curve, rows: Sequence[Mapping[str, Cell]]) -> str:
        """What a chart shows, for whoever does not see it."""
        labels = ", ".join(self._label(name) for name in block.columns)
        return self._in(_CHART).format(
            labels, self._label(block.by).lower(), self._extremes(block.columns[0], block.by, rows)
        )

    def _extremes(self, name: str, by: str, rows: Sequence[Mapping[str, Cell]]) -> str:
        known = sorted(
            ((_length(row[name]), row) for row in rows if _length(row[name]) is not None),
            key=lambda one: one[0] or 0,
        )
        if not known:
            return ""
        ends = [
            (self._shown(by, row[by], names=True), self._shown(name, row[name]))
            for _, row in (known[-1], known[0])
        ]
        if len(known) == 1:
            return self._in(_MOST).format(*ends[0])
        return self._in(_MOST_AND_LEAST).format(*ends[0], *ends[1])

    def _heat_map(self, block: HeatMap) -> Iterator[dict[str, Any]]:
        rows = [row for row in self._rows(block.sheet, {}) if row[block.down] and row[block.across]]
        down = sorted({str(row[block.down]) for row in rows})
        across = sorted({str(row[block.across]) for row in rows})
        if not rows:
            return
        of = {(str(row[block.down]), str(row[block.across])): row[block.column] for row in rows}
        named = [self._shown(block.down, one) for one in down]
        heads = [self._shown(block.across, one) for one in across]
        squares = {
            (down.index(one), across.index(other)): charts.Square(
                _length(value) or 0, self._shown(block.column, value)
            )
            for (one, other), value in of.items()
        }
        label = self._label(block.column)
        by = f"{self._label(block.down)}, {self._label(block.across)}".lower()
        pairs = [{**row, block.down: self._both(row, block)} for row in rows]
        says = self._in(_CHART).format(label, by, self._extremes(block.column, block.down, pairs))
        svg = charts.heat(named, heads, squares, says)
        yield {"kind": "chart", "svg": svg, "alt": says, "title": label}
        yield {
            "kind": "table",
            "caption": f"{label}, {self._in(table_title(block.sheet)).lower()}",
            "head": [self._label(block.down), *heads],
            "figures": [False, *(True for _ in heads)],
            "rows": [
                [name, *(self._shown(block.column, of.get((one, other))) for other in across)]
                for one, name in zip(down, named, strict=True)
            ],
            "more": None,
        }

    def _both(self, row: Mapping[str, Cell], block: HeatMap) -> str:
        return " ".join(self._shown(name, row[name]) for name in (block.down, block.across))

    def _figure_bars(self, block: FigureBars) -> Iterator[dict[str, Any]]:
        total = self._document.content.total
        told = [name for name in block.names if total.get(name) is not None]
        figures = [(self._label(name), self._shown(name, total[name])) for name in told]
        rows = [
            charts.Row(label, [_length(total[name])], [said])
            for name, (label, said) in zip(told, figures, strict=True)
        ]
        says = self._in(_SIDE_BY_SIDE).format(
            ", ".join(f"{label} {said}" for label, said in figures)
        )
        yield {"kind": "chart", "svg": charts.bars([""], rows, says), "alt": says, "title": None}
        yield {
            "kind": "table",
            "caption": None,
            "head": [self._in(_WORDS["figure"]), self._in(_IN_ALL)],
            "figures": [False, True],
            "rows": [list(one) for one in figures],
            "more": None,
        }

    def _legend(self) -> str | None:
        content = self._document.content
        rows: Sequence[Any] = [content.total, *(row for one in content.sheets for row in one.rows)]
        if not any(value is SUPPRESSED for row in rows for value in row.values()):
            return None
        return self._in(_LEGEND).format(self._in(HIDDEN))


def _printed(blocks: Sequence[Block]) -> Iterator[str]:
    """The columns that these show."""
    for block in blocks:
        match block:
            case KeyFigures() | FigureBars():
                yield from block.names
            case Table() | Bars() | Curve():
                yield from block.columns
            case HeatMap():
                yield block.column
            case Finding():
                yield from (figure.column for figure in block.figures)


def name_of(document: Document, column_name: str, value: Cell, language: str) -> str | None:
    """What a code in this column is called; None if it stands for itself."""
    if not isinstance(value, str):
        return None
    if document.columns[column_name].kind == Kind.INDICATOR:
        return set_in(column(value).label, language)
    return document.content.names.get(column_name, {}).get(value)


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _length(value: Cell) -> float | None:
    return value if isinstance(value, int | float) else None
