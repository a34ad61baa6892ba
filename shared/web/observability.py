"""Each request gets an id, a place in a trace, one log line and one measurement."""

import logging
import re
import time

from flask import Flask, Response, g, request
from uuid_utils import uuid7

from shared import tracing
from shared.metrics import REQUESTS

log = logging.getLogger("arceaux.request")

_USABLE_ID = re.compile(r"^[\w.:-]{1,128}$", re.ASCII)
_QUIET = ("/health/live", "/health/ready", "/metrics")


def register_observability(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    request.environ["arceaux.request_id"] = given if _USABLE_ID.match(given) else str(uuid7())
    tracing.enter(tracing.child_of(request.headers.get("traceparent")))


def _end(response: Response) -> Response:
    request_id = request.environ["arceaux.request_id"]
    response.headers["X-Request-ID"] = request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    seconds = time.perf_counter() - g.began
    # The declared route, never the path or query: they may hold tokens and codes.
    route = request.url_rule.rule if request.url_rule else "none"
    REQUESTS.labels(request.method, route, response.status_code).observe(seconds)
    if route not in _QUIET:
        log.info(
            "request",
            extra={
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
                "request_id": request_id,
            },
        )
    return response
