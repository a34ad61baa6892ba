"""The Celery worker of reporting."""

from services.reporting import tasks
from services.reporting.broker import celery
from services.reporting.db import database
from services.reporting.handlers import HANDLERS
from services.reporting.settings import release_every
from shared.messaging.worker import set_up_worker
from shared.settings import load_settings

release_every()  # a setting that cannot be read ends the process now, not a job later
receiver = set_up_worker(celery, load_settings("reporting"), database, HANDLERS)
tasks.add_rebuild_task(receiver)
app = celery
