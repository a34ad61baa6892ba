"""Appointments: the slots that a professional's hours hold."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.registrations.recurring.hours import Hours


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours on one day of the week (Monday is 0)."""

    weekday: int
    hours: Hours


def slots(
    openings: Iterable[Opening], first: date, last: date, *, minutes: int, pause: int
) -> Iterator[datetime]:
    """When slots of ``minutes`` begin, on the wall clock, from ``first`` to ``last``, both included.

    Between two slots of the same hours lie ``pause`` minutes; a slot that would go beyond its hours is none.
    """
    known = tuple(openings)
    day = first
    while day <= last:
        for opening in known:
            if opening.weekday == day.weekday():
                for begins in range(
                    opening.hours.starts, opening.hours.ends - minutes + 1, minutes + pause
                ):
                    yield datetime.combine(day, time()) + timedelta(minutes=begins)
        day += timedelta(days=1)


def crossing(openings: Iterable[Opening]) -> Opening | None:
    """The first hours that begin before others of the same day are over."""
    before: Opening | None = None
    for one in sorted(openings, key=lambda one: (one.weekday, one.hours.starts)):
        if (
            before is not None
            and one.weekday == before.weekday
            and one.hours.starts < before.hours.ends
        ):
            return one
        before = one
    return None
