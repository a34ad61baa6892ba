"""The relay of notifications: ``python -m services.notifications.relay``."""

from services.notifications.broker import SWEEP, celery
from services.notifications.db import database
from services.notifications.settings import sweep_every
from shared.messaging.relay import Tick, serve
from shared.settings import load_settings

if __name__ == "__main__":
    serve(load_settings("notifications"), database, celery, Tick(SWEEP, sweep_every()))
