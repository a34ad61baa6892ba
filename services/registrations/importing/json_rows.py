"""JSON whose rows know their lines: the document is decoded element by element, not at one go."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from services.registrations.importing.source_row import SourceRow

_SPACE = re.compile(r"[ \t\n\r]*")
_LINE_END = re.compile(r"\r\n?|\n")
_WHOLE = ""


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """The members of an object, its lists apart with a line for each element.

    A document that is itself a list has one list, named by the empty string.
    """

    values: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, list[SourceRow]] = field(default_factory=dict)


def read_json(text: str) -> JsonDocument:
    """Read an object or a list.

    Raises:
        ValueError: it is not JSON (RFC 8259), or neither an object nor a list.
        RecursionError: it is nested too deeply.
    """
    return _Reader(text).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)
        self._line_starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def document(self) -> JsonDocument:
        found = JsonDocument()
        if self._next() == "[":
            found.lists[_WHOLE] = list(self._elements())
        else:
            self._members(found)
        if self._next():
            self._fail("Extra data")
        return found

    def _members(self, found: JsonDocument) -> None:
        self._take("{")
        if self._next() == "}":
            self._take("}")
            return
        while True:
            if self._next() != '"':
                self._fail("Expecting a property name in double quotes")
            name = self._value()
            self._take(":")
            if self._next() == "[":
                found.lists[name] = list(self._elements())
            else:
                found.values[name] = self._value()
            if self._next() != ",":
                break
            self._take(",")
        self._take("}")

    def _elements(self) -> Iterator[SourceRow]:
        self._take("[")
        if self._next() == "]":
            self._take("]")
            return
        while True:
            self._next()
            line = bisect_right(self._line_starts, self._at)
            yield SourceRow(line, self._value())
            if self._next() != ",":
                break
            self._take(",")
        self._take("]")

    def _value(self) -> Any:
        value, self._at = self._decoder.raw_decode(self._text, self._at)
        return value

    def _next(self) -> str:
        """The next character that is not space, which is not taken; empty at the end."""
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._text[self._at : self._at + 1]

    def _take(self, character: str) -> None:
        if self._next() != character:
            self._fail(f"Expecting {character!r}")
        self._at += 1

    def _fail(self, why: str) -> NoReturn:
        raise json.JSONDecodeError(why, self._text, self._at)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
