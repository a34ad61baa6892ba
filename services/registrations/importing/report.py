"""What an import did, and what is wrong with the rows it could not load."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.errors import Text
from shared.web.problems import MARSHMALLOW_FR

KINDS = (
    "organisations",
    "places",
    "rooms",
    "programmes",
    "activities",
    "sessions",
    "meetings",
)


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell about the file. An error kept its row out; a warning did not."""

    line: int | None
    field: str | None
    text: Text
    severity: Severity = Severity.ERROR


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
    counts: dict[Outcome, Counter[str]] = field(
        default_factory=lambda: {outcome: Counter() for outcome in Outcome}
    )

    def bad(self, line: int | None, row: BadRow) -> None:
        self.findings.append(Finding(line, row.field, row.text))

    def warn(self, line: int | None, field_name: str | None, en: str, fr: str) -> None:
        self.findings.append(Finding(line, field_name, Text(en, fr), Severity.WARNING))

    def count(self, outcome: Outcome, kind: str, number: int = 1) -> None:
        self.counts[outcome][kind] += number

    def numbers(self, outcome: Outcome) -> dict[str, int]:
        """How many of each kind came out so; kinds of which there were none are there with 0."""
        return {kind: self.counts[outcome][kind] for kind in KINDS}

    def in_order(self) -> list[Finding]:
        """The findings by line; those about the whole file first."""
        return sorted(self.findings, key=lambda finding: finding.line or 0)


def invalid_fields(line: int, messages: Any) -> Iterator[Finding]:
    """marshmallow's messages about one row, one finding each."""
    for path, message in _flat(messages, ""):
        yield Finding(line, path or None, Text(message, _in_french(message)))


def _flat(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            yield from _flat(value, path if key == "_schema" else f"{path}.{key}".lstrip("."))
    elif isinstance(messages, list):
        for value in messages:
            yield from _flat(value, path)
    else:
        yield path, str(messages)


# What marshmallow's validators say with figures in it.
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"Must be one of: (.*)\.", re.DOTALL), lambda m: f"Valeurs possibles : {m[1]}."),
    (re.compile(r"Longer than maximum length (\d+)\."), lambda m: f"Au plus {m[1]} éléments."),
    (re.compile(r"Shorter than minimum length (\d+)\."), lambda m: f"Au moins {m[1]} éléments."),
    (re.compile(r"Length must be between (\d+) and (\d+)\."), lambda m: f"Entre {m[1]} et {m[2]}."),
    (
        re.compile(r"Must be greater than or equal to (\d+) and less than or equal to (\d+)\."),
        lambda m: f"Entre {m[1]} et {m[2]}.",
    ),
)


def _in_french(message: str) -> str:
    if message in MARSHMALLOW_FR:
        return MARSHMALLOW_FR[message]
    for pattern, french in _PATTERNS:
        if match := pattern.fullmatch(message):
            return french(match)
    return message
