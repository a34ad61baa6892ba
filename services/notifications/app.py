"""The web process of notifications."""

from flask import Flask

from services.notifications.api import (
    callbacks,
    calls,
    desk,
    letters,
    notifications,
    preferences,
    templates,
)
from services.notifications.broker import celery
from services.notifications.db import database
from services.notifications.gauges import NotificationGauges
from services.notifications.handlers import HANDLERS
from services.notifications.operations.held import holding
from services.notifications.settings import sms_settings
from shared.messaging.receiver import make_receiver
from shared.settings import Settings, load_settings
from shared.web.app import Description
from shared.web.app import create_app as create_web_app
from shared.web.held import held_routes

DESCRIPTION = Description(
    "Arceaux · notifications",
    "Who was told what, by which channel, and how that went.",
)
ROUTES = (
    notifications.routes,
    letters.routes,
    calls.routes,
    desk.routes,
    callbacks.routes,
    templates.routes,
    preferences.routes,
    held_routes(database, holding),
)


def create_app(settings: Settings | None = None) -> Flask:
    """The Flask application; without ``settings`` they come from the environment."""
    settings = settings or load_settings("notifications")
    # Read here so that a mistake ends the process at its start, not at a provider's first callback.
    sms_settings()
    celery.conf.broker_url = settings.broker_url
    receiver = make_receiver(settings, database, HANDLERS)
    return create_web_app(
        settings,
        database,
        DESCRIPTION,
        ROUTES,
        receiver=receiver,
        gauges=[NotificationGauges(database)],
    )
