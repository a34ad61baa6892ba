"""The Celery worker of registrations."""

from services.registrations import tasks
from services.registrations.broker import celery
from services.registrations.db import database
from services.registrations.handlers import HANDLERS
from services.registrations.settings import retention_months, webhooks_may_be_private
from shared.messaging.worker import set_up_worker
from shared.settings import load_settings

__all__ = ["app", "tasks"]

# Read here so that a mistake ends the process at its start, not when somebody's time is up.
webhooks_may_be_private()
retention_months()
set_up_worker(celery, load_settings("registrations"), database, HANDLERS)
app = celery
