"""How an indicator is defined: its words, and what computes it out of raw counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.errors import Text

Counts = Mapping[str, Any]
Value = int | float | None


class Of(StrEnum):
    """What an indicator is about, and so what it can be divided by: see ``operations.figures.known_of``.

    ``ONCE`` is what counts once however often it came, such as different people: it takes by far the longest.
    """

    PEOPLE = "people"
    ONCE = "once"
    OFFER = "offer"
    REFERRALS = "referrals"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure, null where it is asked for by what it cannot be divided by."""

    name: str
    says: Text
    unit: str
    formula: Text
    compute: Callable[[Counts], Value]
    of: Of = Of.PEOPLE


def count(
    name: str,
    en: str,
    fr: str,
    unit: str,
    formula: Text,
    *,
    plus: tuple[str, ...] = (),
    of: Of = Of.PEOPLE,
) -> Indicator:
    """The count of the same name, and those of ``plus``."""
    parts = (name, *plus)
    return Indicator(name, Text(en, fr), unit, formula, lambda counts: _sum(counts, parts), of)


def hours(
    name: str,
    en: str,
    fr: str,
    formula: Text,
    *,
    plus: tuple[str, ...] = (),
    of: Of = Of.PEOPLE,
) -> Indicator:
    """Hours, to the hundredth, of ``{name}_minutes`` and the minutes of ``plus``."""
    minutes = (f"{name}_minutes", *plus)
    return Indicator(
        name,
        Text(en, fr),
        "hours",
        formula,
        lambda counts: round(_sum(counts, minutes) / 60, 2),
        of,
    )


def euros(
    name: str, en: str, fr: str, formula: Text, *, part: str, of: Of = Of.PEOPLE
) -> Indicator:
    """Euros, to the cent, of the cents counted as ``part``."""
    return Indicator(
        name,
        Text(en, fr),
        "euros",
        formula,
        lambda counts: round(_sum(counts, (part,)) / 100, 2),
        of,
    )


def ratio(
    name: str,
    en: str,
    fr: str,
    *,
    unit: str,
    formula: Text,
    part: str,
    over: tuple[str, ...],
    of: Of = Of.PEOPLE,
) -> Indicator:
    """``part`` for each of ``over``, to four decimals; null without any of those."""

    def compute(counts: Counts) -> Value:
        divisor = _sum(counts, over)
        return round(int(counts.get(part) or 0) / divisor, 4) if divisor else None

    return Indicator(name, Text(en, fr), unit, formula, compute, of)


def cost(name: str, en: str, fr: str, formula: Text, *, part: str) -> Indicator:
    """Euros, to the cent, of the cents counted as ``part``; null when there are none to count."""

    def compute(counts: Counts) -> Value:
        return None if counts.get(part) is None else round(int(counts[part]) / 100, 2)

    return Indicator(name, Text(en, fr), "euros", formula, compute, Of.MONEY)


def cost_per(
    name: str, en: str, fr: str, formula: Text, *, part: str, over: tuple[str, ...], each: int = 1
) -> Indicator:
    """Euros, to the cent, of the cents counted as ``part``, for every ``each`` of ``over``; null without either."""

    def compute(counts: Counts) -> Value:
        divisor = _sum(counts, over)
        if counts.get(part) is None or not divisor:
            return None
        return round(int(counts[part]) * each / divisor / 100, 2)

    return Indicator(name, Text(en, fr), "euros", formula, compute, Of.MONEY)


def _sum(counts: Counts, parts: tuple[str, ...]) -> int:
    return sum(int(counts.get(part) or 0) for part in parts)
