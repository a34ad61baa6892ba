"""The event feed of a service, and the operators' view of what it could not handle."""

from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from shared.auth import Caller
from shared.db import Database
from shared.events.catalogue import CATALOGUE
from shared.events.subscriptions import subscribers_of
from shared.messaging import log as event_log
from shared.messaging import parking
from shared.messaging.receiver import Receiver
from shared.web.routes import Routes, staff

_PERSONAL = frozenset(schema.event_type for schema in CATALOGUE.values() if schema.personal)


class FeedQuery(ma.Schema):
    after = ma.fields.Integer(
        load_default=0,
        validate=ma.validate.Range(0, 2**63 - 1),
        metadata={"description": "Position of the last event known."},
    )
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 1000))


class FeedEvent(ma.Schema):
    """A CloudEvent 1.0; ``position`` is an extension attribute."""

    specversion = ma.fields.String(required=True)
    id = ma.fields.UUID(required=True)
    type = ma.fields.String(required=True)
    source = ma.fields.String(required=True)
    subject = ma.fields.String(required=True)
    time = ma.fields.String(required=True, metadata={"format": "date-time"})
    datacontenttype = ma.fields.String(required=True)
    dataschema = ma.fields.String(required=True)
    position = ma.fields.Integer(required=True)
    traceparent = ma.fields.String()
    data = ma.fields.Dict(
        metadata={"description": "Absent for operators where it would hold personal data."}
    )


class FeedPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(FeedEvent), required=True)
    next = ma.fields.String(required=True, allow_none=True)
    unrelayed = ma.fields.Integer(
        required=True, metadata={"description": "Committed events without a position yet."}
    )


class ParkedEvent(ma.Schema):
    id = ma.fields.Integer(required=True)
    source = ma.fields.String(required=True)
    position = ma.fields.Integer(required=True)
    type = ma.fields.String(required=True)
    subject = ma.fields.String(required=True)
    error = ma.fields.String(required=True)
    parked_at = ma.fields.AwareDateTime(required=True)


class ParkedList(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ParkedEvent), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class ReplayRequest(ma.Schema):
    ids = ma.fields.List(
        ma.fields.Integer(validate=ma.validate.Range(1, 2**63 - 1)),
        load_default=None,
        validate=ma.validate.Length(max=1000),
        metadata={"description": "Which parked events; all when absent."},
    )


class ReplayAnswer(ma.Schema):
    replayed = ma.fields.Integer(required=True)
    still_parked = ma.fields.Integer(required=True)


def event_routes(service: str, database: Database) -> Routes:
    """``GET /v1/events``: the log of ``service`` in order, each caller seeing what it subscribes to."""
    feed = Routes("events", __name__)
    subscribers = subscribers_of(service)

    def visible_types(caller: Caller) -> frozenset[str] | None:
        if caller.role == "operator":
            return None
        return subscribers.get(caller.subject, frozenset())

    @feed.route("/v1/events")
    @feed.access("service", "operator")
    @feed.arguments(FeedQuery, location="query")
    @feed.response(200, FeedPage)
    def events(query: dict[str, Any]) -> Response:
        """The event log past a position. Positions are dense: a missing one is an event one may not see.

        A service gets the types it subscribes to. An operator gets all, without personal data.
        """
        caller, limit = staff(), query["limit"]
        with database.transaction() as session:
            rows = event_log.read_after(
                session, query["after"], limit=limit, types=visible_types(caller)
            )
            unrelayed = event_log.unrelayed(session)
        operator = caller.role == "operator"
        items = [
            event_log.envelope(row, service, with_data=not (operator and row.type in _PERSONAL))
            for row in rows
        ]
        following = str(rows[-1].position) if len(rows) == limit else None
        # As a response at once: what the log holds is JSON already, and need not be dumped again.
        return jsonify({"items": items, "next": following, "unrelayed": unrelayed})

    return feed


def parked_routes(database: Database, receiver: Receiver) -> Routes:
    """``/v1/parked``: what could not be handled, and trying it again."""
    parked = Routes("parked events", __name__)

    @parked.route("/v1/parked")
    @parked.access("operator")
    @parked.response(200, ParkedList)
    def waiting() -> dict[str, Any]:
        """Events set aside because their handler failed, with the reason."""
        with database.transaction() as session:
            return {"items": parking.parked(session), "next": None}

    @parked.route("/v1/parked/replay", methods=["POST"])
    @parked.access("operator")
    @parked.arguments(ReplayRequest)
    @parked.response(200, ReplayAnswer)
    def replay(body: dict[str, Any]) -> Any:
        """Handle parked events again, in order."""
        return receiver.replay(body["ids"])

    return parked
