"""The Celery worker of notifications."""

from services.notifications import tasks
from services.notifications.broker import celery
from services.notifications.db import database
from services.notifications.handlers import HANDLERS
from services.notifications.settings import mail_settings, sms_settings
from shared.messaging.worker import set_up_worker
from shared.settings import load_settings

__all__ = ["app", "tasks"]

# Read here so that a mistake ends the process at its start, not at its first message.
mail_settings()
sms_settings()
set_up_worker(celery, load_settings("notifications"), database, HANDLERS)
app = celery
