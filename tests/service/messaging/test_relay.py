"""The relay, with a real broker: batches, marks, hot standby, a broker that is away, ticks."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import redis
from celery import Celery
from kombu.exceptions import OperationalError as BrokerAway
from kombu.utils.json import loads

from shared.db import Database
from shared.messaging import log
from shared.messaging.celery import events_queue, jobs_queue, make_celery
from shared.messaging.relay import Relay, Tick
from shared.messaging.wake import Wake
from tests.servers import free_port, wait_until
from tests.service.messaging.conftest import cancelled, closed

SUBSCRIBERS = {
    "hears-all": ("session.cancelled", "session.closed"),
    "hears-closed": ("session.closed",),
}


@pytest.fixture
def broker(broker_url: str) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(broker_url)
    client.flushall()
    yield client
    client.flushall()
    client.close()


@pytest.fixture
def celery(broker_url: str) -> Celery:
    return make_celery("registrations", broker_url)


@pytest.fixture
def make_relay(source: Database, celery: Celery, broker_url: str) -> Callable[..., Relay]:
    def make(**changed: Any) -> Relay:
        options: dict[str, Any] = {
            "batch": 100,
            "poll_every": 0.1,
            "subscribers": SUBSCRIBERS,
            **changed,
        }
        url = options.pop("broker_url", broker_url)
        app = make_celery("registrations", url) if url != broker_url else celery
        return Relay("registrations", source, app, url, **options)

    return make


@contextmanager
def running(relay: Relay) -> Iterator[threading.Event]:
    """``relay`` in a thread of its own; the event says that it has looked for the lock once."""
    looked = threading.Event()
    thread = threading.Thread(target=relay.run, args=(looked.set,))
    thread.start()
    try:
        yield looked
    finally:
        relay.stop()
        thread.join(10)
        assert not thread.is_alive()


def sent(broker: redis.Redis, queue: str) -> list[tuple[str, list[Any]]]:
    """The tasks waiting in ``queue``, oldest first: name and arguments."""
    messages = [json.loads(raw) for raw in reversed(broker.lrange(queue, 0, -1))]
    return [
        (message["headers"]["task"], _arguments(message["body"], message["properties"]))
        for message in messages
    ]


def _arguments(body: str, properties: dict[str, Any]) -> list[Any]:
    import base64

    assert properties["body_encoding"] == "base64"
    arguments: list[Any] = loads(base64.b64decode(body))[0]
    return arguments


def positions(task: tuple[str, list[Any]]) -> tuple[int, list[int]]:
    _, (_, after, events) = task
    return after, [event["position"] for event in events]


def append(source: Database, *facts: Any) -> None:
    with source.transaction() as session:
        log.append(session, *facts)


def test_each_subscriber_gets_its_types_and_no_others(
    source: Database, broker: redis.Redis, make_relay: Callable[..., Relay]
) -> None:
    append(source, cancelled(), closed(uuid4()), cancelled(), closed(uuid4()))
    make_relay().step()
    [everything] = sent(broker, events_queue("hears-all"))
    [some] = sent(broker, events_queue("hears-closed"))
    assert everything[0] == "hears-all.receive"
    assert positions(everything) == (0, [1, 2, 3, 4])
    assert positions(some) == (0, [2, 4])


def test_a_batch_says_which_of_the_subscribers_events_it_comes_after(
    source: Database, broker: redis.Redis, make_relay: Callable[..., Relay]
) -> None:
    relay = make_relay(batch=2)
    append(source, closed(uuid4()), cancelled(), closed(uuid4()), cancelled(), closed(uuid4()))
    while relay.step():
        pass
    batches = [positions(task) for task in sent(broker, events_queue("hears-closed"))]
    assert batches == [(0, [1, 3]), (3, [5])]


def test_an_event_is_a_cloudevent_with_its_trace(
    source: Database, broker: redis.Redis, make_relay: Callable[..., Relay]
) -> None:
    session_id = uuid4()
    append(source, cancelled(session_id))
    make_relay().step()
    [(_, (source_name, _, [event]))] = sent(broker, events_queue("hears-all"))
    assert source_name == "registrations"
    assert event["specversion"] == "1.0"
    assert (event["type"], event["subject"]) == ("session.cancelled", str(session_id))
    assert event["traceparent"].startswith("00-")


def test_nothing_new_sends_nothing(
    source: Database, broker: redis.Redis, make_relay: Callable[..., Relay]
) -> None:
    append(source, cancelled())
    relay = make_relay()
    while relay.step():
        pass
    assert relay.step() == 0
    assert len(sent(broker, events_queue("hears-all"))) == 1


def test_without_the_broker_marks_stay_and_everything_is_sent_when_it_is_back(
    source: Database, broker: redis.Redis, make_relay: Callable[..., Relay]
) -> None:
    append(source, cancelled())
    with pytest.raises((BrokerAway, redis.ConnectionError)):
        make_relay(broker_url=f"redis://127.0.0.1:{free_port()}/0").step()
    append(source, cancelled())
    make_relay().step()
    assert [positions(task) for task in sent(broker, events_queue("hears-all"))] == [(0, [1, 2])]


def test_a_subscriber_that_is_away_does_not_fill_the_brokers_memory(
    source: Database, broker: redis.Redis, make_relay: Callable[..., Relay]
) -> None:
    broker.rpush(events_queue("hears-all"), *["waiting"] * 200)
    append(source, closed(uuid4()))
    make_relay().step()
    assert broker.llen(events_queue("hears-all")) == 200
    assert broker.llen(events_queue("hears-closed")) == 1


def test_a_second_relay_stands_by_and_takes_over(
    source: Database, broker: redis.Redis, make_relay: Callable[..., Relay]
) -> None:
    with running(make_relay()) as active:
        assert active.wait(5)
        append(source, cancelled())
        wait_until(lambda: broker.llen(events_queue("hears-all")) == 1, "the first relay sends")
        standby = make_relay()
        with running(standby) as looked:
            assert looked.wait(5)
            append(source, cancelled())
            wait_until(lambda: broker.llen(events_queue("hears-all")) == 2, "one of them sends")
    with running(make_relay()) as successor:
        assert successor.wait(5)
        append(source, cancelled())
        wait_until(lambda: broker.llen(events_queue("hears-all")) == 3, "its successor sends")
    batches = [positions(task) for task in sent(broker, events_queue("hears-all"))]
    assert batches == [(0, [1]), (1, [2]), (2, [3])]


def test_a_relay_that_loses_its_database_connection_gives_up_the_lead_and_comes_back(
    source: Database, broker: redis.Redis, make_relay: Callable[..., Relay]
) -> None:
    from sqlalchemy import text

    others = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with running(make_relay()) as active:
        assert active.wait(5)
        with source.engine.connect() as connection:
            connection.execute(others)
        append(source, cancelled())
        wait_until(lambda: broker.llen(events_queue("hears-all")) == 1, "the relay is back")


def test_a_commit_wakes_the_relay_long_before_it_would_look_by_itself(
    source: Database, broker: redis.Redis, broker_url: str, make_relay: Callable[..., Relay]
) -> None:
    source.on_event_logged = Wake("registrations", broker_url)
    with running(make_relay(poll_every=60.0)) as active:
        assert active.wait(5)
        wait_until(lambda: broker.pubsub_channels("*registrations"), "the relay listens")
        append(source, cancelled())
        wait_until(lambda: broker.llen(events_queue("hears-all")) == 1, "woken", seconds=10)


def test_ticks_set_off_regular_jobs(
    source: Database, broker: redis.Redis, make_relay: Callable[..., Relay]
) -> None:
    with running(make_relay(ticks=(Tick("registrations.sweep", 0.05),))):
        wait_until(lambda: broker.llen(jobs_queue("registrations")) >= 2, "two ticks")
    assert {name for name, _ in sent(broker, jobs_queue("registrations"))} == {
        "registrations.sweep"
    }
