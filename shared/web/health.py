"""Is this service alive, is it ready, how is it doing, and which keys does it sign with."""

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
import psycopg
import redis
from flask import Response, jsonify
from prometheus_client.registry import Collector

from shared.auth import JWKS_PATH
from shared.db import Database
from shared.messaging.gauges import MessagingGauges
from shared.metrics import exposition
from shared.settings import Settings
from shared.web.problems import problem
from shared.web.routes import Routes


class Live(ma.Schema):
    status = ma.fields.String(required=True)


class Ready(ma.Schema):
    status = ma.fields.String(required=True)
    database = ma.fields.Boolean(required=True)
    broker = ma.fields.Boolean(required=True)


class KeySet(ma.Schema):
    keys = ma.fields.List(ma.fields.Dict(), required=True)


def routes(
    settings: Settings,
    database: Database,
    jwks: dict[str, Any],
    metrics_dir: str | None,
    own_gauges: Sequence[Collector] = (),
) -> Routes:
    health = Routes("health", __name__)
    broker = redis.Redis.from_url(
        settings.broker_url, socket_connect_timeout=0.5, socket_timeout=0.5, retry=None
    )
    gauges = (MessagingGauges(database), *own_gauges)

    @health.route("/health/live")
    @health.access(public=True)
    @health.response(200, Live)
    def live() -> dict[str, str]:
        """Is the process there: if not, start it again."""
        return {"status": "live"}

    @health.route("/health/ready")
    @health.access(public=True)
    @health.response(200, Ready)
    def ready() -> Any:
        """Can it answer: it needs its database. Without the broker it goes on, and catches up later."""
        if not _answers_database(database):
            return problem(503, "unavailable")
        return {"status": "ready", "database": True, "broker": _answers_broker(broker)}

    @health.route("/metrics")
    @health.access(public=True)
    @health.response(200, {"type": "string"}, content_type="text/plain")
    def metrics() -> Response:
        """Prometheus metrics."""
        return Response(exposition(gauges, multiprocess_dir=metrics_dir), mimetype="text/plain")

    @health.route(JWKS_PATH)
    @health.access(public=True)
    @health.response(200, KeySet)
    def keys() -> Response:
        """The public keys (RFC 7517) with which this service's tokens are checked."""
        return jsonify(jwks)

    return health


def _answers_database(database: Database) -> bool:
    try:
        with database.statement() as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _answers_broker(broker: redis.Redis) -> bool:
    try:
        broker.ping()
    except redis.RedisError:
        return False
    return True
