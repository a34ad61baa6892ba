"""Rules of money: how much of a budget line belongs to a period."""

from datetime import date
from fractions import Fraction

KINDS = ("running", "investment")


def share_of(cents: int, year: int, years: int, since: date, until: date) -> Fraction:
    """The part of ``cents`` that belongs to the days from ``since`` to before ``until``.

    They are spread over ``years`` years from ``year`` on: in equal parts for each year, and evenly over its days.
    The shares of all years add up to the whole, to the last fraction of a cent.
    """
    return sum(
        (Fraction(cents, years) * _part(one, since, until) for one in range(year, year + years)),
        start=Fraction(0),
    )


def _part(year: int, since: date, until: date) -> Fraction:
    """How much of ``year`` lies between the two days."""
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    days = (min(until, after) - max(since, first)).days
    return Fraction(max(days, 0), (after - first).days)
