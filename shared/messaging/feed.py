"""Reading another service's event feed over HTTP: how a gap is repaired and a projection rebuilt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

PAGE = 1000


class FeedUnavailable(Exception):
    """The source did not answer, or not with a page of events. Worth trying again later."""


@dataclass(frozen=True, slots=True)
class Page:
    """Consecutive events for this subscriber; ``last`` tells that there were no more."""

    events: list[dict[str, Any]]
    last: bool


class Feed:
    """The feeds of all services, read as this one."""

    def __init__(self, urls: Mapping[str, str], token: Callable[[], str]) -> None:
        """``urls``: base address by service. ``token``: gives a valid service token."""
        self._urls, self._token = urls, token
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=2, read=10), retries=False, maxsize=4
        )

    def read(self, source: str, after: int, limit: int = PAGE) -> Page:
        """The next events of ``source`` past position ``after``, of the types this service may have.

        Raises:
            FeedUnavailable: no usable answer.
        """
        try:
            response = self._http.request(
                "GET",
                f"{self._urls[source]}/v1/events",
                fields={"after": str(after), "limit": str(limit)},
                headers={"Authorization": f"Bearer {self._token()}"},
            )
            if response.status != 200:
                raise FeedUnavailable(f"{source} answered {response.status}")
            page = response.json()
            return Page(events=page["items"], last=page["next"] is None)
        except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
            raise FeedUnavailable(f"{source}: {type(error).__name__}") from error
