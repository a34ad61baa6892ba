"""The occurrences of a recurring event (RFC 5545) between two moments."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.registrations.importing.report import BadRow
from services.registrations.recurring.rules import Unfollowable, follow

Times = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring event. ``start`` is in the event's own zone, in which wall-clock time is kept.

    ``left_out`` and the keys of ``moved`` are occurrences, in UTC; a moved one has its new start
    and length, or None when it is cancelled.
    """

    start: datetime
    length: timedelta
    rule: Any
    extra: Sequence[datetime]
    left_out: Collection[datetime]
    moved: Mapping[datetime, tuple[datetime, timedelta] | None]


def occurrences(series: Series, within: Times) -> Iterator[Times]:
    """Start and end in UTC of every occurrence that starts between the two moments, in order.

    Raises:
        BadRow: the rule cannot be followed.
    """
    found = set()
    for start in _starts(series, within[1]):
        if start in series.left_out or start in series.moved:
            continue
        found.add((start, start + series.length))
    for change in series.moved.values():
        if change is not None:
            start = change[0].astimezone(UTC)
            found.add((start, start + change[1]))
    yield from sorted(times for times in found if within[0] <= times[0] < within[1])


def _starts(series: Series, until: datetime) -> Iterator[datetime]:
    """The starts that the rule and the extra dates give, up to ``until`` or a little later."""
    zone = series.start.tzinfo
    yield series.start.astimezone(UTC)
    for extra in series.extra:
        yield extra.astimezone(UTC)
    if series.rule is None:
        return
    end = until.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    try:
        if isinstance(series.rule, list):
            raise Unfollowable("several")
        for moment in follow(series.rule, series.start, end):
            yield moment.replace(tzinfo=zone).astimezone(UTC)
    except Unfollowable as why:
        raise BadRow(
            "RRULE",
            f"This recurrence cannot be followed: {why!s:.120}",
            f"Cette récurrence ne peut pas être suivie : {why!s:.120}",
        ) from None
