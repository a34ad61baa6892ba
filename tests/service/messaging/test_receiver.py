"""The receiver: exactly once in effect, through duplicates, losses, disorder, poison and rebuilds."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.db import Database
from shared.events.envelope import Event
from shared.messaging import parking
from shared.messaging.feed import FeedUnavailable
from tests.servers import wait_until
from tests.service.messaging.conftest import (
    TYPES,
    Listener,
    cancelled,
    closed,
    envelopes,
    tell,
)


def test_a_batch_becomes_rows_and_moves_the_cursor(source: Database, listener: Listener) -> None:
    tell(source, cancelled(), cancelled())
    listener.receiver().receive("registrations", 0, envelopes(source))
    assert listener.heard() == [1, 2]
    assert listener.cursor() == 2


def test_a_batch_delivered_twice_is_handled_once(source: Database, listener: Listener) -> None:
    tell(source, cancelled(), cancelled())
    receiver = listener.receiver()
    for _ in range(2):
        receiver.receive("registrations", 0, envelopes(source))
    assert listener.heard() == [1, 2]


def test_without_the_cursor_it_would_be_handled_twice(
    source: Database, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the test above can fail: this is what it guards against."""
    tell(source, cancelled(), cancelled())
    monkeypatch.setattr("shared.messaging.receiver._lock_cursor", lambda *_: 0)
    receiver = listener.receiver()
    for _ in range(2):
        receiver.receive("registrations", 0, envelopes(source))
    assert listener.heard() == [1, 2, 1, 2]


def test_a_batch_that_overlaps_the_one_before_adds_only_what_is_new(
    source: Database, listener: Listener
) -> None:
    tell(source, cancelled(), cancelled(), cancelled())
    receiver = listener.receiver()
    events = envelopes(source)
    receiver.receive("registrations", 0, events[:2])
    receiver.receive("registrations", 1, events[1:])
    assert listener.heard() == [1, 2, 3]


def test_a_lost_batch_is_fetched_from_the_feed_when_the_next_one_comes(
    source: Database, listener: Listener
) -> None:
    tell(source, *[cancelled() for _ in range(6)])
    events = envelopes(source)
    receiver = listener.receiver()
    receiver.receive("registrations", 0, events[:2])
    receiver.receive("registrations", 4, events[4:])
    assert listener.heard() == [1, 2, 3, 4, 5, 6]
    assert listener.feed.reads == 1


def test_a_catch_up_that_is_cut_short_keeps_most_of_what_it_did(
    source: Database, listener: Listener
) -> None:
    """Or a worker that is killed again and again would begin again and again, and never come to an end."""
    tell(source, *[cancelled() for _ in range(250)])

    def dying(session: Session, event: Event) -> None:
        if event.position == 230:
            raise KeyboardInterrupt
        listener.heard_of(session, event)

    cut_short = listener.receiver(dict.fromkeys(TYPES, dying))
    with pytest.raises(KeyboardInterrupt):
        cut_short.catch_up("registrations")
    assert listener.cursor() == 200
    assert listener.receiver().catch_up("registrations") == 50
    assert listener.heard() == list(range(1, 251))


def test_of_many_threads_one_catches_up_and_the_others_are_free_for_jobs(
    source: Database, listener: Listener
) -> None:
    tell(source, cancelled(), cancelled())
    begun, go_on = threading.Event(), threading.Event()

    def slow(session: Session, event: Event) -> None:
        begun.set()
        assert go_on.wait(20)
        listener.heard_of(session, event)

    receiver = listener.receiver(dict.fromkeys(TYPES, slow))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(receiver.catch_up, "registrations")
        assert begun.wait(20)
        assert receiver.catch_up("registrations") == 0
        go_on.set()
        assert first.result() == 2
    assert listener.heard() == [1, 2]
    assert receiver.catch_up("registrations") == 0


