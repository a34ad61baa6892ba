"""The Flask application that every service starts from."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from apispec import APISpec
from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider
from flask_cors import CORS
from prometheus_client.registry import Collector
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.auth import SigningKey, Verifier
from shared.db import Database
from shared.logs import configure_logs
from shared.messaging.receiver import Receiver
from shared.messaging.wake import Wake
from shared.settings import Settings
from shared.web import documentation, health
from shared.web.events import event_routes, parked_routes
from shared.web.observability import register_observability
from shared.web.problems import register_problems
from shared.web.rates import PublicRate
from shared.web.routes import Api, Routes

_API = "/v1/"
_LARGEST_BODY = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Description:
    """What a service says of itself in its OpenAPI document."""

    title: str
    summary: str


def _plain(value: Any) -> Any:
    """What JSON has no word for: dates and moments as RFC 3339 writes them, where Flask would as HTTP's headers do."""
    return value.isoformat() if isinstance(value, date) else DefaultJSONProvider.default(value)


class _Json(DefaultJSONProvider):
    default = staticmethod(_plain)
    sort_keys = False
    ensure_ascii = False
    compact = True


def create_app(
    settings: Settings,
    database: Database,
    description: Description,
    routes: Sequence[Routes],
    *,
    receiver: Receiver | None = None,
    gauges: Sequence[Collector] = (),
) -> Flask:
    """A service's web process: ``routes`` and what all services have (events, health, metrics, docs).

    ``gauges`` are metrics of its own, computed whenever they are asked for.
    """
    configure_logs(settings.service, settings.log_level)
    database.connect(settings.database_url, pool_size=settings.database_pool)
    database.on_event_logged = Wake(settings.service, settings.broker_url)

    app = Flask(settings.service, template_folder=None, static_folder=None)
    app.json = _Json(app)
    app.config.update(
        MAX_CONTENT_LENGTH=_LARGEST_BODY,
        API_TITLE=description.title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={"info": {"description": description.summary}},
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app,
            x_for=settings.trusted_proxies,
            x_proto=settings.trusted_proxies,
            x_host=settings.trusted_proxies,
        )
    key = SigningKey.load(settings.signing_key_file) if settings.signing_key_file else None
    own = (settings.service, key) if key else None
    app.extensions["arceaux.settings"] = settings
    app.extensions["arceaux.verifier"] = Verifier(settings.urls, own=own)
    app.extensions["arceaux.signing_key"] = key
    app.extensions["arceaux.public_rate"] = PublicRate(settings.public_rate, settings.broker_url)

    if settings.cors_origins:
        _let_pages_of_others_call(app, settings.cors_origins)
    register_observability(app)
    register_problems(app)
    api = Api(app)
    for blueprint in routes:
        api.register_blueprint(blueprint)
    api.register_blueprint(event_routes(settings.service, database))
    if receiver is not None:
        api.register_blueprint(parked_routes(database, receiver))
    api.register_blueprint(
        health.routes(
            settings, database, key.jwks() if key else {"keys": []}, _metrics_dir(), gauges
        )
    )
    api.register_blueprint(documentation.routes(api))
    return app


def describe_webhooks(
    app: Flask, webhooks: Mapping[str, Any], components: Mapping[str, Any]
) -> None:
    """Add to the OpenAPI document of ``app`` what it posts to others, and the schemas that this refers to."""
    document = _document(app)
    for name, schema in components.items():
        document.components.schema(name, schema)
    document.options["webhooks"] = webhooks


def _let_pages_of_others_call(app: Flask, origins: Sequence[str]) -> None:
    """Allow the pages of ``origins`` to use the API from a browser, with tokens but never with cookies.

    What is allowed to some alone is said to differ by who asks, also in answers to others: a cache keeps
    those, and would give them to whom they are not for.
    """
    for_all = "*" in origins
    if not for_all:
        app.after_request(_vary_by_origin)
    CORS(
        app,
        resources=f"{_API}*",
        origins=list(origins),
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "Kiosk-Token",
            "X-Request-ID",
        ],
        expose_headers=["X-Request-ID", "Retry-After"],
        max_age=timedelta(hours=1),
        send_wildcard=for_all,
        always_send=for_all,
        vary_header=False,
    )


def _vary_by_origin(response: Response) -> Response:
    if request.path.startswith(_API):
        response.vary.add("Origin")
    return response


def _metrics_dir() -> str | None:
    # prometheus_client reads this variable itself, when it is first imported.
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")


def spec(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of ``app``."""
    document: dict[str, Any] = _document(app).to_dict()
    return document


def _document(app: Flask) -> APISpec:
    document: APISpec = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec
    return document
