"""The web process of registrations."""

from flask import Flask

from services.registrations.api import (
    accounts,
    audit,
    erasures,
    export,
    exports,
    feeds,
    imports,
    merges,
    offer,
    participants,
    registrations,
    sessions,
    sign_in,
)
from services.registrations.api import oidc as oidc_api
from services.registrations.db import database
from services.registrations.handlers import HANDLERS
from services.registrations.settings import OidcSettings, load_oidc_settings, retention_months
from shared.auth import ServiceToken, SigningKey
from shared.messaging.worker import make_receiver
from shared.peers import Peers
from shared.settings import Settings, load_settings
from shared.web.app import Description
from shared.web.app import create_app as create_web_app

DESCRIPTION = Description(
    "Arceaux · registrations",
    "What the third place offers, and who takes part: programme, sessions, registrations, attendance.",
)
ROUTES = (
    registrations.routes,
    participants.routes,
    merges.routes,
    erasures.routes,
    export.routes,
    sessions.routes,
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
    receiver = make_receiver(settings, database, HANDLERS)
    app = create_web_app(settings, database, DESCRIPTION, ROUTES, receiver=receiver)
    if settings.signing_key_file:
        token = ServiceToken(settings.service, SigningKey.load(settings.signing_key_file))
        app.extensions["arceaux.peers"] = Peers(settings.urls, token)
    app.extensions["arceaux.retention_months"] = retention_months()
    app.extensions["arceaux.oidc"] = None
    if oidc:
        # Its libraries take memory that only a place with an issuer should spend.
        from services.registrations.oidc import Issuer  # noqa: PLC0415 — as said above

        callback = f"{settings.public_url}{oidc_api.PATH}/callback"
        app.extensions["arceaux.oidc"] = Issuer(oidc, callback)
    return app
