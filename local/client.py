"""A small HTTP client for the operators' commands: one clear line for whatever goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3

from local.errors import Failure

_TIMEOUT = urllib3.Timeout(connect=5.0, read=300.0)


class TooOften(Failure):
    """The service limits how often one address may post without a token: try again in a minute."""


class _Answer(dict[str, Any]):
    """A JSON object; one that lacks what it is asked for was not sent by our services."""

    def __missing__(self, key: str) -> Any:
        raise Failure(f"the answer was not understood: it has no {key!r}")


class Client:
    """Calls one service with one staff token, or as the public does, with none.

    Every method raises ``Failure`` when it cannot.
    """

    def __init__(self, name: str, address: str, token: str | None) -> None:
        self.name = name
        self.address = address.rstrip("/")
        self._headers = {"Accept": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        # A call is never repeated unasked: an import that was cut off may have been carried out.
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)

    def get(self, path: str, fields: Mapping[str, str | int] | None = None) -> Any:
        """The JSON answered to GET ``path``."""
        query = f"?{urlencode(fields)}" if fields else ""
        return self._call("GET", path + query)

    def post(self, path: str, value: object = None) -> Any:
        """The JSON answered to POST ``path`` with ``value`` as its JSON body."""
        body = json.dumps({} if value is None else value).encode()
        return self._call("POST", path, body, "application/json")

    def put(self, path: str, value: object) -> Any:
        """The JSON answered to PUT ``path`` with ``value`` as its JSON body."""
        return self._call("PUT", path, json.dumps(value).encode(), "application/json")

    def send(self, path: str, content: bytes) -> Any:
        """The JSON answered to POST ``path`` with these bytes."""
        return self._call("POST", path, content, "application/octet-stream")

    def file(self, path: str) -> bytes:
        """What is answered to GET ``path``, whatever it is."""
        answer = self._answer("GET", path)
        if answer.status >= 400:
            raise Failure(f"{self.name}: it answered {answer.status} to GET {path}")
        return bytes(answer.data)

    def items(self, path: str, **fields: str | int) -> Iterator[dict[str, Any]]:
        """Every item of a paged list."""
        cursor = ""
        while True:
            page = self.get(path, {**fields, **({"cursor": cursor} if cursor else {})})
            yield from page["items"]
            cursor = page.get("next") or ""
            if not cursor:
                return

    def _answer(
        self, method: str, path: str, body: bytes | None = None, kind: str = ""
    ) -> urllib3.BaseHTTPResponse:
        headers = {**self._headers, **({"Content-Type": kind} if kind else {})}
        try:
            return self._pool.request(method, self.address + path, body=body, headers=headers)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise Failure(f"{self.name} took too long to answer {method} {path}") from error
        except urllib3.exceptions.HTTPError as error:
            raise Failure(
                f"{self.name} does not answer at {self.address}: see ./arceaux status"
            ) from error

    def _call(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Any:
        answer = self._answer(method, path, body, kind)
        try:
            value = json.loads(answer.data, object_hook=_Answer)
        except ValueError:
            value = None
        if answer.status >= 400:
            kind_of_failure = TooOften if answer.status == 429 else Failure
            raise kind_of_failure(f"{self.name}: {_explanation(answer.status, value)}")
        if not isinstance(value, _Answer):
            raise Failure(f"{self.name} answered {method} {path} with something else than JSON")
        return value


def _explanation(status: int, problem: object) -> str:
    """What a problem document says, in one line."""
    if not isinstance(problem, dict):
        return f"it answered {status}"
    said = str(problem.get("detail") or problem.get("title") or f"it answered {status}")
    errors = problem.get("errors")
    if isinstance(errors, dict):
        said += "".join(f"; {field}: {'; '.join(map(str, why))}" for field, why in errors.items())
    return f"{said} ({status})"
