"""When people are reminded, also across clock changes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.reminders import reminders
from services.notifications.domain.sessions import Meeting

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
USUAL = (timedelta(days=2), timedelta(hours=2))


def meeting(begins: datetime, hours: float = 2) -> Meeting:
    return Meeting(uuid4(), begins, begins + timedelta(hours=hours), None)


def due(*begins: datetime, now: datetime = NOW) -> list[timedelta]:
    return [one.lead for one in reminders([meeting(one) for one in begins], USUAL, now)]


def test_two_days_and_two_hours_before() -> None:
    begins = NOW + timedelta(days=9)
    found = list(reminders([meeting(begins)], USUAL, NOW))
    assert [one.due_at for one in found] == [begins - lead for lead in USUAL]
    assert [one.until for one in found] == [begins - timedelta(hours=2), begins]
    assert [one.ahead for one in found] == ["days", "hours"]


def test_two_days_are_48_hours_when_clocks_change() -> None:
    begins = datetime(2027, 3, 29, 18, tzinfo=PARIS)
    first, _ = reminders([meeting(begins.astimezone(UTC))], USUAL, NOW)
    assert begins.astimezone(UTC) - first.due_at == timedelta(hours=48)
    assert first.due_at.astimezone(PARIS).hour == 17


def test_what_one_was_just_told_is_not_repeated() -> None:
    assert due(NOW + timedelta(hours=50)) == [timedelta(hours=2)]
    assert due(NOW + timedelta(hours=2, minutes=20)) == []


def test_nobody_is_reminded_of_what_they_are_on_their_way_to() -> None:
    monday = NOW + timedelta(days=7)
    assert due(monday, monday + timedelta(days=1)) == [*USUAL, timedelta(hours=2)]


def test_a_reminder_of_another_date_is_another_one() -> None:
    registration, begins = uuid4(), NOW + timedelta(days=9)
    one = meeting(begins)
    moved = Meeting(one.id, begins + timedelta(days=1), one.ends_at + timedelta(days=1), None)
    before = {each.id_for(registration) for each in reminders([one], USUAL, NOW)}
    after = {each.id_for(registration) for each in reminders([moved], USUAL, NOW)}
    again = {each.id_for(registration) for each in reminders([one], USUAL, NOW)}
    assert len(before) == 2
    assert before == again
    assert before.isdisjoint(after)


@given(
    starts=st.lists(st.integers(-1000, 10_000), max_size=12, unique=True),
    minutes=st.lists(st.integers(30, 20_160), max_size=5),
)
def test_reminders_come_in_time_each_once_and_none_outlives_its_date(
    starts: list[int], minutes: list[int]
) -> None:
    meetings = [meeting(NOW + timedelta(minutes=10 * start), hours=0.1) for start in starts]
    leads = [timedelta(minutes=one) for one in minutes]
    found = list(reminders(meetings, leads, NOW))
    assert len({(one.meeting_id, one.lead) for one in found}) == len(found)
    for one in found:
        assert NOW < one.due_at < one.until <= one.starts_at
        assert not any(
            other.starts_at < one.starts_at and other.ends_at > one.due_at for other in meetings
        )
    for before, after in pairwise(found):
        if before.meeting_id == after.meeting_id:
            assert before.until <= after.due_at
