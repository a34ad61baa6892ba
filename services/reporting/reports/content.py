"""What a report kind is made of, and what it produces, before any format."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy.orm import Session

from shared.errors import Text

Cell = str | int | float | date | datetime | UUID | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: ``columns`` name the cells of every row."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Cell]]


@dataclass(frozen=True, slots=True)
class Content:
    """What a report says: ``total`` is a row of its own, ``about`` tells what it is about."""

    total: Mapping[str, Cell]
    about: Mapping[str, Cell] = field(default_factory=dict)
    sheets: Sequence[Sheet] = ()


Tell = Callable[[float], None]
Write = Callable[[Session, Mapping[str, Any], datetime, Tell], Content]


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A kind of report: what one may ask, and how the answer is computed.

    ``write`` is given loaded parameters, the present moment, and whom to tell how far it is (0 to 1).
    """

    name: str
    says: Text
    parameters: ma.Schema
    write: Write
