"""The messages received, one JSON object a line, in a file that is only ever added to."""

from __future__ import annotations

import json
import os
import threading
from array import array
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

Item = dict[str, Any]


class Store:
    """Messages in order of arrival, numbered from 1; a number is never given twice.

    The first line of the file says which number the next line has, so that emptying the inbox
    does not confuse a reader who goes on from where it was. Safe to use from several threads.
    """

    def __init__(self, file: Path) -> None:
        self._path = file
        self._lock = threading.Lock()
        # Where each message begins in the file: what is in memory does not grow with their size.
        self._starts = array("Q")
        self._first = 1
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            self._load()
        else:
            self._begin(1)
        self._file = file.open("r+b")
        self._size = self._file.seek(0, os.SEEK_END)

    def append(self, items: Sequence[Item]) -> None:
        """Adds messages; they are on disk when this returns. Raises ``OSError`` if they cannot."""
        lines = [json.dumps(item, ensure_ascii=False).encode() + b"\n" for item in items]
        with self._lock:
            self._file.seek(self._size)
            try:
                self._file.write(b"".join(lines))
                self._file.flush()
                os.fdatasync(self._file.fileno())
            except OSError:
                # Nothing of it was acknowledged, so nothing of it may stay.
                self._file = self._path.open("r+b")
                self._file.truncate(self._size)
                raise
            for line in lines:
                self._starts.append(self._size)
                self._size += len(line)

    def after(self, number: int, limit: int, wanted: str = "") -> tuple[list[Item], bool]:
        """Up to ``limit`` messages numbered above ``number``, oldest first; whether more follow.

        ``wanted`` is in the subject of those found or in an address they went to, in any case.
        """
        with self._lock:
            begin = max(0, number + 1 - self._first)
            found = self._find(range(begin, len(self._starts)), limit + 1, wanted)
            return found[:limit], len(found) > limit

    def before(self, number: int | None, limit: int, wanted: str = "") -> list[Item]:
        """Up to ``limit`` messages numbered below ``number``, or the last ones, newest first."""
        with self._lock:
            total = len(self._starts)
            end = total if number is None else min(max(0, number - self._first), total)
            return self._find(range(end - 1, -1, -1), limit, wanted)

    def clear(self) -> None:
        """Forgets every message."""
        with self._lock:
            self._file.close()
            self._begin(self._first + len(self._starts))
            self._file = self._path.open("r+b")
            self._size = self._file.seek(0, os.SEEK_END)

    def __len__(self) -> int:
        return len(self._starts)

    def _find(self, places: Iterable[int], limit: int, wanted: str) -> list[Item]:
        items = (self._read(index) for index in places)
        return list(islice((one for one in items if _has(one, wanted)), limit))

    def _read(self, index: int) -> Item:
        self._file.seek(self._starts[index])
        return {"id": identifier(self._first + index), **json.loads(self._file.readline())}

    def _begin(self, first: int) -> None:
        draft = self._path.with_name(f".{self._path.name}")
        draft.touch(mode=0o600)
        with draft.open("wb") as file:
            file.write(b'{"first": %d}\n' % first)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        self._first, self._starts = first, array("Q")

    def _load(self) -> None:
        with self._path.open("r+b") as file:
            head = file.readline()
            self._first = int(json.loads(head)["first"])
            position = len(head)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._starts.append(position)
                position += len(line)
            # A line without an end was being written when the power went; it was never promised.
            file.truncate(position)


def _has(item: Item, wanted: str) -> bool:
    if not wanted:
        return True
    return any(wanted.casefold() in said.casefold() for said in (item["subject"], *item["to"]))


def identifier(number: int) -> str:
    """The id of a message, which is also the cursor of what follows it."""
    return f"m{number:08d}"


def number(text: str) -> int:
    """The number behind an id; raises ``ValueError`` for anything else."""
    if not (text.startswith("m") and text[1:].isascii() and text[1:].isdecimal()):
        raise ValueError(f"{text!r} is not a cursor of this inbox")
    return int(text[1:])
