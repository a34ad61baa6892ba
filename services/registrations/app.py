"""The web process of registrations."""

from flask import Flask

from services.registrations.api import (
    accounts,
    audit,
    imports,
    offer,
    registrations,
    sessions,
    sign_in,
)
from services.registrations.db import database
from shared.settings import Settings, load_settings
from shared.web.app import Description
from shared.web.app import create_app as create_web_app

DESCRIPTION = Description(
    "Arceaux · registrations",
    "What the third place offers, and who takes part: programme, sessions, registrations, attendance.",
)
ROUTES = (
    registrations.routes,
    sessions.routes,
    offer.routes,
    imports.routes,
    audit.routes,
    sign_in.routes,
    accounts.routes,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The Flask application; without ``settings`` they come from the environment."""
    return create_web_app(settings or load_settings("registrations"), database, DESCRIPTION, ROUTES)
