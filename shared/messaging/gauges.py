"""How the arches are doing, read from the database when asked: right in any deployment."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from shared.db import Database
from shared.messaging import log as event_log
from shared.messaging.tables import event_cursor, parked_event, relay_mark


class MessagingGauges(Collector):
    """Event delay, log lag, parked events of one service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._database.transaction() as session:
            head = event_log.head(session)
            unrelayed = event_log.unrelayed(session)
            marks = session.execute(select(relay_mark)).all()
            cursors = session.execute(select(event_cursor)).all()
            parked = session.scalar(select(func.count()).select_from(parked_event)) or 0

        yield GaugeMetricFamily("arceaux_log_head", "Last position given in the event log.", head)
        yield GaugeMetricFamily(
            "arceaux_log_unrelayed", "Committed events without a position yet.", unrelayed
        )
        lag = GaugeMetricFamily(
            "arceaux_log_lag",
            "Positions of the log not yet looked at for a subscriber.",
            labels=["subscriber"],
        )
        for mark in marks:
            lag.add_metric([mark.subscriber], head - mark.scanned + unrelayed)
        yield lag
        position = GaugeMetricFamily(
            "arceaux_cursor_position", "Last position handled of a source.", labels=["source"]
        )
        delay = GaugeMetricFamily(
            "arceaux_event_delay_seconds",
            "From the last handled event's happening to its being handled.",
            labels=["source"],
        )
        for cursor in cursors:
            position.add_metric([cursor.source], cursor.position)
            if cursor.handled_at and cursor.event_time:
                seconds = (cursor.handled_at - cursor.event_time).total_seconds()
                delay.add_metric([cursor.source], seconds)
        yield position
        yield delay
        yield GaugeMetricFamily(
            "arceaux_parked_events", "Events set aside after their handler failed.", parked
        )
