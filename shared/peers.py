"""Asking another service over HTTP, in the name of this one: for what cannot be told by events."""

from collections.abc import Callable, Mapping
from typing import Any

import urllib3

from shared.errors import Text, Unavailable


class PeerAway(Unavailable):
    """Another service does not answer, or not with what it was asked for."""

    says = Text(
        "Another part of the platform does not answer for a moment. Please send the request again.",
        "Une autre partie de la plateforme ne répond pas pour l'instant. Renvoyez la demande.",
    )


class Peers:
    """The other services, as this one sees them."""

    def __init__(self, urls: Mapping[str, str], token: Callable[[], str]) -> None:
        """``urls``: base address by service. ``token``: gives a valid service token."""
        self._urls, self._token = urls, token
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=2, read=10), retries=False, maxsize=4
        )

    def ask(self, service: str, path: str, question: Mapping[str, Any]) -> dict[str, Any]:
        """What ``service`` answers to ``question``, posted to ``path`` as JSON.

        Raises:
            PeerAway: no usable answer.
        """
        try:
            response = self._http.request(
                "POST",
                f"{self._urls[service]}{path}",
                json=question,
                headers={"Authorization": f"Bearer {self._token()}"},
            )
            answer = response.json() if response.status == 200 else None
        except (urllib3.exceptions.HTTPError, ValueError):
            raise PeerAway from None
        if not isinstance(answer, dict):
            raise PeerAway
        return answer
