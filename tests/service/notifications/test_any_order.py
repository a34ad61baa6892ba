"""What holds whatever happens in whatever order: to sessions that move and end, to people with much to hear."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notifications.domain.reminders import reminders
from services.notifications.domain.sessions import Meeting
from services.notifications.models import Notification
from shared.events.catalogue import SessionCancelled
from tests.service.notifications.conftest import MailServer, Post, Registrations, meeting, soon

LEADS = [2880, 120]
# Each example works on people of its own, in one database.
BOUNDED = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MEANWHILE = st.sampled_from(["nothing", "sent", "a minute later"])


def meanwhile(post: Post, what: str, theirs: Any) -> None:
    """What the service does between two facts, for one example's people."""
    if what != "nothing":
        post.send(*(one.id for one in post.all() if theirs(one)))
    if what == "a minute later":
        post.let_a_minute_pass()


@BOUNDED
@given(
    moves=st.lists(st.tuples(st.integers(4, 40), MEANWHILE), max_size=4),
    end=st.sampled_from(["session", "seat", None]),
)
def test_however_often_a_session_moves_people_hear_last_how_it_stands_and_no_other_date_is_kept(
    registrations: Registrations,
    post: Post,
    moves: list[tuple[int, str]],
    end: str | None,
) -> None:
    date = meeting(soon())
    session = registrations.session(meetings=[date], reminder_minutes=LEADS)
    person = registrations.person()

    def theirs(one: Notification) -> bool:
        return one.participant_id == person and one.kind != "reminder"

    registration = registrations.register(session, person)
    for days, what in moves:
        date = meeting(soon(days=days), id=date["meeting_id"])
        registrations.reschedule(session, meetings=[date])
        meanwhile(post, what, theirs)
    if end is not None:
        by = "system" if end == "session" else "participant"
        if end == "session":
            registrations.tell(SessionCancelled.of(session_id=session))
        registrations.change(
            registration, session, person, "cancelled", previous="confirmed", by=by
        )
    for _ in range(len(moves) + 2):
        meanwhile(post, "a minute later", theirs)
    registrations.hear(*registrations.told)

    rows = [one for one in post.all() if one.participant_id == person]
    told = [one for one in rows if theirs(one)]
    assert {one.status for one in told} <= {"sent", "cancelled"}
    assert all(len(one.tries) == (one.status == "sent") for one in told)
    expected = {"session": "session-cancelled", "seat": "cancelled"}
    if end is not None:
        assert told[-1].kind == expected[end]
    assert told[-1].status == "sent"
    dates = [] if end else [Meeting(date["meeting_id"], date["starts_at"], date["ends_at"], None)]
    leads = [timedelta(minutes=one) for one in LEADS]
    kept = [one for one in rows if one.kind == "reminder" and one.status == "scheduled"]
    wanted = reminders(dates, leads, rows[-1].created_at)
    assert {one.details["until"] for one in kept} == {one.until.isoformat() for one in wanted}


@BOUNDED
@given(steps=st.lists(st.tuples(st.integers(0, 1), MEANWHILE), min_size=1, max_size=8))
def test_everybody_hears_all_there_is_once_in_messages_a_minute_apart(
    registrations: Registrations,
    post: Post,
    mail_server: MailServer,
    steps: list[tuple[int, str]],
) -> None:
    people = [registrations.person() for _ in range(2)]

    def theirs(one: Notification) -> bool:
        return one.participant_id in people

    received = len(mail_server.received)
    for number, what in steps:
        registrations.register(registrations.session(), people[number])
        meanwhile(post, what, theirs)
    for _ in range(2):
        meanwhile(post, "a minute later", theirs)

    rows = [one for one in post.all() if theirs(one)]
    assert Counter(one.participant_id for one in rows) == Counter(
        people[number] for number, _ in steps
    )
    assert all((one.status, len(one.tries)) == ("sent", 1) for one in rows)
    messages = {one.told_with: one for one in rows}
    assert len(mail_server.received) - received == len(messages)
    for person in people:
        sent = sorted(
            one.sent_at for one in messages.values() if one.participant_id == person and one.sent_at
        )
        assert all(after - before >= timedelta(minutes=1) for before, after in pairwise(sent))
    together = {(one.told_with, one.participant_id) for one in rows}
    assert len(together) == len(messages), "nobody hears what is somebody else's"