def test_a_batch_that_comes_while_the_one_before_is_handled_waits_for_it(
    source: Database, listener: Listener
) -> None:
    tell(source, cancelled(), cancelled())
    first, second = envelopes(source)
    begun, go_on = threading.Event(), threading.Event()

    def slowly(session: Session, event: Event) -> None:
        if event.position == first["position"]:
            begun.set()
            assert go_on.wait(30)
        listener.heard_of(session, event)

    receiver = listener.receiver(dict.fromkeys(TYPES, slowly))
    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(receiver.receive, "registrations", 0, [first])
        assert begun.wait(30)
        other = threads.submit(receiver.receive, "registrations", first["position"], [second])
        wait_until(lambda: _waits_for_a_lock(listener.database) or other.done(), "the second waits")
        go_on.set()
        for thread in (one, other):
            thread.result(30)
    assert listener.heard() == [first["position"], second["position"]]
    assert listener.feed.reads == 0


def _waits_for_a_lock(database: Database) -> bool:
    query = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with database.transaction() as session:
        return bool(session.scalar(query))


def test_without_the_feed_a_gap_is_not_skipped(source: Database, listener: Listener) -> None:
    tell(source, *[cancelled() for _ in range(4)])
    listener.feed.away = True
    with pytest.raises(FeedUnavailable):
        listener.receiver().receive("registrations", 2, envelopes(source)[2:])
    assert listener.heard() == []
    assert listener.cursor() == 0


def test_what_no_message_announced_is_found_by_the_catch_up(
    source: Database, listener: Listener
) -> None:
    tell(source, *[cancelled() for _ in range(7)])
    listener.feed.page = 3
    assert listener.receiver().catch_up("registrations") == 7
    assert listener.heard() == [1, 2, 3, 4, 5, 6, 7]


def test_rows_and_cursor_commit_together_or_not_at_all(
    source: Database, listener: Listener
) -> None:
    """The database going away after the rows are written must not leave the cursor behind them."""
    tell(source, cancelled(), cancelled())
    listener.failures = [OperationalError("statement", {}, Exception("gone"))]
    receiver = listener.receiver()
    with pytest.raises(OperationalError):
        receiver.receive("registrations", 0, envelopes(source))
    assert (listener.heard(), listener.cursor()) == ([], 0)
    receiver.receive("registrations", 0, envelopes(source))
    assert (listener.heard(), listener.cursor()) == ([1, 2], 2)


def test_an_event_whose_handler_fails_is_parked_and_the_others_go_on(
    source: Database, listener: Listener
) -> None:
    bad = uuid4()
    tell(source, cancelled(), cancelled(bad), cancelled())
    listener.poison = {str(bad)}
    listener.receiver().receive("registrations", 0, envelopes(source))
    assert listener.heard() == [1, 3]
    assert listener.cursor() == 3
    with listener.database.transaction() as session:
        [parked] = parking.parked(session)
    assert (parked.position, parked.subject) == (2, str(bad))
    assert parked.error.startswith("ValueError in heard_of")


def test_why_an_event_was_parked_does_not_repeat_what_was_in_it(
    source: Database, listener: Listener
) -> None:
    bad = uuid4()
    tell(source, cancelled(bad))
    listener.poison = {str(bad)}
    listener.receiver().receive("registrations", 0, envelopes(source))
    with listener.database.transaction() as session:
        [parked] = parking.parked(session)
    assert str(bad) not in parked.error


def test_later_events_of_a_parked_subject_wait_behind_it(
    source: Database, listener: Listener
) -> None:
    bad = uuid4()
    tell(source, cancelled(bad))
    listener.poison = {str(bad)}
    receiver = listener.receiver()
    receiver.receive("registrations", 0, envelopes(source))
    listener.poison = set()
    tell(source, closed(bad), cancelled())
    receiver.receive("registrations", 1, envelopes(source, after=1))
    assert listener.heard() == [3]
    with listener.database.transaction() as session:
        assert [event.position for event in parking.parked(session)] == [1, 2]


def test_a_replay_handles_parked_events_in_order_and_releases_them(
    source: Database, listener: Listener
) -> None:
    bad = uuid4()
    tell(source, cancelled(bad), closed(bad), cancelled())
    listener.poison = {str(bad)}
    receiver = listener.receiver()
    receiver.receive("registrations", 0, envelopes(source))
    still = receiver.replay()
    assert (still.replayed, still.still_parked) == (0, 2)
    listener.poison = set()
    mended = receiver.replay()
    assert (mended.replayed, mended.still_parked) == (2, 0)
    assert listener.heard() == [3, 1, 2]


