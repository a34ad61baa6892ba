"""What one person did here, for the adviser who accompanies them."""

from typing import Any
from uuid import UUID

from services.registrations.api.caller import actor, scope
from services.registrations.db import transaction
from services.registrations.operations.held.journey import journey_of
from services.registrations.operations.staff import audit
from services.registrations.schemas.journey import JourneySchema
from shared.web.routes import Routes

routes = Routes("journeys", __name__, url_prefix="/v1/participants")


@routes.route("/<uuid:participant_id>/journey")
@routes.access("adviser")
@routes.refuses(404)
@routes.response(200, JourneySchema)
def shown(participant_id: UUID) -> dict[str, Any]:
    """Registrations, attendance, feedback, calls, outcomes and referrals of a person, in the order of time.

    Of discreet programmes only those that the adviser advises; what was written in feedback is not in it.
    """
    with transaction() as session:
        steps = journey_of(session, participant_id, scope())
        audit.record(
            session, actor(), "read", "journey", participant_id, participant=participant_id
        )
    return {"participant_id": participant_id, "steps": steps}
