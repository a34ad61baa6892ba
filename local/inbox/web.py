"""The HTTP side: the messages as JSON for programs, and as a page for people."""

from __future__ import annotations

import json
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from local.inbox import page
from local.inbox.store import Item, Store, number

_DEFAULT_LIMIT = 100
_LARGEST_LIMIT = 1000

# Nothing in a message may run or call home: the page itself needs its style and a frame only.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-src 'self'; frame-ancestors 'none'"
)


class _Refused(Exception):
    """What was asked cannot be answered, and why."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Handler(BaseHTTPRequestHandler):
    """Answers one request after the other of a connection."""

    store: ClassVar[Store]
    protocol_version = "HTTP/1.1"
    # An answer leaves in two writes; without this the second would wait for an acknowledgement.
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        """Lists, shows, or says that it is ready."""
        address = urlsplit(self.path)
        fields = {name: values[-1] for name, values in parse_qs(address.query).items()}
        try:
            if address.path == "/v1/inbox":
                self._json(HTTPStatus.OK, self._listing(fields))
            elif address.path.startswith("/v1/inbox/"):
                self._json(HTTPStatus.OK, self._found(address.path.removeprefix("/v1/inbox/")))
            elif address.path in ("/health/ready", "/health/live"):
                self._json(HTTPStatus.OK, {"status": "ok", "messages": len(self.store)})
            elif address.path == "/":
                self._page(fields)
            else:
                raise _Refused(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
        except _Refused as refused:
            self._problem(refused)

    def do_DELETE(self) -> None:
        """Empties the inbox."""
        if urlsplit(self.path).path != "/v1/inbox":
            self._problem(_Refused(HTTPStatus.NOT_FOUND, "There is nothing at this address."))
            return
        self.store.clear()
        self.send_response(HTTPStatus.NO_CONTENT)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing: a line for each poll would drown the rest."""

    def _listing(self, fields: dict[str, str]) -> dict[str, object]:
        asked = fields.get("limit", str(_DEFAULT_LIMIT))
        if not asked.isascii() or not asked.isdecimal() or not 1 <= int(asked) <= _LARGEST_LIMIT:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"limit is from 1 to {_LARGEST_LIMIT}.")
        after, wanted = self._number(fields.get("cursor")) or 0, fields.get("q", "")
        items, more = self.store.after(after, int(asked), wanted)
        return {"items": items, "next": items[-1]["id"] if more else None}

    def _page(self, fields: dict[str, str]) -> None:
        language = "en" if fields.get("lang") == "en" else "fr"
        if shown := fields.get("message"):
            text = page.message(self._found(shown), language)
        else:
            before, wanted = self._number(fields.get("before")), fields.get("q", "")
            items = self.store.before(before, page.SHOWN + 1, wanted)
            text = page.listing(items, language, len(self.store), wanted)
        self._answer(HTTPStatus.OK, "text/html; charset=utf-8", text.encode())

    def _found(self, identifier: str) -> Item:
        wanted = self._number(identifier) or 0
        found, _ = self.store.after(wanted - 1, 1)
        if not found or found[0]["id"] != identifier:
            raise _Refused(HTTPStatus.NOT_FOUND, "There is no such message.")
        return found[0]

    def _number(self, cursor: str | None) -> int | None:
        if not cursor:
            return None
        try:
            return number(cursor)
        except ValueError as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"{error}.") from error

    def _json(self, status: HTTPStatus, value: object, kind: str = "application/json") -> None:
        self._answer(status, kind, json.dumps(value, ensure_ascii=False).encode())

    def _problem(self, refused: _Refused) -> None:
        body = {
            "type": "about:blank",
            "title": refused.status.phrase,
            "status": refused.status.value,
            "detail": refused.detail,
        }
        self._json(refused.status, body, "application/problem+json")

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        # As the parent's, without looking up the name of this machine, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]


class _Server6(_Server):
    address_family = socket.AF_INET6


def serve(store: Store, host: str, port: int) -> ThreadingHTTPServer:
    """A server of ``store`` that listens on ``host`` and ``port``; call ``serve_forever``."""
    handler = type("InboxHandler", (Handler,), {"store": store})
    return (_Server6 if ":" in host else _Server)((host, port), handler)