def test_a_replay_does_not_let_an_event_overtake_an_earlier_one_of_its_subject(
    source: Database, listener: Listener
) -> None:
    bad = uuid4()
    tell(source, cancelled(bad), closed(bad))
    listener.poison = {str(bad)}
    receiver = listener.receiver()
    receiver.receive("registrations", 0, envelopes(source))
    listener.poison = set()
    with listener.database.transaction() as session:
        later = parking.parked(session)[1].id
    assert receiver.replay([later]).replayed == 0
    assert listener.heard() == []


def test_an_unreadable_event_is_parked_not_fatal(source: Database, listener: Listener) -> None:
    tell(source, cancelled(), cancelled())
    events = envelopes(source)
    events[0]["data"] = {"session_id": "not a uuid"}
    listener.receiver().receive("registrations", 0, events)
    assert listener.heard() == [2]
    with listener.database.transaction() as session:
        [parked] = parking.parked(session)
    assert parked.error == "Unreadable: wrong or missing: ['session_id']"


def test_a_type_without_a_handler_is_passed_over(source: Database, listener: Listener) -> None:
    tell(source, closed(uuid4()))
    listener.receiver({"session.cancelled": lambda *_: None}).receive(
        "registrations", 0, envelopes(source)
    )
    assert listener.cursor() == 1


def test_a_rebuild_empties_and_fills_the_projection_from_the_feed(
    source: Database, listener: Listener
) -> None:
    tell(source, *[cancelled() for _ in range(5)])
    receiver = listener.receiver()
    receiver.catch_up("registrations")
    listener.feed.page = 2
    done = receiver.rebuild(lambda session: session.execute(text("DELETE FROM heard")))
    assert done == 5
    assert listener.heard() == [1, 2, 3, 4, 5]
    assert listener.cursor() == 5


def test_a_rebuild_that_fails_leaves_the_old_projection(
    source: Database, listener: Listener
) -> None:
    tell(source, *[cancelled() for _ in range(3)])
    receiver = listener.receiver()
    receiver.catch_up("registrations")
    listener.feed.away = True
    with pytest.raises(FeedUnavailable):
        receiver.rebuild(lambda session: session.execute(text("DELETE FROM heard")))
    assert listener.heard() == [1, 2, 3]
    assert listener.cursor() == 3


def test_a_rebuild_parks_poison_and_keeps_the_rest(source: Database, listener: Listener) -> None:
    bad = uuid4()
    tell(source, cancelled(), cancelled(bad), cancelled())
    listener.poison = {str(bad)}
    receiver = listener.receiver()
    receiver.rebuild(lambda session: session.execute(text("DELETE FROM heard")))
    assert listener.heard() == [1, 3]
    with listener.database.transaction() as session:
        assert [event.position for event in parking.parked(session)] == [2]


def test_events_that_come_during_a_rebuild_are_caught_up_after_it(
    source: Database, listener: Listener
) -> None:
    tell(source, cancelled())
    receiver = listener.receiver()
    receiver.rebuild(lambda session: session.execute(text("DELETE FROM heard")))
    tell(source, cancelled())
    receiver.receive("registrations", 1, envelopes(source, after=1))
    assert listener.heard() == [1, 2]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_the_wire_does_each_event_is_handled_once_and_in_order(
    source: Database, listener: Listener, data: st.DataObject
) -> None:
    """Batches are lost, repeated and shuffled at will; the catch-up comes last, as it does in life."""
    with source.transaction() as session:
        start = session.scalar(text("SELECT coalesce(max(position), 0) FROM event_log")) or 0
    count = data.draw(st.integers(1, 12), label="events")
    tell(source, *[cancelled() for _ in range(count)])
    events = envelopes(source, after=start)
    batches, after = [], start
    while events:
        size = data.draw(st.integers(1, len(events)), label="batch")
        batches.append((after, events[:size]))
        after = events[size - 1]["position"]
        events = events[size:]
    wire = data.draw(st.lists(st.sampled_from(batches), max_size=8), label="wire")
    receiver = listener.receiver()
    for position, batch in wire:
        receiver.receive("registrations", position, batch)
    receiver.catch_up("registrations")
    assert listener.heard() == list(range(1, start + count + 1))
