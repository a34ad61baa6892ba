"""How messages fare, for Prometheus: read from the database when asked, so right in any deployment."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.notifications.operations.figures import Figures, read_figures
from services.notifications.settings import sms_settings
from shared.db import Database


class NotificationGauges(Collector):
    """Messages by kind, channel and state; attempts and delays; what SMS cost and who carries them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._database.transaction() as transaction:
            figures = read_figures(transaction)
        yield _labelled(
            "arceaux_notifications",
            "Messages decided upon in the last seven days.",
            ["kind", "channel", "status"],
            [((kind, channel, status), count) for kind, channel, status, count in figures.messages],
        )
        yield _labelled(
            "arceaux_notification_attempts",
            "Attempts that ended in the last hour, by how they ended.",
            ["kind", "channel", "outcome"],
            [((kind, channel, ended), count) for kind, channel, ended, count in figures.attempts],
        )
        yield _labelled(
            "arceaux_notification_delay_seconds",
            "From when a message was due until its carrier accepted it, over the last hour.",
            ["kind", "channel", "quantile"],
            [
                ((kind, channel, quantile), float(seconds))
                for kind, channel, half, most in figures.delays
                for quantile, seconds in (("0.5", half), ("0.95", most))
            ],
        )
        yield _labelled(
            "arceaux_notifications_overdue",
            "Messages that are due and have not left.",
            ["channel"],
            [((channel,), count) for channel, count, _ in figures.overdue],
        )
        yield _labelled(
            "arceaux_notifications_overdue_seconds",
            "Since when the first of them has been due.",
            ["channel"],
            [((channel,), float(seconds)) for channel, _, seconds in figures.overdue],
        )
        yield _labelled(
            "arceaux_template_failures",
            "Messages that went out in the shipped words because a manager's own failed.",
            ["kind", "language"],
            [((kind, language), count) for kind, language, count in figures.own_words_failed],
        )
        yield from _of_sms(figures)


def _of_sms(figures: Figures) -> Iterator[GaugeMetricFamily]:
    yield _labelled(
        "arceaux_sms_provider_resting",
        "1 while a provider is left alone because it failed or was too slow.",
        ["provider"],
        [((name,), int(resting)) for name, resting in figures.resting.items()],
    )
    yield GaugeMetricFamily(
        "arceaux_sms_spent_cents",
        "Cents of a euro spent or reserved on SMS this month.",
        float(figures.sms_spent),
    )
    yield GaugeMetricFamily(
        "arceaux_sms_budget_cents",
        "Cents of a euro that may be spent on SMS in a month.",
        float(sms_settings().budget),
    )


def _labelled(
    name: str, says: str, labels: list[str], values: list[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=labels)
    for of, value in values:
        family.add_metric(of, value)
    return family
