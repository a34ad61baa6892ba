"""The web process of registrations."""

from flask import Flask

from services.registrations.api import (
    accounts,
    audit,
    clients,
    exports,
    feeds,
    imports,
    offer,
    registrations,
    sessions,
    sign_in,
    webhooks,
)
from services.registrations.api import oidc as oidc_api
from services.registrations.db import database
from services.registrations.schemas.webhooks import described_webhooks
from services.registrations.settings import (
    OidcSettings,
    load_oidc_settings,
    webhooks_may_be_private,
)
from shared.settings import Settings, load_settings
from shared.web.app import Description, describe_webhooks
from shared.web.app import create_app as create_web_app
from shared.web.routes import CLIENT_OF

DESCRIPTION = Description(
    "Arceaux · registrations",
    "What the third place offers, and who takes part: programme, sessions, registrations, attendance.",
)
ROUTES = (
    registrations.routes,
    sessions.routes,
    feeds.routes,
    exports.routes,
    offer.routes,
    imports.routes,
    audit.routes,
    sign_in.routes,
    oidc_api.routes,
    accounts.routes,
    clients.routes,
    webhooks.routes,
)


def create_app(
    settings: Settings | None = None,
    oidc: OidcSettings | None = None,
    *,
    webhooks_private: bool = False,
) -> Flask:
    """The Flask application; without ``settings`` all of them come from the environment."""
    if settings is None:
        settings, oidc = load_settings("registrations"), load_oidc_settings()
        webhooks_private = webhooks_may_be_private()
    app = create_web_app(settings, database, DESCRIPTION, ROUTES)
    describe_webhooks(app, *described_webhooks())
    app.extensions[CLIENT_OF] = clients.client_of
    app.extensions[webhooks.PRIVATE] = webhooks_private
    app.extensions["arceaux.oidc"] = None
    if oidc:
        # Its libraries take memory that only a place with an issuer should spend.
        from services.registrations.oidc import Issuer  # noqa: PLC0415 — as said above

        callback = f"{settings.public_url}{oidc_api.PATH}/callback"
        app.extensions["arceaux.oidc"] = Issuer(oidc, callback)
    return app
