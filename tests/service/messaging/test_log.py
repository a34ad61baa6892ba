"""The log: told if and only if committed, and no concurrent commit can hide an event."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from shared.db import Database
from shared.messaging import log
from shared.messaging.tables import event_log
from tests.service.messaging.conftest import cancelled, envelopes


def _number(database: Database) -> int:
    with database.engine.begin() as connection:
        return log.give_positions(connection, most=1000)


def test_an_event_is_told_if_and_only_if_its_transaction_commits(source: Database) -> None:
    def append_and_fail() -> None:
        with source.transaction() as session:
            log.append(session, cancelled())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        append_and_fail()
    with source.transaction() as session:
        log.append(session, cancelled())
    _number(source)
    assert [event["position"] for event in envelopes(source)] == [1]


def test_two_transactions_that_commit_in_the_opposite_order_of_their_ids_lose_nothing(
    source: Database,
) -> None:
    first, second = source.engine.connect(), source.engine.connect()
    insert = event_log.insert().returning(event_log.c.id)
    early = first.execute(insert, log.row_of(cancelled())).scalar_one()
    late = second.execute(insert, log.row_of(cancelled())).scalar_one()
    assert early < late
    second.commit()
    assert _number(source) == 1
    read_before_the_first_commits = envelopes(source)
    first.commit()
    assert _number(source) == 1
    read_after = envelopes(source, after=read_before_the_first_commits[-1]["position"])
    first.close()
    second.close()

    with source.transaction() as session:
        ids = session.execute(select(event_log.c.position, event_log.c.id)).all()
    assert {row.position: row.id for row in ids} == {1: late, 2: early}
    assert [event["position"] for event in read_before_the_first_commits + read_after] == [1, 2]


def test_reading_by_id_instead_would_have_lost_the_event_that_committed_late(
    source: Database,
) -> None:
    """Shows that the test above can fail: this is the mistake it guards against."""
    first, second = source.engine.connect(), source.engine.connect()
    insert = event_log.insert().returning(event_log.c.id)
    early = first.execute(insert, log.row_of(cancelled())).scalar_one()
    late = second.execute(insert, log.row_of(cancelled())).scalar_one()
    second.commit()
    with source.transaction() as session:
        seen = session.scalar(select(event_log.c.id).order_by(event_log.c.id.desc()))
    first.commit()
    with source.transaction() as session:
        missed = session.scalars(select(event_log.c.id).where(event_log.c.id > seen)).all()
    first.close()
    second.close()
    assert seen == late
    assert early not in missed


def test_positions_are_dense_and_each_event_is_read_once_under_concurrent_writers(
    source: Database,
) -> None:
    writers, each = 4, 40

    def write(number: int) -> None:
        for n in range(each):
            with source.transaction() as session:
                log.append(session, cancelled(), *([cancelled()] if n % 3 == 0 else []))
                if (n + number) % 7 == 0:
                    session.execute(text("SELECT pg_sleep(0.002)"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    read: list[int] = []
    while any(thread.is_alive() for thread in threads) or _number(source):
        _number(source)
        read += [event["position"] for event in envelopes(source, after=read[-1] if read else 0)]
    read += [event["position"] for event in envelopes(source, after=read[-1])]
    expected = writers * (each + len(range(0, each, 3)))
    assert read == list(range(1, expected + 1))


def test_the_events_of_one_subject_keep_the_order_in_which_its_lock_was_held(
    source: Database,
) -> None:
    """The second writer starts (and gets its transaction id) first, but appends after the lock."""
    with source.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO organisation (code, name) VALUES ('a', 'a'), ('b', 'b')")
        )
    lock = text("UPDATE organisation SET name = name || '.' WHERE code = 'a'")
    other = text("UPDATE organisation SET name = name || '.' WHERE code = 'b'")
    insert = event_log.insert().returning(event_log.c.id)
    first, second = source.engine.connect(), source.engine.connect()
    second.execute(other)
    first.execute(lock)
    before = first.execute(insert, log.row_of(cancelled())).scalar_one()
    waiting = threading.Thread(target=second.execute, args=(lock,))
    waiting.start()
    first.commit()
    waiting.join()
    behind = second.execute(insert, log.row_of(cancelled())).scalar_one()
    second.commit()
    _number(source)
    first.close()
    second.close()
    with source.transaction() as session:
        query = select(event_log.c.id).order_by(event_log.c.position)
        assert list(session.scalars(query)) == [before, behind]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(chunks=st.lists(st.integers(1, 7), min_size=1, max_size=12), most=st.integers(1, 9))
def test_however_the_relay_is_paced_positions_follow_one_another(
    source: Database, chunks: list[int], most: int
) -> None:
    with source.transaction() as session:
        start = log.head(session)
    for size in chunks:
        with source.transaction() as session:
            log.append(session, *[cancelled() for _ in range(size)])
        with source.engine.begin() as connection:
            log.give_positions(connection, most=most)
    while _number(source):
        pass
    positions = [event["position"] for event in envelopes(source, after=start, limit=10_000)]
    assert positions == list(range(start + 1, start + sum(chunks) + 1))
