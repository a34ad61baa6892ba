"""Phone numbers as people of this country read and dial them."""

import pytest

from services.notifications.rendering.phones import as_written


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("+33467000000", "04 67 00 00 00"),
        ("+33612345678", "06 12 34 56 78"),
        ("+3225123456", "+32 2 512 34 56"),
        ("the desk\n", "the desk"),
    ],
)
def test_a_number_is_written_as_its_country_does_and_stays_on_one_line(
    told: str, written: str
) -> None:
    assert as_written(told).replace("\u00a0", " ") == written
    assert told.startswith("the") or " " not in as_written(told)
