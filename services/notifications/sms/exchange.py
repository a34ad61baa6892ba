"""One request to a provider, with the moment of handing over as late as HTTP allows.

The connection comes first: whoever cannot be reached has nothing. Then the SMS counts as handed over, and only
then goes the request. From there until the answer is read nobody can know whether the provider has it. A
library that keeps connections, and sends again over a new one what an old one lost, cannot tell these
moments apart; so each request has a connection of its own.
"""

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from services.notifications.domain.states import Answer, Outcome
from services.notifications.sms.provider import Reply

_LONGEST_ANSWER = 65_536
# These say by themselves that the request was turned away before anything was done.
_LATER = frozenset({408, 425, 429, 503})
# Our account, its credit or our address book entry is wrong: no matter to whom it goes.
_OUR_ACCOUNT = frozenset({401, 402, 403, 404, 405})


@dataclass(frozen=True, slots=True)
class Request:
    """``content`` is the body, empty for none."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    content: bytes

    def json(self) -> Any:
        """The content as JSON, or None if it is none."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None


def hand_over_by(
    request: Request, timeout: float, hand_over: Callable[[], bool]
) -> Response | Reply | None:
    """Make ``request`` once; None when ``hand_over`` forbade it at the last moment.

    A :class:`Reply` when there is no answer to read: it was never handed over, or nobody knows.
    """
    connection = _connection(request.url, timeout)
    try:
        try:
            connection.connect()
        except OSError as error:  # name unknown, refused, too slow, not who they should be
            return Reply(Answer(Outcome.DEFERRED, text=type(error).__name__), at_fault=True)
        if not hand_over():
            return None
        try:
            return _asked(connection, request)
        except (OSError, http.client.HTTPException) as error:
            return Reply(Answer(Outcome.UNANSWERED, text=type(error).__name__), at_fault=True)
    finally:
        connection.close()


def ask(request: Request, timeout: float) -> Response | None:
    """Make ``request``, which changes nothing; None when there is no answer."""
    connection = _connection(request.url, timeout)
    try:
        return _asked(connection, request)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def refusal(response: Response) -> Reply:
    """What an answer other than success says of the SMS.

    A failure of the provider's own (5xx but 503) leaves open whether it has the SMS. What it says in words
    is not kept: it may repeat the number.
    """
    status = response.status
    if status in _LATER:
        return Reply(Answer(Outcome.DEFERRED, status), at_fault=True)
    if status in _OUR_ACCOUNT:
        return Reply(Answer(Outcome.DEFERRED, status, "the account is refused"), at_fault=True)
    if 400 <= status < 500:
        return Reply(Answer(Outcome.REFUSED, status))
    return Reply(Answer(Outcome.UNANSWERED, status), at_fault=True)


def _connection(url: str, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=context)
    return http.client.HTTPConnection(parts.netloc, timeout=timeout)


def _asked(connection: http.client.HTTPConnection, request: Request) -> Response:
    """The answer to ``request``.

    Raises:
        OSError, http.client.HTTPException: there is none, or not a whole one.
    """
    target = urlsplit(request.url)._replace(scheme="", netloc="").geturl()
    headers = {**request.headers, "Accept": "application/json", "Connection": "close"}
    connection.request(request.method, target, request.content or None, headers)
    response = connection.getresponse()
    return Response(response.status, response.read(_LONGEST_ANSWER))
