"""The web process of reporting."""

from flask import Flask

from services.reporting.api import (
    budget_lines,
    coop_records,
    editions,
    indicators,
    open_data,
    open_figures,
    quotes,
    rebuilds,
    report_jobs,
    report_subscriptions,
    targets,
)
from services.reporting.broker import celery
from services.reporting.db import database
from services.reporting.handlers import HANDLERS
from services.reporting.operations.held import holding
from shared.messaging.receiver import make_receiver
from shared.settings import Settings, load_settings
from shared.web.app import Description
from shared.web.app import create_app as create_web_app
from shared.web.held import held_routes

DESCRIPTION = Description(
    "Arceaux · reporting",
    "What the third place did, in figures and reports. It knows no name and no contact.",
)
ROUTES = (
    indicators.routes,
    budget_lines.routes,
    targets.routes,
    open_figures.routes,
    open_data.routes,
    coop_records.routes,
    report_jobs.routes,
    report_subscriptions.routes,
    editions.routes,
    quotes.routes,
    rebuilds.routes,
    held_routes(database, holding),
)


def create_app(settings: Settings | None = None) -> Flask:
    """The Flask application; without ``settings`` they come from the environment."""
    settings = settings or load_settings("reporting")
    celery.conf.broker_url = settings.broker_url
    receiver = make_receiver(settings, database, HANDLERS)
    return create_web_app(settings, database, DESCRIPTION, ROUTES, receiver=receiver)
