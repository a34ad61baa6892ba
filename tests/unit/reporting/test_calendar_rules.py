"""When rules of the calendar come round."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.calendar_rules import NotARule, following, is_rule

SINCE = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "after", "moment"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=1", "2026-01-15T12:00Z", "2026-02-01T05:00Z"),
        # Summer time: six o'clock is four in UTC.
        ("FREQ=MONTHLY;BYMONTHDAY=1", "2026-06-30T12:00Z", "2026-07-01T04:00Z"),
        ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=8;BYMINUTE=30", "2026-01-19T07:29Z", "2026-01-19T07:30Z"),
        ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=8;BYMINUTE=30", "2026-01-19T07:30Z", "2026-01-26T07:30Z"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-01-15T12:00Z", "2026-01-30T05:00Z"),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=2", "2026-01-15T12:00Z", "2027-01-02T05:00Z"),
        # Every second day, counted from the 15th.
        ("FREQ=DAILY;INTERVAL=2", "2026-01-16T12:00Z", "2026-01-17T05:00Z"),
    ],
)
def test_the_next_moment_of_a_rule(rule: str, after: str, moment: str) -> None:
    at, expected = (datetime.fromisoformat(text) for text in (after, moment))
    assert following(rule, at, since=SINCE, timezone="Europe/Paris") == expected


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=",
        "BYDAY=MO",
        "FREQ=DAILY;BYHOUR=25",
        "FREQ=DAILY;",
        "FREQ=MONTHLY;BYMONTHDAY=99",
        # The thirtieth of February.
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_what_cannot_be_read_or_never_comes_is_no_rule(rule: str) -> None:
    with pytest.raises(NotARule):
        following(rule, SINCE, since=SINCE, timezone="Europe/Paris")


def test_a_rule_is_told_from_an_event() -> None:
    assert is_rule("FREQ=DAILY")
    assert not is_rule("session.closed")


@given(st.text(alphabet="FREQDAILYMONTHBYSPW=;,+-0123456789", max_size=40))
def test_whatever_is_typed_is_a_rule_or_is_not(text: str) -> None:
    try:
        found = following(f"FREQ={text}", SINCE, since=SINCE, timezone="Europe/Paris")
    except NotARule:
        return
    assert found > SINCE


@given(
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=TU,SU", "FREQ=MONTHLY;BYMONTHDAY=-1"]),
    st.datetimes(datetime(2026, 2, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_a_rule_comes_again_and_again_without_standing_still(rule: str, at: datetime) -> None:
    moment = at.replace(tzinfo=UTC)
    for _ in range(3):
        after = following(rule, moment, since=SINCE, timezone="Europe/Paris")
        assert moment < after <= moment + timedelta(days=33)
        moment = after
