"""Waking the relay within milliseconds of a commit, without making the commit wait.

A NOTIFY in the transaction would serialise commits; a publish per request would cost a round trip.
Here the request only sets a flag; one thread per process publishes, at most once per pause. When
the broker is away nothing is lost: the relay also polls.
"""

import logging
import os
import threading
import time

import redis

log = logging.getLogger(__name__)

_PAUSE = 0.002
_PAUSE_AFTER_FAILURE = 1.0


def channel(service: str) -> str:
    return f"arceaux.wake.{service}"


class Wake:
    """Call it after a commit that logged events."""

    def __init__(self, service: str, broker_url: str) -> None:
        self._channel = channel(service)
        self._url = broker_url
        self._flag = threading.Event()
        self._starting = threading.Lock()
        self._pid: int | None = None

    def __call__(self) -> None:
        if self._pid != os.getpid():
            self._start()
        self._flag.set()

    def _start(self) -> None:
        with self._starting:
            if self._pid != os.getpid():
                self._flag = threading.Event()
                threading.Thread(target=self._publish, name="wake", daemon=True).start()
                self._pid = os.getpid()

    def _publish(self) -> None:
        client = redis.Redis.from_url(self._url, socket_connect_timeout=1, socket_timeout=1)
        away = False
        while True:
            self._flag.wait()
            self._flag.clear()
            try:
                client.publish(self._channel, b"1")
                away = False
            except redis.RedisError as error:
                if not away:
                    log.warning("wake_unavailable", extra={"reason": type(error).__name__})
                away = True
            time.sleep(_PAUSE_AFTER_FAILURE if away else _PAUSE)
