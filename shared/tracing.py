"""W3C trace context: which request, here or in another service, this work belongs to.

https://www.w3.org/TR/trace-context/
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})\Z")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def child_of(header: str | None) -> str:
    """A ``traceparent`` for new work: in the caller's trace if ``header`` is valid, else in a new one."""
    match = _TRACEPARENT.match(header or "")
    trace = match.group(1) if match and match.group(1).strip("0") else secrets.token_hex(16)
    return f"00-{trace}-{secrets.token_hex(8)}-01"


def current() -> str | None:
    """The ``traceparent`` of the work in hand, if any."""
    return _current.get()


def enter(traceparent: str | None) -> None:
    """Say that what follows in this context belongs to ``traceparent``."""
    _current.set(traceparent)


@contextmanager
def within(traceparent: str | None) -> Iterator[None]:
    """Run the block as part of ``traceparent``."""
    token = _current.set(traceparent)
    try:
        yield
    finally:
        _current.reset(token)


def trace_id(traceparent: str | None) -> str | None:
    """The trace id within a ``traceparent``, for logs."""
    match = _TRACEPARENT.match(traceparent or "")
    return match.group(1) if match else None
