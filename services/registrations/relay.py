"""The relay of registrations: ``python -m services.registrations.relay``."""

from services.registrations.broker import (
    EXPIRE_OFFERS,
    FORGET,
    NOTE_BELOW_MINIMUM,
    SWEEP,
    TELL_STAFF,
    TELL_WEBHOOKS,
    celery,
)
from services.registrations.db import database
from shared.messaging.relay import Tick, serve
from shared.settings import load_settings

_TICKS = (
    Tick(SWEEP, 3600.0),
    Tick(FORGET, 3600.0),
    Tick(NOTE_BELOW_MINIMUM, 60.0),
    Tick(TELL_STAFF, 60.0),
    Tick(EXPIRE_OFFERS, 10.0),
    Tick(TELL_WEBHOOKS, 2.0),
)

if __name__ == "__main__":
    serve(load_settings("registrations"), database, celery, *_TICKS)
