"""When rules of the calendar come round."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

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
    ("rule", "since", "moment"),
    [
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=22", "2026-11-29T02:21+01:00", "2026-11-29T02:22+01:00"),
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=22", "2026-11-29T02:22+01:00", "2026-11-30T02:22+01:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=5", "2026-12-01T01:00+01:00", "2026-12-01T05:00+01:00"),
        ("FREQ=DAILY;BYHOUR=0", "2026-11-29T23:59+01:00", "2026-11-30T00:00+01:00"),
        ("FREQ=DAILY;BYHOUR=5", "2026-11-29T01:00+01:00", "2026-11-29T05:00+01:00"),
        # Minutes alone are those after the hour that there is otherwise.
        ("FREQ=DAILY;BYMINUTE=30", "2026-11-29T01:00+01:00", "2026-11-29T06:30+01:00"),
        # 2026-03-29 has no 2:30, and 2026-10-25 has it twice: the first is meant.
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2026-03-29T00:30+01:00", "2026-03-29T03:30+02:00"),
        ("FREQ=DAILY;BYHOUR=3", "2026-03-29T01:59+01:00", "2026-03-29T03:00+02:00"),
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2026-10-25T00:30+02:00", "2026-10-25T02:30+02:00"),
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2026-10-25T02:10+01:00", "2026-10-26T02:30+01:00"),
        ("FREQ=DAILY;BYHOUR=4", "2026-10-25T02:30+01:00", "2026-10-25T04:00+01:00"),
    ],
)
def test_the_first_round_is_the_next_that_the_clock_shows_however_early(
    rule: str, since: str, moment: str
) -> None:
    at, expected = (datetime.fromisoformat(text) for text in (since, moment))
    assert following(rule, at, since=at, timezone="Europe/Paris") == expected


@pytest.mark.parametrize("hour", ["", ";BYHOUR=2;BYMINUTE=30", ";BYHOUR=0"])
@pytest.mark.parametrize("change", ["2026-03-27T12:00Z", "2026-10-23T12:00Z"])
def test_a_clock_change_neither_skips_a_day_nor_has_it_twice(hour: str, change: str) -> None:
    moment = since = datetime.fromisoformat(change)
    days = []
    for _ in range(5):
        moment = following(f"FREQ=DAILY{hour}", moment, since=since, timezone="Europe/Paris")
        days.append(moment.astimezone(ZoneInfo("Europe/Paris")).date())
    assert days == [days[0] + timedelta(days=number) for number in range(5)]


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
