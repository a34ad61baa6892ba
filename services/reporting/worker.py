"""The Celery worker of reporting."""

from services.reporting import tasks
from services.reporting.broker import celery
from services.reporting.db import database
from services.reporting.handlers import HANDLERS
from shared.messaging.worker import set_up_worker
from shared.settings import load_settings

receiver = set_up_worker(celery, load_settings("reporting"), database, HANDLERS)
tasks.add_rebuild_task(receiver)
app = celery
