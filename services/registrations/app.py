"""The web process of registrations."""

from flask import Flask

from services.registrations.api import (
    accounts,
    audit,
    calls,
    exports,
    feedback,
    feeds,
    imports,
    journeys,
    meetings,
    offer,
    outcomes,
    referrals,
    registrations,
    sessions,
    sign_in,
)
from services.registrations.api import oidc as oidc_api
from services.registrations.db import database
from services.registrations.settings import OidcSettings, load_oidc_settings
from shared.settings import Settings, load_settings
from shared.web.app import Description
from shared.web.app import create_app as create_web_app
from shared.web.rates import PublicRate

DESCRIPTION = Description(
    "Arceaux · registrations",
    "What the third place offers, and who takes part: programme, sessions, registrations, attendance.",
)
ROUTES = (
    registrations.routes,
    sessions.routes,
    meetings.routes,
    calls.routes,
    feedback.routes,
    referrals.routes,
    outcomes.routes,
    journeys.routes,
    feeds.routes,
    exports.routes,
    offer.routes,
    imports.routes,
    audit.routes,
    sign_in.routes,
    oidc_api.routes,
    accounts.routes,
)


def create_app(settings: Settings | None = None, oidc: OidcSettings | None = None) -> Flask:
    """The Flask application; without ``settings`` they come from the environment, ``oidc`` too."""
    if settings is None:
        settings, oidc = load_settings("registrations"), load_oidc_settings()
    app = create_web_app(settings, database, DESCRIPTION, ROUTES)
    app.extensions["arceaux.kiosk_rate"] = PublicRate(feedback.KIOSK_RATE, settings.broker_url)
    app.extensions["arceaux.oidc"] = None
    if oidc:
        # Its libraries take memory that only a place with an issuer should spend.
        from services.registrations.oidc import Issuer  # noqa: PLC0415 — as said above

        callback = f"{settings.public_url}{oidc_api.PATH}/callback"
        app.extensions["arceaux.oidc"] = Issuer(oidc, callback)
    return app
