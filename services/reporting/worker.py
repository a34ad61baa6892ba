"""The Celery worker of reporting."""

from services.reporting import tasks
from services.reporting.broker import celery
from services.reporting.db import database
from services.reporting.handlers import HANDLERS
from services.reporting.settings import home_timezone, release_every
from shared.messaging.worker import set_up_worker
from shared.settings import load_settings

# A setting that cannot be read ends the process now, not a job later.
release_every()
home_timezone()
receiver = set_up_worker(celery, load_settings("reporting"), database, HANDLERS)
tasks.add_rebuild_task(receiver)
app = celery
