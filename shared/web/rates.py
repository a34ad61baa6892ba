"""How often one may post without a staff token, counted in the broker so that all processes share it."""

import logging
import time
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from limits import RateLimitItem, parse, parse_many
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter

from shared.errors import Text, TooMany
from shared.metrics import RATE_LIMITED

log = logging.getLogger(__name__)

_PAUSE_AFTER_FAILURE = 5.0
_MOST = 1_000_000_000
# Seconds.
_LONGEST = 366 * 24 * 3600
_OF_A_KEY = Text(
    "Too many requests with this API key: its own limit is reached. Please try again later.",
    "Trop de demandes avec cette clé d'API : sa limite est atteinte. Réessayez plus tard.",
)


@dataclass(frozen=True, slots=True)
class Client:
    """Someone's program that presented its API key; a ``rate`` of None stands for no limit."""

    id: UUID
    rate: str | None


class PublicRate:
    """A limit such as ``60/minute`` per address, or none (``off``); programs with a key have their own.

    Without the broker nobody is kept from registering: the limit fails open, and says so in the log.
    """

    def __init__(self, rate: str, broker_url: str, *, of: str = "public") -> None:
        """``of`` names what is counted together. Raises ValueError for a rate not like ``60/minute`` or ``off``."""
        self._of = of
        self._limit: RateLimitItem | None = None if rate == "off" else read_rate(rate)
        self._open_until = 0.0
        storage = RedisStorage(broker_url, socket_connect_timeout=0.3, socket_timeout=0.3)
        self._limiter = FixedWindowRateLimiter(storage)

    def spend(self, address: str) -> None:
        """Count one request of ``address``.

        Raises:
            TooMany: the address has used up its share of the present window.
        """
        self._spend(self._limit, self._of, address, TooMany.says)

    def spend_of(self, client: Client) -> None:
        """Count one request of a program that presented its key.

        Raises:
            TooMany: it has used up its own share of the present window.
        """
        limit = _parsed(client.rate) if client.rate else None
        self._spend(limit, "client", str(client.id), _OF_A_KEY)

    def _spend(self, limit: RateLimitItem | None, kind: str, who: str, refusal: Text) -> None:
        if limit is None or time.monotonic() < self._open_until:
            return
        try:
            allowed = self._limiter.hit(limit, kind, who)
        except Exception as error:  # whatever the broker's client raises, the desk stays open
            self._open_until = time.monotonic() + _PAUSE_AFTER_FAILURE
            log.warning("rate_limit_open", extra={"reason": type(error).__name__})
            return
        if not allowed:
            RATE_LIMITED.inc()
            raise TooMany(refusal)


def read_rate(text: str) -> RateLimitItem:
    """A limit such as ``600/minute`` or ``10 per 30 second``.

    Raises:
        ValueError: it is none, several, one that lets nothing through, or one that the broker cannot count.
    """
    rates = parse_many(text)
    if len(rates) > 1:
        raise ValueError("one rate limit string at a time")
    rate = rates[0]
    if not 0 < rate.amount <= _MOST or not 0 < rate.get_expiry() <= _LONGEST:
        raise ValueError("rate limit string without sense")
    return rate


@cache
def _parsed(rate: str) -> RateLimitItem:
    # Checked when it was set; what was set before there was a check is taken as it was.
    return parse(rate)
