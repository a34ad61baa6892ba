"""What each event makes of the facts."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from services.reporting.models import (
    FACTS,
    Base,
    attendance_fact,
    feedback_fact,
    meeting_fact,
    notification_fact,
    registration_fact,
    session_fact,
)
from shared.events import catalogue
from shared.migrations import check
from tests.service.reporting.conftest import (
    BEGIN,
    Story,
    attendance,
    departure,
    entry,
    meetings,
    message,
    only,
    session_state,
)


def test_the_migrations_make_what_the_models_say(database_urls: dict[str, str]) -> None:
    check("reporting", database_urls["reporting"], Base.metadata)


def test_a_published_session_is_known_with_its_meetings(story: Story) -> None:
    times = meetings(BEGIN + timedelta(days=7), BEGIN, minutes=90)
    session_id = story.session(meetings=times, capacity=12, minimum=5, theme=None)
    known = only(story.rows(session_fact))
    assert (known.session_id, known.status, known.programme) == (
        session_id,
        "published",
        "ateliers",
    )
    assert (known.capacity, known.minimum, known.theme) == (12, 5, None)
    assert (known.first_starts_at, known.first_day) == (BEGIN, date(2026, 3, 2))
    held = {row.meeting_id: (row.minutes, row.day) for row in story.rows(meeting_fact)}
    assert held == {
        times[0]["meeting_id"]: (90, date(2026, 3, 9)),
        times[1]["meeting_id"]: (90, date(2026, 3, 2)),
    }


def test_a_rescheduled_session_keeps_moves_and_drops_meetings(story: Story) -> None:
    first, second = meetings(BEGIN, BEGIN + timedelta(days=7))
    session_id = story.session(meetings=[first, second])
    other = story.session()
    moved = {
        **second,
        "starts_at": BEGIN + timedelta(days=1),
        "ends_at": BEGIN + timedelta(days=1, hours=1),
    }
    state = session_state(session_id, meetings=[moved], capacity=3, title="Couture")
    story.tell(catalogue.SessionRescheduled.of(**state))
    (changed,) = [row for row in story.rows(session_fact) if row.session_id == session_id]
    assert (changed.capacity, changed.title, changed.first_day) == (3, "Couture", date(2026, 3, 3))
    mine = [row for row in story.rows(meeting_fact) if row.session_id == session_id]
    assert [(row.meeting_id, row.minutes) for row in mine] == [(second["meeting_id"], 60)]
    assert [row for row in story.rows(meeting_fact) if row.session_id == other]


@pytest.mark.parametrize(
    ("end", "status"),
    [(catalogue.SessionCancelled, "cancelled"), (catalogue.SessionClosed, "closed")],
)
def test_a_session_ends(story: Story, end: type[catalogue.EventSchema], status: str) -> None:
    session_id = story.session()
    story.tell(end.of(session_id=session_id))
    assert only(story.rows(session_fact)).status == status


def test_a_time_zone_that_does_not_exist_parks_the_session_and_nothing_else(story: Story) -> None:
    story.session(timezone="Europe/Arceaux")
    fine = story.session()
    assert [row.session_id for row in story.rows(session_fact)] == [fine]
    assert only(story.parked()).type == "session.published"


def test_a_registration_remembers_its_way_through_the_waiting_list(story: Story) -> None:
    registration_id, session_id, participant_id = uuid4(), uuid4(), uuid4()
    person = {"age_band": "60-74", "district": "34070", "situations": ["b", "a", "b"]}
    who = {"participant_id": participant_id, "person": person}
    story.tell(entry(registration_id, session_id, "pending", **who), BEGIN)
    story.tell(
        entry(
            registration_id,
            session_id,
            "waitlisted",
            previous="pending",
            waitlist_position=4,
            **who,
        ),
        BEGIN + timedelta(hours=1),
    )
    story.tell(
        entry(registration_id, session_id, "confirmed", previous="waitlisted", **who),
        BEGIN + timedelta(hours=2),
    )
    story.tell(
        departure(registration_id, session_id, "confirmed", participant_id=participant_id),
        BEGIN + timedelta(hours=3),
    )
    known = only(story.rows(registration_fact))
    assert (known.status, known.was_waitlisted, known.was_promoted) == ("cancelled", True, True)
    assert (known.accepted_at, known.waitlist_position) == (BEGIN, 4)
    assert (known.left_from, known.left_at) == ("confirmed", BEGIN + timedelta(hours=3))
    assert (known.age_band, known.situations) == ("60-74", ["a", "b"])
    assert (known.participant_id, known.position) == (participant_id, 4)


@pytest.mark.parametrize("taken", [True, False])
def test_a_seat_offered_counts_as_promotion_once_it_is_taken(story: Story, taken: bool) -> None:
    registration_id, session_id = uuid4(), uuid4()
    story.tell(entry(registration_id, session_id, "waitlisted"))
    story.tell(entry(registration_id, session_id, "offered", previous="waitlisted"))
    assert only(story.rows(registration_fact)).status == "offered"
    if taken:
        story.tell(entry(registration_id, session_id, "confirmed", previous="offered"))
    else:
        story.tell(
            catalogue.RegistrationExpired.of(
                registration_id=registration_id,
                session_id=session_id,
                participant_id=uuid4(),
                previous="offered",
                by="system",
            )
        )
    known = only(story.rows(registration_fact))
    assert known.status == ("confirmed" if taken else "expired")
    assert (known.was_waitlisted, known.was_promoted) == (True, taken)
    assert known.left_from == (None if taken else "offered")


def test_what_a_registration_went_through_is_not_forgotten_when_it_is_told_again(
    story: Story,
) -> None:
    registration_id, session_id = uuid4(), uuid4()
    for status, previous in (
        ("waitlisted", None),
        ("confirmed", "waitlisted"),
        ("confirmed", "confirmed"),
    ):
        story.tell(entry(registration_id, session_id, status, previous=previous))
    known = only(story.rows(registration_fact))
    assert (known.was_waitlisted, known.was_promoted) == (True, True)
    assert known.waitlist_position == 1


def test_a_declined_registration_is_known_as_such(story: Story) -> None:
    registration_id, session_id = uuid4(), uuid4()
    story.tell(entry(registration_id, session_id, "pending"))
    declined = catalogue.RegistrationDeclined.of(
        registration_id=registration_id,
        session_id=session_id,
        participant_id=uuid4(),
        previous="pending",
        by="staff",
        reason="not-eligible",
    )
    story.tell(declined)
    known = only(story.rows(registration_fact))
    assert (known.status, known.left_from) == ("declined", "pending")


def test_attendance_and_feedback_told_again_replace_what_was_said(story: Story) -> None:
    registration_id, session_id, meeting_id = uuid4(), uuid4(), uuid4()
    for status in ("absent", "present"):
        story.tell(attendance(registration_id, session_id, meeting_id=meeting_id, status=status))
    story.tell(attendance(registration_id, session_id, status="excused"))
    for rating in (2, 5):
        story.tell(
            catalogue.FeedbackSubmitted.of(
                registration_id=registration_id, session_id=session_id, rating=rating
            )
        )
    assert sorted(row.status for row in story.rows(attendance_fact)) == ["excused", "present"]
    assert only(story.rows(feedback_fact)).rating == 5


def test_a_message_that_failed_then_went_out_is_sent(story: Story) -> None:
    notification_id = uuid4()
    story.tell(message(None, failed=True, notification_id=notification_id, channel="sms"))
    story.tell(message(None, notification_id=notification_id, channel="email"))
    known = only(story.rows(notification_fact))
    assert (known.status, known.channel, known.session_id) == ("sent", "email", None)


def test_what_comes_twice_counts_once(story: Story) -> None:
    session_id = story.session(meetings=meetings(BEGIN, BEGIN + timedelta(days=7)))
    registration_id = story.register(session_id)
    story.attend(registration_id, session_id)
    story.tell(message(session_id))
    before = [story.rows(fact) for fact in FACTS]
    for source, log in story.feeds.logs.items():
        story.receiver.receive(source, 0, log)
        story.receiver.receive(source, 0, log[-1:])
    assert [story.rows(fact) for fact in FACTS] == before


def test_each_handler_gives_the_same_rows_when_an_event_is_handled_again(story: Story) -> None:
    """The cursor aside: what a handler writes is the state told, not a change to it."""
    session_id = story.session()
    waiting = story.register(session_id, "waitlisted")
    story.attend(waiting, session_id)
    story.tell(
        catalogue.FeedbackSubmitted.of(registration_id=waiting, session_id=session_id, rating=3)
    )
    story.tell(departure(waiting, session_id, "waitlisted"))
    story.tell(catalogue.SessionClosed.of(session_id=session_id))
    story.tell(message(session_id, failed=True))
    before = [story.rows(fact) for fact in FACTS]
    with story.database.transaction() as session:
        for source, log in story.feeds.logs.items():
            for event in log:
                story.receiver._handle_all(session, source, [event])
    assert [story.rows(fact) for fact in FACTS] == before


def test_a_gap_is_filled_from_the_feed(story: Story) -> None:
    session_id = uuid4()
    story.feeds.write(catalogue.SessionPublished.of(**session_state(session_id)))
    story.feeds.write(entry(uuid4(), session_id, "confirmed"))
    last = story.feeds.write(entry(uuid4(), session_id, "confirmed"))
    story.receiver.receive("registrations", 2, [last])
    assert len(story.rows(session_fact)) == 1
    assert len(story.rows(registration_fact)) == 2


def test_facts_of_two_services_may_come_in_any_order(story: Story) -> None:
    session_id = uuid4()
    story.tell(message(session_id))
    story.tell(message(session_id, failed=True))
    assert story.figures(programme="ateliers").total["notifications_sent"] == 0
    story.session(session_id=session_id)
    figures = story.figures(programme="ateliers").total
    assert (figures["notifications_sent"], figures["notifications_failed"]) == (1, 1)
