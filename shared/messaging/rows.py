"""Handlers that do nothing but write a row, and how many of them write theirs in one exchange with the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from shared.events.envelope import Event

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class RowHandler:
    """Runs ``statement`` with the ``row`` that an event comes down to.

    It may read and write only what is of the event's subject: rows of other subjects may be written before.
    """

    statement: Executable
    row: Callable[[Event], Row]

    def __call__(self, session: Session, event: Event) -> None:
        """Write the row of one event by itself."""
        session.connection().execute(self.statement, self.row(event))


class Rows:
    """Rows that wait to be written: statement by statement, those of one subject in the order of its events."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: dict[Executable, list[Row]] = {}
        self._statement_of: dict[str, Executable] = {}

    def add(self, handler: RowHandler, event: Event) -> None:
        """Keep the row of ``event``; what waits is written first if it has one of the same subject elsewhere."""
        if self._statement_of.get(event.subject, handler.statement) is not handler.statement:
            self.write()
        self._statement_of[event.subject] = handler.statement
        self._waiting.setdefault(handler.statement, []).append(handler.row(event))

    def write(self) -> None:
        """Write all that waits: the rows of one statement are one exchange."""
        for statement, rows in self._waiting.items():
            self._session.connection().execute(statement, rows)
        self._waiting, self._statement_of = {}, {}
