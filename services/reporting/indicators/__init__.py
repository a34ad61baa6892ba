"""Every indicator, defined once: what it is called, what it means, how it is computed.

Served at ``/v1/indicators/catalogue``. Whoever changes a meaning raises ``VERSION``: reports record it.
"""

from collections.abc import Collection

from services.reporting.indicators.definition import Counts, Indicator, Of, Value
from services.reporting.indicators.follow_up import FOLLOW_UP
from services.reporting.indicators.money import MONEY
from services.reporting.indicators.offer import OFFER
from services.reporting.indicators.participation import PARTICIPATION

__all__ = ["CATALOGUE", "VERSION", "Indicator", "Of", "Value", "compute_all"]

VERSION = 5

CATALOGUE: tuple[Indicator, ...] = (*PARTICIPATION, *OFFER, *FOLLOW_UP, *MONEY)


def compute_all(counts: Counts, *, of: Collection[Of] = tuple(Of)) -> dict[str, Value]:
    """Every indicator out of raw ``counts`` (what is missing counts 0); null what is not about any ``of`` these."""
    return {one.name: one.compute(counts) if one.of in of else None for one in CATALOGUE}
