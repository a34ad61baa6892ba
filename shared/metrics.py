"""Prometheus metrics of the web process; what concerns events is read from the database when asked.

Event delay, log lag and parked events live with the data, so they are right whichever process
answers, and in any deployment (``shared.messaging.gauges``).
"""

from collections.abc import Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

REQUESTS = Histogram(
    "arceaux_http_request_seconds",
    "Time to answer a request, by route as declared and by status.",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
RATE_LIMITED = Counter("arceaux_rate_limited_total", "Requests refused as too many.")


def exposition(collectors: Sequence[Collector], *, multiprocess_dir: str | None) -> bytes:
    """The metrics of every web process of this service, and those that ``collectors`` compute."""
    registry = CollectorRegistry()
    if multiprocess_dir:
        multiprocess.MultiProcessCollector(registry, path=multiprocess_dir)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Only((REQUESTS, RATE_LIMITED)))
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)


class _Only(Collector):
    """The given metrics of the default registry, without the interpreter's own."""

    def __init__(self, metrics: tuple[Histogram | Counter, ...]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return [family for metric in self._metrics for family in metric.collect()]
