"""Days, months and scopes."""

from datetime import UTC, date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from services.reporting.domain import Scope, local_time, month_bounds, whole_minutes


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-03-28T23:30:00+00:00", "Europe/Paris", date(2026, 3, 29)),
        ("2026-03-29T22:30:00+00:00", "Europe/Paris", date(2026, 3, 30)),
        ("2026-03-29T21:30:00+00:00", "Europe/Paris", date(2026, 3, 29)),
        ("2026-10-31T22:30:00+00:00", "Europe/Paris", date(2026, 10, 31)),
        ("2026-10-31T23:30:00+00:00", "Europe/Paris", date(2026, 11, 1)),
        ("2026-11-01T03:30:00+00:00", "America/Cayenne", date(2026, 11, 1)),
        ("2026-11-01T02:30:00+00:00", "America/Cayenne", date(2026, 10, 31)),
    ],
)
def test_a_day_is_that_of_the_clocks_of_the_place(moment: str, zone: str, day: date) -> None:
    assert local_time(datetime.fromisoformat(moment), zone).date() == day


def test_a_time_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        local_time(datetime(2026, 1, 1, tzinfo=UTC), "Europe/Arceaux")


def test_a_meeting_lasts_what_clocks_on_the_wall_do_not_say_when_they_change() -> None:
    paris = ZoneInfo("Europe/Paris")
    begins = datetime(2026, 3, 29, 1, 0, tzinfo=paris).astimezone(UTC)
    ends = datetime(2026, 3, 29, 4, 0, tzinfo=paris).astimezone(UTC)
    assert whole_minutes(begins, ends) == 120


@pytest.mark.parametrize(
    ("month", "first", "after"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 3, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_a_month_ends_before_the_next_begins(month: str, first: date, after: date) -> None:
    assert month_bounds(month) == (first, after)


@pytest.mark.parametrize(
    "limit",
    [
        {"since": date(2026, 1, 1)},
        {"until": date(2026, 1, 1)},
        {"programme": "budget"},
        {"organisation": "ccas"},
        {"place": "arceaux"},
        {"session_id": uuid4()},
    ],
    ids=lambda limit: next(iter(limit)),
)
def test_any_limit_makes_a_scope_less_than_everything(limit: dict[str, object]) -> None:
    assert Scope().is_everything
    assert not Scope(**limit).is_everything  # type: ignore[arg-type]
