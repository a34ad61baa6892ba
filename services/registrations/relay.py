"""The relay of registrations: ``python -m services.registrations.relay``."""

from services.registrations.broker import EXPIRE_OFFERS, FORGET, SWEEP, celery
from services.registrations.db import database
from shared.messaging.relay import Tick, serve
from shared.settings import load_settings

_HOUR = 3600.0
_OFTEN = 10.0

if __name__ == "__main__":
    ticks = (Tick(SWEEP, _HOUR), Tick(EXPIRE_OFFERS, _OFTEN), Tick(FORGET, _HOUR))
    serve(load_settings("registrations"), database, celery, *ticks)
