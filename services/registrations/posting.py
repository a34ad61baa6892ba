"""Posting to an address that others gave: checked where it leads before a byte is sent, bounded in time."""

import contextlib
import re
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from services.registrations.webhooks import Answer, is_public

_TIMEOUT = urllib3.Timeout(connect=5.0, read=10.0)
_PORTS = {"http": 80, "https": 443}
_AGENT = "Arceaux-Webhooks"


def post(url: str, body: str, headers: Mapping[str, str], *, private: bool) -> Answer:
    """Post JSON to ``url``; redirections are not followed, and the answer's body is not read.

    Unless ``private``, only by HTTPS and to public addresses of the Internet: whoever may enter an address here
    shall not reach, by it, what only this machine or its network can reach.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not private:
        return Answer(problem="not-https")
    address = _address(parts, private=private)
    if address is None:
        return Answer(problem="no-public-address")
    pool = _pool(parts, address)
    try:
        with contextlib.closing(
            pool.urlopen(
                "POST",
                parts._replace(scheme="", netloc="").geturl() or "/",
                body=body.encode(),
                headers={
                    **headers,
                    "content-type": "application/json",
                    "host": parts.netloc.rpartition("@")[2],
                    "user-agent": _AGENT,
                },
                redirect=False,
                retries=False,
                preload_content=False,
            )
        ) as response:
            return Answer(response.status, retry_after=_seconds(response.headers))
    except urllib3.exceptions.HTTPError as error:
        return Answer(problem=_problem(error))
    finally:
        pool.close()


def _address(parts: SplitResult, *, private: bool) -> str | None:
    """The first address of the host that may be called; the connection is made to it and no other."""
    port = parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    addresses = [str(socket_address[0]) for *_, socket_address in found]
    return next((one for one in addresses if private or is_public(one)), None)


def _pool(parts: SplitResult, address: str) -> HTTPConnectionPool:
    port = parts.port or _PORTS[parts.scheme]
    if parts.scheme == "http":
        return HTTPConnectionPool(address, port, timeout=_TIMEOUT)
    return HTTPSConnectionPool(
        address,
        port,
        timeout=_TIMEOUT,
        ssl_context=_trusted(),
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
    )


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the system's certificates takes longer than most postings.
    return ssl.create_default_context()


def _problem(error: urllib3.exceptions.HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.SSLError):
        return "certificate"
    # urllib3 counts a refused connection among the timeouts.
    refused = isinstance(error, urllib3.exceptions.NewConnectionError)
    if isinstance(error, urllib3.exceptions.TimeoutError) and not refused:
        return "timeout"
    return "no-connection"


def _seconds(headers: Mapping[str, str]) -> int | None:
    # A date is allowed too: the usual wait does for it.
    given = headers.get("retry-after", "")
    return int(given) if re.fullmatch("[0-9]{1,9}", given) else None
