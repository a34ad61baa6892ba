"""What columns are called."""

from services.reporting.indicators import CATALOGUE
from services.reporting.reports.labels import INDICATORS, Kind, column


def test_every_indicator_has_a_short_name_in_both_languages() -> None:
    assert {one.name for one in CATALOGUE} <= set(INDICATORS)
    assert all(label.en and label.fr for label in INDICATORS.values())


def test_a_column_is_of_the_kind_that_its_indicator_is_counted_in() -> None:
    kinds = {name: column(name).kind for name in ("people", "fill_rate", "hours", "satisfaction")}
    assert kinds == {
        "people": Kind.COUNT,
        "fill_rate": Kind.RATIO,
        "hours": Kind.DECIMAL,
        "satisfaction": Kind.SCORE,
    }
