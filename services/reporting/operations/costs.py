"""What a period cost, out of the budget lines."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.reporting.budget.shares import share_of
from services.reporting.domain import Scope
from services.reporting.models import BudgetLine

_COUNT_OF = {"running": "running_cents", "investment": "written_off_cents"}


def count_costs(
    session: Session, scope: Scope, names: Sequence[str], as_of: datetime
) -> dict[tuple[str | None, ...], dict[str, int]]:
    """Cents spent and written off within ``scope``, by the values of ``names`` (of programme and place).

    Without an end, the period ends with the day of ``as_of``. What is of the place as a whole is no programme's.
    """
    since = scope.since or date.min
    until = scope.until or as_of.date() + timedelta(days=1)
    query = select(BudgetLine)
    if scope.programme is not None:
        query = query.where(BudgetLine.programme == scope.programme)
    if scope.place is not None:
        query = query.where(BudgetLine.place == scope.place)
    found: dict[tuple[str | None, ...], dict[str, Fraction]] = {}
    for line in session.scalars(query):
        if "programme" in names and line.programme is None:
            continue
        values = tuple(getattr(line, name) for name in names)
        share = share_of(line.cents, line.year, line.write_off_years or 1, since, until)
        spent = found.setdefault(values, defaultdict(Fraction))
        if share:
            spent[_COUNT_OF[line.kind]] += share
    return {
        values: {name: round(cents) for name, cents in spent.items()}
        for values, spent in found.items()
        if spent
    }
