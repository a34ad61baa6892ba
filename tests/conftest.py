"""Fixtures for all tests: servers, a migrated database per service, tokens of every role."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import settings as hypothesis_settings

from shared.auth import SigningKey, Verifier
from shared.db import Database
from shared.migrations import migrate
from shared.settings import SERVICES, Settings
from tests import servers

# How long an example takes depends on what else the machine does.
hypothesis_settings.register_profile("arceaux", deadline=None)
hypothesis_settings.load_profile("arceaux")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server, as superuser; add ``/database``."""
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """A real server that speaks Redis' protocol."""
    with servers.broker() as url:
        yield url


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A signing key for each service."""
    folder = tmp_path_factory.mktemp("keys")
    files = {}
    for service in SERVICES:
        key = Ed25519PrivateKey.generate()
        path = folder / f"{service}.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        files[service] = path
    return files


@pytest.fixture(scope="session")
def token(key_files: dict[str, Path]) -> Callable[..., str]:
    """``token("adviser")``, ``token("facilitator", organisation="x")``, ``token("service", of="reporting")``."""

    def make(
        role: str,
        *,
        organisation: str | None = None,
        programmes: Sequence[str] = (),
        of: str = "registrations",
    ) -> str:
        subject = of if role == "service" else "test:someone"
        claims: dict[str, Any] = {"iss": of, "sub": subject, "role": role}
        if organisation:
            claims["organisation"] = organisation
        if programmes:
            claims["programmes"] = list(programmes)
        return SigningKey.load(key_files[of]).sign(claims, seconds=3600)

    return make


@pytest.fixture(scope="session")
def bearer(token: Callable[..., str]) -> Callable[..., dict[str, str]]:
    """The header that carries :func:`token`."""
    return lambda role, **options: {"Authorization": f"Bearer {token(role, **options)}"}


@pytest.fixture(scope="session")
def verifier(key_files: dict[str, Path]) -> Verifier:
    """Checks the tokens of all services without asking them over HTTP."""

    def fetch(url: str) -> dict[str, object]:
        return SigningKey.load(key_files[url.partition("//")[2].partition("/")[0]]).jwks()

    return Verifier({service: f"http://{service}" for service in SERVICES}, fetch=fetch)


@pytest.fixture(scope="session")
def database_urls(postgres_url: str) -> dict[str, str]:
    """A migrated database for each service."""
    urls = {}
    for service in SERVICES:
        name = f"test_{service}_{os.getpid()}"
        with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        urls[service] = f"{postgres_url}/{name}"
        migrate(service, urls[service])
    return urls


@pytest.fixture(scope="session")
def settings_of(
    database_urls: dict[str, str], broker_url: str, key_files: dict[str, Path]
) -> Callable[..., Settings]:
    """The settings of a service under test; any of them can be overridden."""

    def make(service: str, **changed: object) -> Settings:
        values: dict[str, object] = {
            "service": service,
            "database_url": database_urls[service],
            "broker_url": broker_url,
            "urls": dict.fromkeys(SERVICES, f"http://127.0.0.1:{9}"),
            "public_url": "http://arceaux.test",
            "signing_key_file": key_files[service],
            "public_rate": "off",
            "cors_origins": (),
            "trusted_proxies": 0,
            "database_pool": 5,
            "catch_up_every": 10.0,
            "relay_poll_every": 0.1,
            "relay_batch": 200,
            "ready_file": None,
            "log_level": "WARNING",
        }
        return Settings(**{**values, **changed})  # type: ignore[arg-type]

    return make


@contextmanager
def connected(service: str, url: str) -> Iterator[Database]:
    """The database of ``service``, connected; emptied afterwards."""
    database: Database = import_module(f"services.{service}.db").database
    database.connect(url)
    try:
        yield database
    finally:
        database.dispose()
        empty(url)


def empty(url: str) -> None:
    """Remove every row that a test left, but for the schema's own version."""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        # A test writes to few tables, and to truncate one takes as long when there is nothing in it.
        holding = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for (name,) in tables
        )
        names = ", ".join(name for (name,) in connection.execute(holding).fetchall())  # type: ignore[call-overload]
        if names:
            # A superuser may; the role of a service may not, and the audit trail refuses it.
            connection.execute("SET session_replication_role = replica")
            connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")  # type: ignore[call-overload]


@pytest.fixture
def registrations_database(database_urls: dict[str, str]) -> Iterator[Database]:
    with connected("registrations", database_urls["registrations"]) as database:
        yield database


@pytest.fixture
def notifications_database(database_urls: dict[str, str]) -> Iterator[Database]:
    with connected("notifications", database_urls["notifications"]) as database:
        yield database


@pytest.fixture
def reporting_database(database_urls: dict[str, str]) -> Iterator[Database]:
    with connected("reporting", database_urls["reporting"]) as database:
        yield database
