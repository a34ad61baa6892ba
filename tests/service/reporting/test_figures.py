"""The indicators, against small cases counted by hand."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from shared.events import catalogue
from tests.service.reporting.conftest import (
    BEGIN,
    PERSON,
    Story,
    departure,
    entry,
    meetings,
    message,
    positive,
)


def cancel(story: Story, registration_id: object, session_id: object, previous: str) -> None:
    story.tell(departure(registration_id, session_id, previous))  # type: ignore[arg-type]


def test_nothing_happened(story: Story) -> None:
    figures = story.figures("programme", "situation")
    assert positive(figures.total) == {}
    assert figures.groups == {"programme": {}, "situation": {}}


def test_an_afternoon_counted_by_hand(story: Story) -> None:
    session_id = story.session(capacity=2, meetings=meetings(BEGIN, minutes=90))
    ada, bob, eve = uuid4(), uuid4(), uuid4()
    a = story.register(session_id, participant_id=ada)
    b = story.register(session_id, participant_id=bob)
    c = story.register(session_id, "waitlisted", participant_id=eve)
    story.register(session_id, "waitlisted", waitlist_position=2)
    cancel(story, b, session_id, "confirmed")
    story.tell(entry(c, session_id, "confirmed", previous="waitlisted", participant_id=eve))
    story.attend(a, session_id, participant_id=ada, minutes=90)
    story.attend(c, session_id, participant_id=eve, minutes=90, status="absent")
    story.tell(catalogue.FeedbackSubmitted.of(registration_id=a, session_id=session_id, rating=4))
    story.tell(message(session_id))
    story.tell(message(session_id, failed=True))
    story.tell(catalogue.SessionClosed.of(session_id=session_id))
    assert positive(story.figures().total) == {
        "registrations": 4,
        "confirmed": 2,
        "waitlisted": 1,
        "cancelled": 1,
        "people": 4,
        "attended": 1,
        "people_attended": 1,
        "ever_waitlisted": 2,
        "promoted": 1,
        "refused": 1,
        "sessions": 1,
        "meetings": 1,
        "meetings_held": 1,
        "hours": 1.5,
        "attended_hours": 1.5,
        "seats": 2,
        "fill_rate": 1.0,
        "waiting_pressure": 1.0,
        "no_show_rate": 0.5,
        "satisfaction": 4.0,
        "feedback_count": 1,
        "response_rate": 1.0,
        "notifications_sent": 1,
        "notifications_failed": 1,
    }


def test_meetings_messages_and_feedback_do_not_multiply_one_another(story: Story) -> None:
    times = meetings(BEGIN, BEGIN + timedelta(days=7), BEGIN + timedelta(days=14))
    session_id = story.session(capacity=5, meetings=times)
    who = {"participant_id": uuid4(), "person": {**PERSON, "situations": ["a", "b"]}}
    registration_id = story.register(session_id, **who)
    for meeting in times:
        story.attend(
            registration_id,
            session_id,
            meeting_id=meeting["meeting_id"],
            participant_id=who["participant_id"],
        )
    for _ in range(2):
        story.tell(message(session_id, registration_id=registration_id))
    story.tell(
        catalogue.FeedbackSubmitted.of(
            registration_id=registration_id, session_id=session_id, rating=3
        )
    )
    figures = story.figures("theme", "situation")
    expected = {
        "registrations": 1,
        "people": 1,
        "attended": 1,
        "attended_hours": 6.0,
        "satisfaction": 3.0,
        "feedback_count": 1,
        "notifications_sent": 2,
    }
    everywhere = [figures.total, figures.groups["theme"]["repair"]]
    for group in (*everywhere, *(figures.groups["situation"][name] for name in "ab")):
        assert {name: group[name] for name in expected} == expected
    for group in everywhere:
        assert (group["sessions"], group["meetings"], group["seats"]) == (1, 3, 5)
    assert set(figures.groups["situation"]) == {"a", "b"}
    assert figures.groups["situation"]["a"]["seats"] is None


def test_people_are_counted_once_in_the_total_and_once_in_each_group(story: Story) -> None:
    ada = uuid4()
    for programme in ("ateliers", "ateliers", "budget"):
        session_id = story.session(programme=programme)
        registration_id = story.register(session_id, participant_id=ada)
        story.attend(registration_id, session_id, participant_id=ada)
    figures = story.figures("programme")
    groups = figures.groups["programme"]
    assert (figures.total["people"], figures.total["people_attended"]) == (1, 1)
    assert (groups["ateliers"]["people"], groups["ateliers"]["registrations"]) == (1, 2)
    assert groups["budget"]["people"] == 1


def test_several_groupings_at_once_are_each_as_if_alone(story: Story) -> None:
    for programme, theme, place in (
        ("ateliers", "repair", "arceaux"),
        ("ateliers", None, "arceaux"),
        ("budget", None, "mosson"),
    ):
        story.register(story.session(programme=programme, theme=theme, place=place))
    names = ("programme", "organisation", "theme", "month", "place", "situation")
    together = story.figures(*names)
    for name in names:
        alone = story.figures(name)
        assert together.groups[name] == alone.groups[name]
        assert together.total == alone.total
    assert {group: one["sessions"] for group, one in together.groups["theme"].items()} == {
        "repair": 1,
        None: 2,
    }


def test_a_cancelled_session_offers_no_seat_and_refuses_nobody(story: Story) -> None:
    session_id = story.session(capacity=8)
    waiting = story.register(session_id, "waitlisted")
    story.tell(catalogue.SessionCancelled.of(session_id=session_id))
    story.tell(departure(waiting, session_id, "waitlisted", by="system"), BEGIN + timedelta(days=1))
    assert positive(story.figures().total) == {
        "registrations": 1,
        "cancelled": 1,
        "people": 1,
        "ever_waitlisted": 1,
        "sessions_cancelled": 1,
    }


@pytest.mark.parametrize(
    ("leaves", "as_of", "refused"),
    [
        (None, timedelta(hours=-1), 0),
        (None, timedelta(hours=1), 1),
        (timedelta(hours=-1), timedelta(hours=2), 0),
        (timedelta(hours=1), timedelta(hours=2), 1),
    ],
    ids=["not begun", "still in line", "left before", "left after it began"],
)
def test_demand_is_refused_when_the_session_begins_without_it(
    story: Story, leaves: timedelta | None, as_of: timedelta, refused: int
) -> None:
    session_id = story.session()
    waiting = story.register(session_id, "waitlisted")
    if leaves is not None:
        story.tell(departure(waiting, session_id, "waitlisted"), BEGIN + leaves)
    assert story.figures(as_of=BEGIN + as_of).total["refused"] == refused


def test_only_meetings_that_were_held_give_hours(story: Story) -> None:
    story.session(meetings=meetings(BEGIN, BEGIN + timedelta(days=7), minutes=60))
    for as_of, held in ((timedelta(0), 0), (timedelta(hours=1), 1), (timedelta(days=8), 2)):
        total = story.figures(as_of=BEGIN + as_of).total
        assert (total["meetings"], total["meetings_held"], total["hours"]) == (2, held, held)


def test_a_closed_session_has_held_its_meetings(story: Story) -> None:
    session_id = story.session(meetings=meetings(BEGIN, minutes=60))
    story.tell(catalogue.SessionClosed.of(session_id=session_id))
    assert story.figures(as_of=BEGIN).total["hours"] == 1


def test_a_month_is_that_of_the_place_across_a_clock_change(story: Story) -> None:
    """23:30 UTC on 31 March is 1 April in Paris, in summer time since two days, and in Cayenne not."""
    late = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    story.session(meetings=meetings(late))
    story.session(meetings=meetings(late - timedelta(hours=1)))
    story.session(meetings=meetings(late), timezone="America/Cayenne", place="cayenne")
    figures = story.figures("month")
    counted = {month: one["sessions"] for month, one in figures.groups["month"].items()}
    assert counted == {"2026-03": 2, "2026-04": 1}
    april = story.figures(since=date(2026, 4, 1), until=date(2026, 5, 1))
    assert april.total["sessions"] == 1


def test_a_period_holds_sessions_by_their_first_meeting_last_day_left_out(story: Story) -> None:
    course = meetings(BEGIN, BEGIN + timedelta(days=31))
    session_id = story.session(meetings=course)
    story.attend(story.register(session_id), session_id, meeting_id=course[1]["meeting_id"])
    day = BEGIN.date()
    one = timedelta(days=1)
    inside = story.figures("month", since=day, until=day + one)
    assert (inside.total["meetings"], inside.total["attended"]) == (2, 1)
    assert set(inside.groups["month"]) == {"2026-03"}
    for since, until in ((day + one, None), (None, day)):
        assert positive(story.figures(since=since, until=until).total) == {}


@pytest.mark.parametrize("limit", ["programme", "organisation", "place"])
def test_a_filter_keeps_what_belongs_to_it(story: Story, limit: str) -> None:
    for code in ("one", "two", "two"):
        session_id = story.session(**{limit: code})
        registration_id = story.register(session_id)
        story.attend(registration_id, session_id)
        story.tell(message(session_id))
        story.tell(
            catalogue.FeedbackSubmitted.of(
                registration_id=registration_id, session_id=session_id, rating=3
            )
        )
    total = story.figures(**{limit: "two"}).total
    names = ("sessions", "meetings", "registrations", "attended", "feedback_count")
    assert [total[name] for name in (*names, "notifications_sent")] == [2] * 6


def test_what_is_of_a_session_not_told_of_still_counts_in_the_total(story: Story) -> None:
    story.register(uuid4())
    figures = story.figures("programme")
    assert figures.total["registrations"] == 1
    assert figures.groups["programme"][None]["registrations"] == 1
    assert story.figures(programme="ateliers").total["registrations"] == 0


def test_ratings_of_the_tablet_count_beside_those_of_registrations_and_have_no_situation(
    story: Story,
) -> None:
    session_id = story.session()
    registration_id = story.register(session_id, person={**PERSON, "situations": ["a"]})
    story.tell(
        catalogue.FeedbackSubmitted.of(
            registration_id=registration_id, session_id=session_id, rating=4
        )
    )
    for rating in (5, 3, 1):
        told = catalogue.FeedbackCollected.of(
            feedback_id=uuid4(), session_id=session_id, rating=rating
        )
        for _ in range(2):
            story.tell(told)
    figures = story.figures("situation")
    seen = ("satisfaction", "feedback_count")
    assert [figures.total[name] for name in seen] == [3.25, 4]
    assert [figures.groups["situation"]["a"][name] for name in seen] == [4.0, 1]
    assert [figures.groups["situation"][None][name] for name in seen] == [3.0, 3]
