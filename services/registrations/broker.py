"""The registrations service's Celery application; entry points give it its broker."""

from shared.messaging.celery import make_celery

celery = make_celery("registrations")
