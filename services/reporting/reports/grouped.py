"""Sheets of indicators, a row per group."""

from collections.abc import Mapping, Sequence

from services.reporting.indicators import CATALOGUE
from services.reporting.operations.figures import Figures
from services.reporting.reports.content import Sheet

ALL = tuple(indicator.name for indicator in CATALOGUE)


def sheet_by(
    figures: Figures, grouping: str, *, name: str | None = None, columns: Sequence[str] = ALL
) -> Sheet:
    """The groups of one grouping, in order, those without a name last."""
    groups = figures.groups[grouping]
    ordered = sorted(groups, key=lambda group: (group is None, group or ""))
    rows = [
        {grouping: group, **{column: groups[group][column] for column in columns}}
        for group in ordered
    ]
    return Sheet(name or f"by_{grouping}", (grouping, *columns), rows)


def sheet_across(
    figures: Figures,
    names: tuple[str, ...],
    *,
    name: str | None = None,
    columns: Sequence[str] = ALL,
) -> Sheet:
    """The groups by several things at once, in order, those without a name last."""
    groups = figures.crossed[names]
    ordered = sorted(groups, key=lambda values: [(one is None, one or "") for one in values])
    rows = [
        {
            **dict(zip(names, values, strict=True)),
            **{column: groups[values][column] for column in columns},
        }
        for values in ordered
    ]
    return Sheet(name or f"by_{'_and_'.join(names)}", (*names, *columns), rows)


def ratings_sheet(counted: Mapping[int, int]) -> Sheet:
    """How many ratings there are of each number of points, the best first."""
    rows = [{"rating": points, "ratings": counted.get(points, 0)} for points in range(5, 0, -1)]
    return Sheet("ratings", ("rating", "ratings"), rows)
