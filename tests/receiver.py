"""A receiver of webhooks: an HTTP server that keeps what is posted to it and answers as a test tells it to."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Posted:
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass
class Receiver:
    """``answers`` are given one after the other, then ``status``; bodies with ``refusing`` in them get 400."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    refusing: str | None = None
    answers: list[int] = field(default_factory=list)
    received: list[Posted] = field(default_factory=list)


@contextmanager
def receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens on loopback, with TLS if there is a ``context``."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.received.append(Posted(self.path, dict(self.headers), body))
            refused = made.refusing is not None and made.refusing in body
            status = made.answers.pop(0) if made.answers else made.status
            self.send_response(400 if refused else status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Callers who do not trust the certificate hang up."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https" if context else "http"
        made.url = f"{scheme}://localhost:{server.server_port}/hook?for=us"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
