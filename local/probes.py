"""Whether a process is ready to do its work, asked without ever waiting for the answer.

A probe is a text, so that it can be kept in the state file and asked again by another command:
``http://HOST:PORT/PATH`` answers 200; ``file:PATH`` holds the pid; ``postmaster:FOLDER`` is
PostgreSQL's own word; ``broker://:PASSWORD@HOST:PORT`` answers a ping.
"""

from __future__ import annotations

import select
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

# An answer that takes longer than this is given up and asked for anew.
_STALE = 5.0


class Probe:
    """One probe of one process; ``ready`` may be called again and again, and returns at once."""

    def __init__(self, address: str, pid: int) -> None:
        self._address = address
        self._pid = pid
        self._socket: socket.socket | None = None
        self._asked = 0.0

    def ready(self) -> bool:
        """True once the process has said that it is ready."""
        kind, _, rest = self._address.partition(":")
        if kind == "file":
            return _first_line(Path(rest)) == str(self._pid)
        if kind == "postmaster":
            lines = _lines(Path(rest) / "postmaster.pid")
            return len(lines) > 7 and lines[0] == str(self._pid) and lines[7] == "ready"
        parts = urlsplit(self._address)
        if kind == "http":
            question = (
                f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
            )
            return b" 200 " in self._ask(question)
        return b"PONG" in self._ask(f"AUTH {parts.password}\r\nPING\r\nQUIT\r\n")

    def close(self) -> None:
        """Forgets a question that was not answered."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, question: str) -> bytes:
        """The first bytes of the answer to ``question``, empty while there is none."""
        parts = urlsplit(self._address)
        try:
            if self._socket is None:
                address = (parts.hostname or "", parts.port or 0)
                self._socket = socket.create_connection(address, timeout=1)
                self._socket.sendall(question.encode())
                self._asked = time.monotonic()
            readable, _, _ = select.select([self._socket], [], [], 0)
            if readable:
                answer = self._socket.recv(256)
                self.close()
                return answer
        except OSError:
            self.close()
        if time.monotonic() - self._asked > _STALE:
            self.close()
        return b""


def is_ready(address: str, pid: int, seconds: float = 2.0) -> bool:
    """Whether the process is ready, waiting up to ``seconds`` for its word."""
    probe = Probe(address, pid)
    deadline = time.monotonic() + seconds
    while not probe.ready():
        if time.monotonic() > deadline or not address.startswith(("http:", "broker:")):
            probe.close()
            return False
        time.sleep(0.005)
    return True


def _lines(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text().splitlines()]
    except OSError:
        return []


def _first_line(file: Path) -> str:
    return next(iter(_lines(file)), "")
