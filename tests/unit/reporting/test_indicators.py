"""The catalogue of indicators."""

import pytest

from services.reporting.indicators import CATALOGUE, Of, compute_all


def test_each_indicator_is_defined_once_and_in_words() -> None:
    names = [one.name for one in CATALOGUE]
    assert len(names) == len(set(names))
    for one in CATALOGUE:
        assert one.says.en
        assert one.says.fr
        assert one.unit
        assert one.formula.en
        assert one.formula.fr


def test_nothing_counted_gives_zeros_and_no_rate() -> None:
    nothing = compute_all({})
    rates = {one.name for one in CATALOGUE if one.name.endswith(("_rate", "_pressure"))}
    rates |= {"satisfaction", *(one.name for one in CATALOGUE if one.of is Of.MONEY)}
    assert {name for name, value in nothing.items() if value is None} == rates
    assert all(value == 0 for name, value in nothing.items() if name not in rates)


@pytest.mark.parametrize(
    ("counts", "name", "value"),
    [
        ({"confirmed": 3, "seats": 4}, "fill_rate", 0.75),
        ({"absent": 1, "present": 1, "excused": 1}, "no_show_rate", 0.3333),
        ({"absent": 0, "excused": 2}, "no_show_rate", 0),
        ({"ratings": 9, "feedback_count": 2}, "satisfaction", 4.5),
        ({"hours_minutes": 100}, "hours", 1.67),
        ({"amount_asked_cents": 123_456}, "amount_asked", 1234.56),
        ({"running_cents": 0}, "running_cost", 0),
        ({"running_cents": 1000, "people_attended": 3}, "cost_per_person", 3.33),
        ({"running_cents": 1000, "heads_minutes": 90}, "cost_per_attended_hour", 6.67),
        ({"written_off_cents": 1000, "sessions": 4}, "written_off_per_session", 2.5),
        ({"ever_waitlisted": 3, "seats": 2}, "waiting_pressure", 1.5),
        ({"stayed": 3, "entered_ended": 4, "entered": 9}, "stay_rate", 0.75),
        ({"feedback_registered": 1, "feedback_count": 7, "attended": 2}, "response_rate", 0.5),
        ({"attended_hours_minutes": 90}, "attended_hours", 1.5),
    ],
)
def test_derived_figures_follow_their_formula(
    counts: dict[str, int], name: str, value: float
) -> None:
    assert compute_all(counts)[name] == value


def test_what_is_about_sessions_is_not_divided_by_who_takes_part() -> None:
    figures = compute_all({"sessions": 2, "registrations": 3}, of={Of.PEOPLE})
    assert figures["sessions"] is None
    assert figures["registrations"] == 3
