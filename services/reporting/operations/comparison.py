"""Figures of two periods beside each other."""

from services.reporting.indicators import Value
from services.reporting.operations.figures import Indicators

Compared = dict[str, dict[str, Value]]


def compare(these: Indicators, others: Indicators) -> Compared:
    """Each indicator in the other period, how much more this one has (less, below 0), and how many times it."""
    return {name: beside(value, others[name]) for name, value in these.items()}


def beside(value: Value, other: Value) -> dict[str, Value]:
    """``other``, how much more than it ``value`` is, and how many times; nulls where it cannot be said."""
    if value is None or other is None:
        return {"value": other, "difference": None, "ratio": None}
    return {
        "value": other,
        "difference": round(value - other, 4),
        "ratio": round(value / other, 4) if other else None,
    }
