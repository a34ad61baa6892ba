"""What an import did, and what is wrong with the rows it could not load."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.registrations.importing.source_row import Line
from shared.errors import Text
from shared.validation import flatten, in_french

KINDS = (
    "organisations",
    "places",
    "rooms",
    "programmes",
    "activities",
    "sessions",
    "meetings",
)
# Counts are made of what was held, and of nothing else.
COUNTED_KINDS = (*KINDS, "head_counts")


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell about the file. An error kept its row out; a warning did not.

    ``field`` is what it is about in our words, ``column`` what the file calls it.
    """

    line: int | None
    field: str | None
    text: Text
    severity: Severity = Severity.ERROR
    column: str | None = None

    @property
    def sheet(self) -> str | None:
        """The sheet of a workbook that ``line`` is a row of."""
        return self.line.sheet if isinstance(self.line, Line) else None


@dataclass(frozen=True, slots=True)
class Missing:
    """An activity that the source named before and does not name any more."""

    id: UUID
    title: str
    starts_at: datetime


class BadRow(Exception):
    """A row cannot be loaded: which field is wrong, and how."""

    def __init__(self, field_name: str | None, en: str, fr: str) -> None:
        self.field = field_name
        self.text = Text(en, fr)
        super().__init__(en)


@dataclass(slots=True)
class Report:
    """Filled while the rows are planned and loaded."""

    findings: list[Finding] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    counts: dict[Outcome, Counter[str]] = field(
        default_factory=lambda: {outcome: Counter() for outcome in Outcome}
    )

    def bad(self, line: int | None, row: BadRow, column: str | None = None) -> None:
        self.findings.append(Finding(line, row.field, row.text, column=column))

    def warn(
        self, line: int | None, field_name: str | None, en: str, fr: str, column: str | None = None
    ) -> None:
        finding = Finding(line, field_name, Text(en, fr), Severity.WARNING, column)
        self.findings.append(finding)

    def leave_out(self, line: int | None, en: str, fr: str) -> None:
        """Warn that a row is not loaded; what was to be said of how it would have been is not any more."""
        self.findings = [
            one
            for one in self.findings
            if (one.line, one.severity) != (line, Severity.WARNING)
            or getattr(one.line, "sheet", None) != getattr(line, "sheet", None)
        ]
        self.warn(line, None, en, fr)

    def count(self, outcome: Outcome, kind: str, number: int = 1) -> None:
        self.counts[outcome][kind] += number

    def numbers(self, outcome: Outcome) -> dict[str, int]:
        """How many of each kind came out so; kinds of which there were none are there with 0."""
        return {kind: self.counts[outcome][kind] for kind in COUNTED_KINDS}

    def in_order(self) -> list[Finding]:
        """The findings by sheet and line; those about the whole file first."""
        return sorted(self.findings, key=lambda finding: (finding.sheet or "", finding.line or 0))


def invalid_fields(line: int, messages: Any) -> Iterator[Finding]:
    """marshmallow's messages about one row, one finding each."""
    for path, message in flatten(messages):
        yield Finding(line, path or None, Text(message, in_french(message)))
