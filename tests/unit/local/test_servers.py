"""The embedded PostgreSQL and broker alone, in a folder with a space in its path.

As root that folder lies under one that no other user may enter, as pytest makes them.
"""

import os
import signal
from pathlib import Path

import psycopg
import pytest
import redis

from local import postgres, processes, state, trial
from local.folder import SERVICES, DataFolder
from local.platform import Platform


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with trial.platform(tmp_path_factory.mktemp("two servers") / "data", only="servers") as made:
        yield made


def connect(running, service):
    return psycopg.connect(running.urls[f"{service}_db"], connect_timeout=5)


def broker(running):
    return redis.Redis.from_url(running.urls["broker"], socket_timeout=5)


def test_each_service_has_a_database_of_its_own(running):
    for service in SERVICES:
        with connect(running, service) as connection:
            connection.execute("create table mine (x int)")
            connection.execute("drop table mine")
            assert connection.execute("select current_user, current_database()").fetchone() == (
                service,
                service,
            )


@pytest.mark.parametrize("other", ["notifications", "postgres", "template1"])
def test_a_role_may_not_enter_another_database(running, other):
    url = running.urls["registrations_db"].rpartition("/")[0]
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(f"{url}/{other}", connect_timeout=5)


def test_passwords_are_asked_for(running):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(running.urls["reporting_db"], password="guess", connect_timeout=5)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(f"redis://:guess@{running.urls['broker'].partition('@')[2]}").ping()


def test_what_is_committed_is_on_disk_and_text_is_utf8(running):
    with connect(running, "registrations") as connection:
        shown = {
            name: connection.execute(f"show {name}").fetchone()[0]
            for name in ("fsync", "synchronous_commit", "server_encoding", "timezone")
        }
        locale = "select datctype from pg_database where datname = current_database()"
        shown["lc_ctype"] = connection.execute(locale).fetchone()[0]
        upper = connection.execute("select upper('inscrit à l’été')").fetchone()[0]
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "server_encoding": "UTF8",
        "lc_ctype": "C.UTF-8",
        "timezone": "UTC",
    }
    assert upper == "INSCRIT À L’ÉTÉ"


def test_the_broker_forgets_nothing_by_itself(running):
    with broker(running) as client:
        found = {**client.config_get("appendonly"), **client.config_get("maxmemory-policy")}
    assert found == {"appendonly": "yes", "maxmemory-policy": "noeviction"}


def test_root_is_not_who_runs_the_database(running):
    owner = Path(f"/proc/{running.pid('postgres')}").stat().st_uid
    assert owner != 0
    if os.geteuid() != 0:
        assert owner == os.geteuid()


def test_both_come_back_after_a_sudden_death_with_what_they_had(running):
    with connect(running, "reporting") as connection:
        connection.execute("create table kept as select 42 as answer")
    with broker(running) as client:
        client.set("kept", "42")
        client.waitaof(1, 0, 3000)
    sleeper = connect(running, "reporting")

    running.kill("postgres")
    running.kill("broker")
    trial.until(lambda: both_answer(running), "both servers")

    with connect(running, "reporting") as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)
    with broker(running) as client:
        assert client.get("kept") == b"42"
    sleeper.close()


def test_what_was_killed_is_gone_and_no_longer_taken_for_ready(running):
    killed = running.kill("postgres")

    assert processes.started(killed) is None
    trial.await_ready(running)
    assert running.pid("postgres") != killed


def both_answer(running):
    try:
        connect(running, "reporting").close()
        with broker(running) as client:
            return client.ping()
    except (psycopg.Error, redis.RedisError):
        return False


def test_orphans_of_a_killed_supervisor_are_ended_and_nothing_else(running, tmp_path):
    """Another platform runs beside it all the while, and is not disturbed."""
    data = tmp_path / "data"
    environment = trial.free_ports()
    with trial.platform(data, only="servers", environment=environment) as doomed:
        held = state.load(DataFolder(data))
        orphans = {doomed.pid("postgres"), doomed.pid("broker"), *postgres.leftovers(doomed.folder)}
        others = {running.pid("postgres"), running.pid("broker")}
        with connect(doomed, "reporting"):
            os.kill(held.supervisor, signal.SIGKILL)
            trial.until(lambda: not processes.is_same(held.supervisor, held.started), "its end")
            command = ["up", "--detach", "--only", "servers", "--data", str(data)]
            again = trial.call(command, environment)

        assert again.returncode == 0, again.stderr
        assert "an earlier run left behind" in again.stdout
        assert not [pid for pid in orphans if processes.started(pid)]
        assert both_answer(Platform.at(data))
        assert others == {running.pid("postgres"), running.pid("broker")}
        assert both_answer(running)
