"""Structured logs: one JSON object a line, with request and trace ids, and no personal data.

No personal data is a discipline of the callers: log ids, kinds, counts and durations, never a body,
a query string, a name or an address. What PostgreSQL adds to an error, the row that it is about, is left out here.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from shared import tracing

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


# Up to what follows it: a hint, a context, the statement, another error. Within a representation, lines end in "\\n".
_ROW = re.compile(r"DETAIL:\s.*?(?=(?:\\n|\n)(?:\\n|\n|HINT:|CONTEXT:|\[SQL)|\Z)", re.DOTALL)


def _add_trace(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    trace = tracing.trace_id(tracing.current())
    if trace:
        entry["trace_id"] = trace
    return entry


def _without_rows(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {name: _without_row(value) for name, value in entry.items()}


def _without_row(value: Any) -> Any:
    if isinstance(value, str):
        return _ROW.sub("DETAIL: …", value)
    if isinstance(value, dict):
        return {name: _without_row(one) for name, one in value.items()}
    return value


def configure_logs(service: str, level: str = "INFO") -> None:
    """Send every record of this process, ours and the libraries', to standard output as JSON."""

    def add_service(
        _logger: Any, _method: str, entry: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        entry["service"] = service
        return entry

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                add_service,
                _add_trace,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _without_rows,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Celery says of every task that it came and went; those that fail or are slow say so themselves.
    for noisy in ("urllib3", "kombu", "amqp", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
