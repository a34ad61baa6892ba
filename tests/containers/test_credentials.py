"""Each service's credentials open its own storage, and nothing opens without any."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.containers.stack import SERVICES, Stack

pytestmark = pytest.mark.containers

_CONNECT = """
import sys
import psycopg
psycopg.connect(sys.argv[1], connect_timeout=3).execute("SELECT count(*) FROM event_log")
"""
_PAIRS = list(permutations(SERVICES, 2))
_READ_ROLE = "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = '{}'"


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_credentials_open_its_own_database(shared_stack: Stack, service: str) -> None:
    assert _connects(shared_stack, service, shared_stack.secret(f"{service}/database-url")) == ""


@pytest.mark.parametrize(("service", "other"), _PAIRS)
def test_a_services_credentials_open_no_other_services_database(
    shared_stack: Stack, service: str, other: str
) -> None:
    """Tried from within the other service, for from its own not even the name is known."""
    own = shared_stack.secret(f"{service}/database-url")
    elsewhere = own.replace(f"@{service}-db/{service}", f"@{other}-db/{other}")
    assert "password authentication failed" in _connects(shared_stack, other, elsewhere)


@pytest.mark.parametrize(("service", "other"), _PAIRS)
def test_a_service_does_not_reach_another_ones_database_at_all(
    shared_stack: Stack, service: str, other: str
) -> None:
    """Not even with the right password."""
    said = _connects(shared_stack, service, shared_stack.secret(f"{other}/database-url"))
    assert "resolve" in said


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_not_the_master_of_its_server(shared_stack: Stack, service: str) -> None:
    container = shared_stack.containers(f"{service}-db")[0]
    query = _READ_ROLE.format(service)
    answer = container.exec_run(["psql", "-U", "postgres", "-Atc", query], user="postgres")
    assert answer.output.strip() == b"f"


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_holds_the_secrets_of_its_own_service_alone(
    shared_stack: Stack, service: str
) -> None:
    everything = {
        name: shared_stack.secret(name)
        for other in SERVICES
        for name in (f"{other}-db/password", f"{other}-db/superuser-password")
    }
    for kind in ("api", "relay", "worker"):
        container = shared_stack.containers(f"{service}-{kind}")[0]
        seen = container.exec_run(["sh", "-c", "cat /run/secrets/arceaux/*; env"]).output.decode()
        found = {name for name, secret in everything.items() if secret in seen}
        assert found == {f"{service}-db/password"}


def test_the_broker_refuses_whoever_has_no_password(shared_stack: Stack) -> None:
    container = shared_stack.containers("broker")[0]
    assert b"NOAUTH" in container.exec_run(["valkey-cli", "ping"]).output
    wrong = container.exec_run(["valkey-cli", "ping"], environment={"REDISCLI_AUTH": "wrong"})
    assert b"WRONGPASS" in wrong.output or b"NOAUTH" in wrong.output
    right = {"REDISCLI_AUTH": shared_stack.secret("broker/password")}
    assert container.exec_run(["valkey-cli", "ping"], environment=right).output.strip() == b"PONG"


def test_no_password_is_in_an_environment_or_a_command_line(shared_stack: Stack) -> None:
    secrets = [
        file.read_text().strip()
        for file in (shared_stack.folder / "secrets").rglob("*password")
        if file.is_file()
    ]
    assert len(secrets) == 7
    for container in shared_stack.containers():
        shown = str(container.attrs["Config"])
        assert not [secret for secret in secrets if secret in shown], container.name


def _connects(stack: Stack, service: str, url: str) -> str:
    """What is said when ``url`` is opened from within ``service``; empty when it opens."""
    container = stack.containers(f"{service}-worker")[0]
    done = container.exec_run(["python", "-c", _CONNECT, url])
    return "" if done.exit_code == 0 else str(done.output.decode())
