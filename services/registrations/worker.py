"""The Celery worker of registrations."""

from services.registrations import tasks
from services.registrations.broker import celery
from services.registrations.db import database
from services.registrations.handlers import HANDLERS
from shared.messaging.worker import set_up_worker
from shared.settings import load_settings

__all__ = ["app", "tasks"]

set_up_worker(celery, load_settings("registrations"), database, HANDLERS)
app = celery
