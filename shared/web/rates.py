"""How often one address may post without a token, counted in the broker so that all processes share it."""

import logging
import time

from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter

from shared.errors import TooMany
from shared.metrics import RATE_LIMITED

log = logging.getLogger(__name__)

_PAUSE_AFTER_FAILURE = 5.0


class PublicRate:
    """A limit such as ``60/minute`` per address, or none (``off``).

    Without the broker nobody is kept from registering: the limit fails open, and says so in the log.
    """

    def __init__(self, rate: str, broker_url: str, *, of: str = "public") -> None:
        """``of`` names what is counted together. Raises ValueError for a rate not like ``60/minute`` or ``off``."""
        self._of = of
        self._limit: RateLimitItem | None = None if rate == "off" else parse(rate)
        self._open_until = 0.0
        if self._limit is not None:
            storage = RedisStorage(broker_url, socket_connect_timeout=0.3, socket_timeout=0.3)
            self._limiter = FixedWindowRateLimiter(storage)

    def spend(self, address: str) -> None:
        """Count one request of ``address``.

        Raises:
            TooMany: the address has used up its share of the present window.
        """
        if self._limit is None or time.monotonic() < self._open_until:
            return
        try:
            allowed = self._limiter.hit(self._limit, self._of, address)
        except Exception as error:  # whatever the broker's client raises, the desk stays open
            self._open_until = time.monotonic() + _PAUSE_AFTER_FAILURE
            log.warning("rate_limit_open", extra={"reason": type(error).__name__})
            return
        if not allowed:
            RATE_LIMITED.inc()
            raise TooMany
