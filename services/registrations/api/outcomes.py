"""What taking part led to: noted by advisers, kept with its history."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.registrations.api.caller import DESK, actor, scope
from services.registrations.db import transaction
from services.registrations.models import RecordedOutcome, Registration
from services.registrations.operations.held import outcomes
from services.registrations.operations.seats import find
from services.registrations.operations.staff import audit
from services.registrations.schemas.outcomes import OutcomeRequest, OutcomesSchema
from shared.web.routes import Routes, staff

routes = Routes("outcomes", __name__, url_prefix="/v1/registrations")


@routes.route("/<uuid:registration_id>/outcome")
@routes.access(*DESK)
@routes.refuses(404)
@routes.response(200, OutcomesSchema)
def shown(registration_id: UUID) -> dict[str, Any]:
    """What a registration led to, and what was noted of it before."""
    with transaction() as session:
        found = find.find(session, registration_id, scope=scope())
        _record(session, "read", found)
        return _answer(found, outcomes.list_outcomes(session, found))


@routes.route("/<uuid:registration_id>/outcome", methods=["PUT"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.arguments(OutcomeRequest)
@routes.response(200, OutcomesSchema)
def record(body: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """Note what a registration has led to; what was noted before stays as history."""
    with transaction() as session:
        found = find.find(session, registration_id, scope=scope())
        noted = outcomes.record_outcome(session, found, **body, recorded_by=staff().subject)
        _record(session, "record-outcome", found)
        return _answer(found, noted)


def _answer(registration: Registration, noted: Sequence[RecordedOutcome]) -> dict[str, Any]:
    return {
        "registration_id": registration.id,
        "current": noted[0] if noted else None,
        "history": noted,
    }


def _record(session: Any, verb: str, registration: Registration) -> None:
    whose = registration.participant_id
    audit.record(session, actor(), verb, "registration", registration.id, participant=whose)
