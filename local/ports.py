"""Which ports the platform listens on, and whether they are free."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Collection, Mapping

import psutil

from local.errors import Failure

LOOPBACK = "127.0.0.1"
VARIABLES = {
    "registrations": "ARCEAUX_REGISTRATIONS_PORT",
    "notifications": "ARCEAUX_NOTIFICATIONS_PORT",
    "reporting": "ARCEAUX_REPORTING_PORT",
    "inbox": "ARCEAUX_INBOX_PORT",
    "smtp": "ARCEAUX_SMTP_PORT",
    "postgres": "ARCEAUX_POSTGRES_PORT",
    "broker": "ARCEAUX_BROKER_PORT",
}
DEFAULTS = {"registrations": 8001, "notifications": 8002, "reporting": 8003, "inbox": 8025}

# Below the range from which the kernel takes the ports of outgoing connections: a client that
# tries again and again to reach a server that is restarting can otherwise end up connected to
# itself, on the very port the server needs.
_ROAMING = range(20_000, 32_000)


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on ``port`` of ``host`` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        # Connections that have just ended do not stand in a new server's way.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except PermissionError as error:
            raise Failure(f"port {port} may not be used by an ordinary user") from error
        except socket.gaierror as error:
            raise Failure(f"{host} (ARCEAUX_HOST) is not an address of this machine") from error
        except OSError:
            return False
    return True


def free(avoid: Collection[int] = ()) -> int:
    """A free port of the loopback address, none of those to ``avoid``."""
    for port in random.sample(_ROAMING, 500):
        if port not in avoid and is_free(port):
            return port
    raise Failure("no free port was found between 20000 and 32000")


def await_free(ports: Collection[int], seconds: float) -> None:
    """Wait up to ``seconds`` for what ended a moment ago to let go of ``ports``.

    A process of several threads is a zombie, as far as can be seen, before the last of them has let go. Who holds
    a port still is for :func:`choose` to say.
    """
    deadline = time.monotonic() + seconds
    while not all(map(is_free, ports)) and time.monotonic() < deadline:
        time.sleep(0.02)


def choose(
    names: Collection[str],
    host: str,
    remembered: Mapping[str, int],
    environment: Mapping[str, str],
) -> dict[str, int]:
    """The port of each of ``names``; only the first four may listen beyond loopback.

    A port given in the environment or fixed by default must be free, or ``Failure`` says whose
    it is. The others are those of the last run when still free, or new ones.
    """
    chosen: dict[str, int] = {}
    for name in names:
        address = host if name in DEFAULTS else LOOPBACK
        asked = environment.get(VARIABLES[name])
        if asked or name in DEFAULTS:
            port = _number(VARIABLES[name], asked) if asked else DEFAULTS[name]
            if port in chosen.values():
                raise Failure(f"port {port} is given to two processes: change {VARIABLES[name]}")
            if not is_free(port, address):
                raise Failure(_taken(name, port))
        else:
            port = remembered.get(name, 0)
            if not port or port in chosen.values() or not is_free(port):
                port = free(chosen.values())
        chosen[name] = port
    return chosen


def given(name: str, environment: Mapping[str, str]) -> int:
    """The port of an HTTP server from the environment or by default, free or not."""
    asked = environment.get(VARIABLES[name])
    return _number(VARIABLES[name], asked) if asked else DEFAULTS[name]


def _number(variable: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise Failure(f"{variable} must be a port from 1 to 65535, not {text!r}")
    return int(text)


def _taken(name: str, port: int) -> str:
    return (
        f"port {port}, needed by {name}, is taken by {_holder(port)}: stop that, "
        f"or choose another port with {VARIABLES[name]}"
    )


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            local = connection.laddr
            listens = connection.status == psutil.CONN_LISTEN and local and local.port == port
            if listens and connection.pid:
                name = psutil.Process(connection.pid).name()
                return f"process {connection.pid} ({name})"
    except psutil.Error:
        pass
    return "another process"
