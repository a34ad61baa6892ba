"""Recurrence rules on the wall clock, held against dateutil's own."""

from datetime import datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registrations.recurring.rules import Unfollowable, ends, follow, read_rule

PARIS = ZoneInfo("Europe/Paris")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

rules = st.one_of(
    st.builds(
        "FREQ=WEEKLY;INTERVAL={};BYDAY={};COUNT={}".format,
        st.integers(1, 5),
        st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(",".join),
        st.integers(1, 60),
    ),
    st.builds(
        "FREQ=MONTHLY;BYDAY={}{};COUNT={}".format,
        st.integers(-4, 4).filter(bool),
        st.sampled_from(DAYS),
        st.integers(1, 30),
    ),
    st.builds("FREQ=DAILY;INTERVAL={};UNTIL=20291231".format, st.integers(1, 90)),
    st.builds(
        "FREQ=YEARLY;BYMONTH={};BYMONTHDAY={};COUNT=3".format,
        st.integers(1, 12),
        st.integers(1, 28),
    ),
)


@settings(deadline=None, max_examples=60)
@given(rule=rules, day=st.integers(0, 700))
def test_a_rule_gives_the_times_that_dateutil_gives(rule: str, day: int) -> None:
    start = datetime(2026, 9, 1, 18, 30, tzinfo=PARIS) + timedelta(days=day)
    before = datetime.fromisoformat("2035-01-01")
    found = list(islice(follow(read_rule(rule), start, before), 400))
    theirs = rrulestr(
        rule.replace("UNTIL=20291231", "UNTIL=20291231T235959"), dtstart=start.replace(tzinfo=None)
    )
    assert found == list(islice(takewhile(lambda one: one < before, theirs), 400))


@pytest.mark.parametrize(
    ("until", "count"), [("20270105T170000Z", 1), ("20270105T165959Z", 0), ("20270112T180000", 2)]
)
def test_an_end_in_utc_is_understood_where_the_rule_holds(until: str, count: int) -> None:
    start = datetime(2027, 1, 5, 18, tzinfo=PARIS)
    rule = read_rule(f"FREQ=WEEKLY;UNTIL={until}")
    assert len(list(follow(rule, start, datetime.fromisoformat("2028-01-01")))) == count


def test_a_rule_says_itself_when_it_is_over_or_does_not() -> None:
    assert ends(read_rule("FREQ=DAILY;COUNT=2"))
    assert ends(read_rule("FREQ=DAILY;UNTIL=20270101"))
    assert not ends(read_rule("FREQ=DAILY"))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        rule = read_rule(text)
        list(
            islice(
                follow(
                    rule, datetime(2027, 1, 5, tzinfo=PARIS), datetime.fromisoformat("2028-01-01")
                ),
                5,
            )
        )
    except Unfollowable:
        pass
