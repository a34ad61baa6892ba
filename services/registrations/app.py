"""The web process of registrations."""

from flask import Flask

from services.registrations.api import (
    accounts,
    attendance_imports,
    audit,
    calls,
    clients,
    decisions,
    erasures,
    export,
    exports,
    feedback,
    feeds,
    imports,
    journeys,
    meetings,
    merges,
    offer,
    outcomes,
    participants,
    proofs,
    referrals,
    registrations,
    series,
    sessions,
    short_codes,
    sign_in,
    webhooks,
)
from services.registrations.api import oidc as oidc_api
from services.registrations.db import database
from services.registrations.handlers import HANDLERS
from services.registrations.schemas.webhooks import described_webhooks
from services.registrations.settings import OwnSettings, load_own_settings
from shared.auth import ServiceToken, SigningKey
from shared.messaging.receiver import make_receiver
from shared.peers import Peers
from shared.settings import Settings, load_settings
from shared.web.app import Description, describe_webhooks
from shared.web.app import create_app as create_web_app
from shared.web.rates import PublicRate
from shared.web.routes import CLIENT_OF

DESCRIPTION = Description(
    "Arceaux · registrations",
    "What the third place offers, and who takes part: programme, sessions, registrations, attendance.",
)
ROUTES = (
    registrations.routes,
    short_codes.routes,
    participants.routes,
    proofs.routes,
    merges.routes,
    erasures.routes,
    export.routes,
    sessions.routes,
    series.routes,
    decisions.routes,
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
    attendance_imports.routes,
    audit.routes,
    sign_in.routes,
    oidc_api.routes,
    accounts.routes,
    clients.routes,
    webhooks.routes,
)


def create_app(settings: Settings | None = None, own: OwnSettings | None = None) -> Flask:
    """The Flask application; without ``settings`` all of them come from the environment."""
    if settings is None:
        settings, own = load_settings("registrations"), load_own_settings()
    own = own or OwnSettings()
    receiver = make_receiver(settings, database, HANDLERS)
    app = create_web_app(settings, database, DESCRIPTION, ROUTES, receiver=receiver)
    describe_webhooks(app, *described_webhooks())
    # Where nobody is counted, neither is whoever tries codes.
    counted = "off" if settings.public_rate == "off" else own.code_rate
    app.extensions["arceaux.code_rate"] = PublicRate(counted, settings.broker_url, of="code")
    app.extensions[CLIENT_OF] = clients.client_of
    app.extensions[webhooks.PRIVATE] = own.webhooks_private
    app.extensions["arceaux.retention_months"] = own.retention_months
    if settings.signing_key_file:
        token = ServiceToken(settings.service, SigningKey.load(settings.signing_key_file))
        app.extensions["arceaux.peers"] = Peers(settings.urls, token)
    app.extensions["arceaux.kiosk_rate"] = PublicRate(
        feedback.KIOSK_RATE, settings.broker_url, of="kiosk"
    )
    app.extensions["arceaux.oidc"] = None
    if own.oidc:
        # Its libraries take memory that only a place with an issuer should spend.
        from services.registrations.oidc import Issuer  # noqa: PLC0415 — as said above

        callback = f"{settings.public_url}{oidc_api.PATH}/callback"
        app.extensions["arceaux.oidc"] = Issuer(own.oidc, callback)
    return app
