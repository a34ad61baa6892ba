"""The limit for ``accept``: a bare Flask app, one marshmallow load, the same rows by one SQL statement.

No documentation, logs, metrics, ids, access rules, error documents or ORM: nobody could run this in
earnest, and nothing in Python that writes these rows through the same server can be much faster.
"""

import json
import os
import threading
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask, request
from psycopg.rows import namedtuple_row
from uuid_utils.compat import uuid7

from services.registrations.domain import name_key
from services.registrations.operations.seats.register import REGISTER
from services.registrations.schemas.registrations import RegistrationBody

_SCHEMA = RegistrationBody()
_CONNECTIONS = threading.local()


def create_app() -> Flask:
    """The bare application, for the database in ``ARCEAUX_DATABASE_URL``."""
    app = Flask(__name__)

    @app.post("/v1/registrations")
    def register() -> tuple[dict[str, Any], int]:
        body = _SCHEMA.load(request.get_json())
        registration_id = uuid7()
        parameters = _parameters(body, registration_id)
        values = [parameters[name] for name in REGISTER.names]
        row = _connection().execute(REGISTER.sql, values).fetchone()
        assert row is not None
        return {"id": str(registration_id), "status": row.status}, 201

    return app


def _connection() -> psycopg.Connection[Any]:
    if not hasattr(_CONNECTIONS, "one"):
        url = os.environ["ARCEAUX_DATABASE_URL"]
        _CONNECTIONS.one = psycopg.connect(
            url,
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
            row_factory=namedtuple_row,
        )
    connection: psycopg.Connection[Any] = _CONNECTIONS.one
    return connection


def _parameters(body: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    person, participant_id = body["participant"], uuid7()
    contact = {
        "participant_id": str(participant_id),
        "given_name": person["given_name"],
        "family_name": person["family_name"],
        "email": person["email"],
        "phone": person["phone"],
        "language": person["language"],
        "access_key": "bare",
    }
    told: dict[str, Any] = {
        "registration_id": str(registration_id),
        "session_id": str(body["session_id"]),
        "participant_id": str(participant_id),
        "previous": None,
        "by": "participant",
        "person": {"age_band": None, "district": None, "situations": []},
    }
    return {
        **person,
        "session_id": body["session_id"],
        "registration_id": registration_id,
        "participant_id": participant_id,
        "client_id": None,
        "decides": False,
        "met": False,
        "eligibility_reason": None,
        "organisation": None,
        "name_key": name_key(person["given_name"], person["family_name"]),
        "statistics": body["consents"]["statistics"],
        "contact": body["consents"]["contact"],
        "access_key": "bare",
        "source": body["source"],
        "needs": body["needs"],
        "registered_by": None,
        "agreement": None,
        "key": None,
        "fingerprint": None,
        "traceparent": None,
        "contact_event_id": uuid7(),
        "contact_type": "participant.contact_changed",
        "contact_version": 1,
        "contact_data": json.dumps(contact),
        "event_id": uuid7(),
        "requested_type": "registration.requested",
        "confirmed_type": "registration.confirmed",
        "waitlisted_type": "registration.waitlisted",
        "formed_event_id": uuid7(),
        "formed_type": "session.formed",
        "formed_version": 1,
        "registration_version": 1,
        "registration_data": json.dumps(told),
    }
