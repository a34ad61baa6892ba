"""Targets of a year, and how far the figures are from them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from services.reporting.domain import Scope
from services.reporting.indicators import Value
from services.reporting.models import Target
from services.reporting.operations.comparison import beside

# By programme, None for everything, then by indicator.
Targets = Mapping[str | None, Mapping[str, float]]


def replace_targets(session: Session, year: int, targets: Sequence[Mapping[str, Any]]) -> None:
    """Put ``targets`` in the place of all those of ``year``."""
    session.execute(delete(Target).where(Target.year == year))
    if targets:
        session.execute(insert(Target), [{**one, "year": year} for one in targets])


def list_targets(session: Session, year: int) -> Sequence[Target]:
    """Those of ``year``, of everything first, then by programme."""
    query = select(Target).where(Target.year == year)
    in_order = query.order_by(Target.programme.nulls_first(), Target.indicator)
    return session.scalars(in_order).all()


def targets_of(session: Session, scope: Scope) -> Targets:
    """The targets that figures within ``scope`` can be held against: it must be a whole year, limited to no more
    than a programme.
    """
    year = scope.whole_year
    if year is None or not scope.is_of_a_programme:
        return {}
    found: dict[str | None, dict[str, float]] = {}
    for one in list_targets(session, year):
        found.setdefault(one.programme, {})[one.indicator] = one.value
    return found


def hold_against(figures: Mapping[str, Value], targets: Mapping[str, float]) -> dict[str, Any]:
    """Each target, how much more there is than that (less, below 0), and how many times it."""
    return {name: beside(figures[name], value) for name, value in targets.items()}
