"""What a report kind is made of, and what it produces, before any format."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy.orm import Session

from services.reporting.domain import Scope
from shared.errors import Text


class Suppressed(Enum):
    """Stands in a cell for a figure that may not be told: it is about too few people, or gives such a one away."""

    CELL = "suppressed"


SUPPRESSED = Suppressed.CELL
Cell = str | int | float | date | datetime | UUID | Suppressed | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: ``columns`` name the cells of every row."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Cell]]


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: Text


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell: of the total, or of the row of ``sheet`` that has the values of ``only``."""

    column: str
    sheet: str | None = None
    only: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence with a ``{}`` for each of ``figures``; it goes unsaid where one of them is withheld or unknown."""

    text: Text
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Some figures, large: of the total, or of the row of ``sheet`` that has the values of ``only``."""

    names: Sequence[str]
    sheet: str | None = None
    only: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Some columns of a sheet, as a table to read; the whole sheet is in the spreadsheets.

    ``only`` keeps the rows that have these values, ``most`` so many of them, from the first.
    """

    sheet: str
    columns: Sequence[str]
    only: Mapping[str, str | None] = field(default_factory=dict)
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each row of a sheet and each of ``columns`` (three at most), beside the table that says the same.

    ``by`` is the column that names the rows.
    """

    sheet: str
    by: str
    columns: Sequence[str]
    only: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Curve:
    """A line for each of ``columns`` (two at most) through the rows of a sheet, which follow one another in time.

    ``by`` is the column that names the rows.
    """

    sheet: str
    by: str
    columns: Sequence[str]
    only: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A column of a sheet divided by two things: a square for each pair, the darker the more; and its table."""

    sheet: str
    down: str
    across: str
    column: str


@dataclass(frozen=True, slots=True)
class FigureBars:
    """Some figures of the total, counted in the same unit, as bars under one another; and their table."""

    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Quotes:
    """What people said, as a manager chose to print it."""

    quotes: Sequence[str]


Block = Prose | Finding | KeyFigures | Table | Bars | Curve | HeatMap | FigureBars | Quotes


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a report as people read it; ``apart`` begins it on a new page."""

    title: Text
    blocks: Sequence[Block]
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What a report says: ``total`` is a row of its own, ``about`` tells what it is about.

    ``sheets`` hold every figure; ``chapters`` say which of them people are shown, in which order. A kind
    that names no chapters is laid out sheet by sheet. ``names`` says what codes are called, by column.
    """

    total: Mapping[str, Cell]
    about: Mapping[str, Cell] = field(default_factory=dict)
    sheets: Sequence[Sheet] = ()
    chapters: Sequence[Chapter] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


Tell = Callable[[float], None]
Write = Callable[[Session, Mapping[str, Any], datetime, Tell], Content]


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A kind of report: what one may ask, and how the answer is computed.

    ``write`` is given loaded parameters, the present moment, and whom to tell how far it is (0 to 1).
    ``title`` is what stands on its first page. ``scope`` says what its figures are about; a kind without
    is about so few people that it is for staff alone.
    """

    name: str
    title: Text
    says: Text
    parameters: ma.Schema
    write: Write
    scope: Callable[[Mapping[str, Any]], Scope] | None = None
