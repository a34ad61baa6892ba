"""The registrations service's Celery application and its job by name; entry points give it its broker."""

from shared.messaging.celery import make_celery

SWEEP = "registrations.sweep"
EXPIRE_OFFERS = "registrations.expire_offers"
FORGET = "registrations.forget"

celery = make_celery("registrations")
