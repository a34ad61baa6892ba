"""Giving people all that is held about them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import current_app

from services.registrations.api.caller import actor, scope
from services.registrations.db import transaction
from services.registrations.operations.people.export import gather
from services.registrations.operations.people.receipts import OTHERS
from services.registrations.operations.staff import audit
from services.registrations.schemas.export import ExportSchema
from shared.peers import Peers
from shared.web.routes import Routes

routes = Routes("export", __name__, url_prefix="/v1/participants")


@routes.route("/<uuid:participant_id>/export")
@routes.access("adviser")
@routes.refuses(404)
@routes.response(200, ExportSchema)
def exported(participant_id: UUID) -> dict[str, Any]:
    """All that the three services hold about a person; whole when asked for by who may know of every programme."""
    allowed = scope()
    with transaction() as session:
        held = gather(session, participant_id, scope=allowed)
        audit.record(
            session,
            actor(),
            "export",
            "participant",
            held.participant_id,
            participant=held.participant_id,
        )
    question = {
        "participants": [str(one) for one in held.participants],
        "registrations": [str(one) for one in held.registrations],
    }
    peers: Peers = current_app.extensions["arceaux.peers"]
    return {
        "participant_id": held.participant_id,
        "exported_at": datetime.now(UTC),
        "discreet_programmes": (None if allowed.programmes is None else sorted(allowed.programmes)),
        "registrations": held.rows,
        **{name: peers.ask(name, "/v1/held", question).get("held", {}) for name in OTHERS},
    }
