"""``POST /v1/held``: what a service holds about a person, for the one that people ask."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields

from shared.db import Database
from shared.errors import Forbidden
from shared.web.routes import Routes, staff

# Where people are known, and what is held about them is gathered.
_ASKS = "registrations"

Holding = Callable[[Any, Sequence[UUID], Sequence[UUID]], dict[str, Any]]


class HeldQuestion(ma.Schema):
    participants = fields.List(
        fields.UUID(), required=True, metadata={"description": "All records of the person."}
    )
    registrations = fields.List(
        fields.UUID(),
        required=True,
        metadata={"description": "Those of the person that may be shown to whoever asks."},
    )


class HeldAnswer(ma.Schema):
    held = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Dict()),
        required=True,
        metadata={"description": "Rows by what they are."},
    )


def held_routes(database: Database, holding: Holding) -> Routes:
    """The route by which registrations asks; ``holding`` finds the rows, as JSON is made of."""
    routes = Routes("held", __name__)

    @routes.route("/v1/held", methods=["POST"])
    @routes.access("service")
    @routes.arguments(HeldQuestion)
    @routes.response(200, HeldAnswer)
    def held(question: dict[str, Any]) -> dict[str, Any]:
        """What is held here about a person; no other service than registrations may ask."""
        if staff().subject != _ASKS:
            raise Forbidden
        with database.transaction() as session:
            rows = holding(session, question["participants"], question["registrations"])
        return {"held": rows}

    return routes
