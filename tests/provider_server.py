"""An HTTP server that answers as the provider at hand would, or as badly as a test wants."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """One request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class ProviderServer:
    """``answers`` gives status and body for method and path; ``mood`` is what goes wrong, if anything."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: Callable[[Asked], tuple[int, Any]] = lambda _: (200, {})
    mood: str | None = None
    slowness: float = 0.0

    def posted(self) -> list[Asked]:
        return [one for one in self.asked if one.method == "POST"]


@contextmanager
def provider_server() -> Iterator[ProviderServer]:
    server = ProviderServer()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            asked = Asked(self.command, self.path, dict(self.headers), content)
            server.asked.append(asked)
            if server.mood == "hang-up" and asked.method == "POST":
                # Reset at once, and with no answer.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                return
            if asked.method == "POST":
                time.sleep(server.slowness)
            status, body = server.answers(asked)
            written = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        do_GET = do_POST = _answer  # noqa: N815 - the standard library's names

        def handle(self) -> None:
            try:
                super().handle()
            except (OSError, ValueError):
                self.close_connection = True

        def log_message(self, *_: Any) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    http.shutdown()
    http.server_close()
    thread.join()
