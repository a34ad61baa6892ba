"""Budget lines: entered or imported, the lines of a place and year together."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import Session

from services.reporting.models import BudgetLine


def replace_lines(session: Session, lines: Sequence[Mapping[str, Any]]) -> int:
    """Put ``lines`` in the place of all those of the places and years that they are of; returns how many there are."""
    kept = {(line["place"], line["year"]) for line in lines}
    clear_lines(session, *kept)
    if lines:
        session.execute(insert(BudgetLine), lines)
    return len(lines)


def clear_lines(session: Session, *kept: tuple[str, int]) -> None:
    """Delete the lines of these places and years."""
    of = tuple_(BudgetLine.place, BudgetLine.year)
    session.execute(delete(BudgetLine).where(of.in_(kept)))


def list_lines(
    session: Session,
    *,
    place: str | None,
    programme: str | None,
    year: int | None,
    after: UUID | None,
    limit: int,
) -> Sequence[BudgetLine]:
    """Up to ``limit`` lines, in the order in which they were entered."""
    query = select(BudgetLine).order_by(BudgetLine.id).limit(limit)
    wanted = {
        BudgetLine.place: place,
        BudgetLine.programme: programme,
        BudgetLine.year: year,
    }
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    return session.scalars(query if after is None else query.where(BudgetLine.id > after)).all()
