"""A worker that has gone deaf ends itself, so that whoever supervises it starts it again.

After a broker restart Celery can be left without its consumer and never know: the process lives, its
queues fill. The relay's ticks make that visible, for a healthy worker never lets them wait.
"""

import logging
import os
import threading
from collections.abc import Sequence

import redis
from celery.worker import state

log = logging.getLogger(__name__)

_LOOK_EVERY = 5.0
# Deaf is who has taken nothing at this many looks in a row, with work waiting and none in hand.
_LOOKS = 4


def watch_hearing(broker_url: str, queues: Sequence[str]) -> None:
    """Look after this worker process from a thread of its own, for as long as it lives."""
    broker = redis.Redis.from_url(broker_url, socket_connect_timeout=1, socket_timeout=1)

    def waiting() -> int:
        try:
            return sum(int(str(broker.llen(queue))) for queue in queues)
        except redis.RedisError:
            # Without the broker nobody hears anything; that is not deafness.
            return 0

    def look() -> None:
        pause, deaf = threading.Event(), Deafness()
        while not deaf.is_shown_by(
            waiting=waiting(),
            accepted=sum(state.total_count.values()),
            in_hand=len(state.reserved_requests),
        ):
            pause.wait(_LOOK_EVERY)
        log.critical("worker_deaf")
        os._exit(1)

    threading.Thread(target=look, name="hearing", daemon=True).start()


class Deafness:
    """Tells a deaf worker from a busy or an idle one, by looking at it again and again."""

    def __init__(self) -> None:
        self._accepted = -1
        self._looks = 0

    def is_shown_by(self, *, waiting: int, accepted: int, in_hand: int) -> bool:
        """Take one look: at tasks in the queues, ever accepted, and in hand. True when it is deaf."""
        suspicious = waiting > 0 and in_hand == 0 and accepted == self._accepted
        self._looks = self._looks + 1 if suspicious else 0
        self._accepted = accepted
        return self._looks >= _LOOKS
