"""Budget lines: entered or imported, the lines of a place and year together."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import Session

from services.reporting.models import BudgetLine
from services.reporting.operations import codes
from shared.errors import Text

# What a code is of (place, programme), and the code; none for what is of the place as a whole.
Named = tuple[str, str | None]
_UNHEARD: Mapping[str, Text] = {
    "place": Text(
        "No session of a place “{}” is known yet. The line is kept; outside the staff, this place is not named "
        "before its first session.",
        "Aucune session d'un lieu « {} » n'est connue à ce jour. La ligne est gardée ; hors de l'équipe, ce lieu n'est "
        "pas nommé avant sa première session.",
    ),
    "programme": Text(
        "No session of a programme “{}” is known yet. The line is kept; outside the staff, this programme is not "
        "named before its first session.",
        "Aucune session d'un dispositif « {} » n'est connue à ce jour. La ligne est gardée ; hors de l'équipe, ce "
        "dispositif n'est pas nommé avant sa première session.",
    ),
}


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


def unheard_of(session: Session, named: Mapping[str, Named]) -> dict[str, Text]:
    """What is to be said of the fields that name a code of which reporting has not heard."""
    unheard = {
        kind: codes.unheard_of(
            session, kind, {code for of, code in named.values() if of == kind and code}
        )
        for kind in _UNHEARD
    }
    return {
        field: Text(_UNHEARD[kind].en.format(code), _UNHEARD[kind].fr.format(code))
        for field, (kind, code) in named.items()
        if code in unheard[kind]
    }


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
