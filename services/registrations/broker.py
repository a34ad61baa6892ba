"""The registrations service's Celery application and its jobs by name; entry points give it its broker."""

from uuid import UUID

from shared.messaging.celery import jobs_queue, make_celery, send

SWEEP = "registrations.sweep"
TELL_STAFF = "registrations.tell_staff"
EXPIRE_OFFERS = "registrations.expire_offers"
FORGET = "registrations.forget"
NOTE_BELOW_MINIMUM = "registrations.note_below_minimum"
TELL_WEBHOOKS = "registrations.tell_webhooks"
POST_TO_WEBHOOK = "registrations.post_to_webhook"

# A job that nobody took by then is needless: another was set off since.
_SOON = 30.0

celery = make_celery("registrations")


def post_to(webhook_id: UUID) -> None:
    """Have what is due to this webhook posted now.

    Raises:
        kombu.exceptions.OperationalError: the broker is away; the next look finds what is due.
    """
    send(
        celery,
        POST_TO_WEBHOOK,
        str(webhook_id),
        queue=jobs_queue("registrations"),
        expires=_SOON,
    )
