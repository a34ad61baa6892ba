"""What operators see of sending, in /metrics."""

from __future__ import annotations

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from services.notifications.models import SmsProvider, TemplateVersion
from shared.db import Database
from tests.service.notifications.conftest import MailServer, Post, Registrations


def samples(client: FlaskClient) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample of /metrics, by its name and the values of its labels, in the order of their names."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_messages_are_counted_by_kind_channel_and_state_and_attempts_by_how_they_ended(
    client: FlaskClient, registrations: Registrations, post: Post, mail_server: MailServer
) -> None:
    registrations.register(registrations.session(), registrations.person())
    registrations.register(registrations.session(), registrations.person(email=None))
    post.send()
    mail_server.answer_to_recipient = "550 5.1.1 No such user"
    registrations.register(registrations.session(), registrations.person())
    post.send()
    found = samples(client)

    assert found["arceaux_notifications", ("email", "confirmed", "sent")] == 1
    assert found["arceaux_notifications", ("email", "confirmed", "failed")] == 1
    assert found["arceaux_notifications", ("desk", "confirmed", "scheduled")] == 1
    assert found["arceaux_notification_attempts", ("email", "confirmed", "accepted")] == 1
    assert found["arceaux_notification_attempts", ("email", "confirmed", "refused")] == 1
    assert 0 <= found["arceaux_notification_delay_seconds", ("email", "confirmed", "0.5")] < 60
    assert found["arceaux_notification_delay_seconds", ("email", "confirmed", "0.95")] >= 0


def test_what_is_due_and_does_not_leave_is_seen_while_nothing_is_sent(
    client: FlaskClient, registrations: Registrations, post: Post
) -> None:
    assert not any("overdue" in name for name, _ in samples(client))
    for _ in range(2):
        registrations.register(registrations.session(), registrations.person())
    post.make_due(post.all()[0].id)
    found = samples(client)
    assert found["arceaux_notifications_overdue", ("email",)] == 2
    assert 60 <= found["arceaux_notifications_overdue_seconds", ("email",)] < 600


def test_who_carries_sms_what_they_cost_and_words_that_fail_are_seen(
    client: FlaskClient, notifications_database: Database
) -> None:
    with notifications_database.transaction() as transaction:
        transaction.add(SmsProvider(name="ovh", failures=0, rests_until=None))
        transaction.add(
            TemplateVersion(kind="confirmed", language="fr", version=1, changed_by="x", failures=3)
        )
    found = samples(client)

    assert found["arceaux_sms_provider_resting", ("ovh",)] == 0
    assert found["arceaux_template_failures", ("confirmed", "fr")] == 3
    assert found["arceaux_sms_spent_cents", ()] == 0
    assert found["arceaux_sms_budget_cents", ()] == 5000
