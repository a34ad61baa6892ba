"""Registrations: made by the public or the desk, looked up and cancelled by their link."""

import hashlib
import json
from typing import Any
from uuid import UUID

from flask import current_app, request

from services.registrations.api.caller import DESK, STAFF, actor, organisation_limit, scope
from services.registrations.db import database, transaction
from services.registrations.models import Registration
from services.registrations.operations import accept, audit, cancel, decide, find
from services.registrations.operations.answers import (
    Accepted,
    IdempotentRequest,
    Registered,
    summarise,
)
from services.registrations.operations.register import RegistrationRequest, register
from services.registrations.operations.register_party import register_party
from services.registrations.schemas.registrations import (
    ConfirmRequest,
    DeclineRequest,
    RegistrationAnswer,
    RegistrationBody,
    RegistrationItem,
    RegistrationQuery,
    RegistrationSchema,
    TokenQuery,
)
from shared.errors import Forbidden, invalid
from shared.events.links import manage_url
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes, caller, staff

routes = Routes("registrations", __name__, url_prefix="/v1/registrations")

_LONGEST_KEY = 255
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST_KEY},
    "description": "Names this request: sent again within a day, it creates nothing twice.",
}


@routes.route("", methods=["POST"])
@routes.access(*STAFF, public=True, limited=True)
@routes.refuses(403, 404, 409)
@routes.doc(parameters=[_IDEMPOTENCY_KEY])
@routes.arguments(RegistrationBody)
@routes.response(201, RegistrationAnswer)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Register a person, or a household, for a session: a seat, or the next place in line."""
    wanted = _request(body)
    idempotent = _idempotent(request.headers.get("Idempotency-Key"), body)
    if body["companions"]:
        accepted = register_party(database, wanted, body["companions"], idempotent=idempotent)
    else:
        accepted = register(database, wanted, idempotent=idempotent)
    if accepted.replayed and (again := actor()):
        with transaction() as session:
            audit.record(session, again, "read", "registration", accepted.registrations[0].id)
    return _answer(accepted)


@routes.route("")
@routes.access(*STAFF)
@routes.arguments(RegistrationQuery, location="query")
@routes.response(200, page_of(RegistrationItem))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Registrations for staff; facilitators see those of their own organisation's sessions."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = find.list_registrations(
            session,
            session_id=query["session"],
            participant_id=query["participant"],
            status=query["status"],
            scope=scope(),
            after=after[0] if after else None,
            limit=query["limit"] + 1,
        )
        audit.record(session, actor(), "read", "registrations", participant=query["participant"])
    items, following = cut(rows, query["limit"], lambda row: (row.id,))
    return {"items": items, "next": following}


@routes.route("/<uuid:registration_id>")
@routes.access(*STAFF, public=True)
@routes.refuses(404)
@routes.arguments(TokenQuery, location="query")
@routes.response(200, RegistrationSchema)
def shown(query: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """A registration as it stands, with the present rank on the waiting list."""
    with transaction() as session:
        found = _find(session, registration_id, query["token"])
        _record(session, "read", found)
        return _shown(session, found)


@routes.route("/<uuid:registration_id>/cancel", methods=["POST"])
@routes.access(*STAFF, public=True, limited=True)
@routes.refuses(404, 409)
@routes.arguments(TokenQuery, location="query")
@routes.response(200, RegistrationSchema)
def cancel_one(query: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """Give up the seat or the place in line; the next in line moves up. A second call changes nothing."""
    with transaction() as session:
        found = _find(session, registration_id, query["token"])
        _record(session, "cancel", found)
        cancel.cancel(session, found.id, by="staff" if caller() else "participant")
        return _shown(session, found)


@routes.route("/<uuid:registration_id>/accept", methods=["POST"])
@routes.access(*STAFF, public=True, limited=True)
@routes.refuses(404, 409)
@routes.arguments(TokenQuery, location="query")
@routes.response(200, RegistrationSchema)
def accept_one(query: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """Take the seat that was offered, for all of the household. A second call changes nothing."""
    with transaction() as session:
        found = _find(session, registration_id, query["token"])
        _record(session, "accept", found)
        accept.accept(session, found.id, by="staff" if caller() else "participant")
        return _shown(session, found)


@routes.route("/<uuid:registration_id>/confirm", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.arguments(ConfirmRequest)
@routes.response(200, RegistrationSchema)
def confirm(body: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """Decide that the person may join."""
    with transaction() as session:
        found = _find(session, registration_id)
        _record(session, "confirm", found)
        decide.confirm(session, registration_id, decided_by=staff().subject, note=body["reason"])
        return _shown(session, found)


@routes.route("/<uuid:registration_id>/decline", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.arguments(DeclineRequest)
@routes.response(200, RegistrationSchema)
def decline(body: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """Decide that the person cannot join, and why."""
    with transaction() as session:
        found = _find(session, registration_id)
        _record(session, "decline", found)
        decide.decline(
            session,
            registration_id,
            decided_by=staff().subject,
            reason=body["reason"],
            note=body["note"],
        )
        return _shown(session, found)


def _request(body: dict[str, Any]) -> RegistrationRequest:
    member = caller()
    person = body["participant"]
    if member is None:
        if not (person["email"] or person["phone"]):
            raise invalid(
                "participant.email",
                "Leave an e-mail address or a phone number.",
                "Indiquez une adresse électronique ou un téléphone.",
            )
        if body["assisted_by"]:
            raise Forbidden
    return RegistrationRequest(
        session_id=body["session_id"],
        person=person,
        statistics=body["consents"]["statistics"],
        contact=body["consents"]["contact"],
        source=body["source"],
        needs=body["needs"],
        staff=member.subject if member else None,
        agreement=body["assisted_by"]["agreement"] if body["assisted_by"] else None,
        decides=member is not None and member.role in DESK,
        organisation=organisation_limit(),
        advised=scope().programmes if member else None,
        actor=actor(),
    )


def _idempotent(key: str | None, body: dict[str, Any]) -> IdempotentRequest | None:
    if key is None:
        return None
    if not 0 < len(key) <= _LONGEST_KEY:
        raise invalid("Idempotency-Key", "1 to 255 characters.", "De 1 à 255 caractères.")
    member = caller()
    # One client's key may not open another's answer.
    scope = f"{member.subject if member else 'public'}:{key}"
    canonical = json.dumps(body, sort_keys=True, default=str)
    return IdempotentRequest(_hash(scope), _hash(canonical))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _answer(accepted: Accepted) -> dict[str, Any]:
    everyone = [_registered(one) for one in accepted.registrations]
    answer = {**everyone[0], "session": accepted.session}
    if len(everyone) > 1:
        answer["registrations"] = everyone
    return answer


def _registered(one: Registered) -> dict[str, Any]:
    public_url = current_app.extensions["arceaux.settings"].public_url
    return {
        "id": one.id,
        "status": one.status,
        "waitlist_position": one.waitlist_position,
        "manage_url": manage_url(public_url, one.id, one.access_key),
    }


def _find(session: Any, registration_id: UUID, token: str | None = None) -> Registration:
    return find.find(session, registration_id, token=token, scope=scope() if caller() else None)


def _record(session: Any, verb: str, registration: Registration) -> None:
    audit.record(
        session,
        actor(),
        verb,
        "registration",
        registration.id,
        participant=registration.participant_id,
    )


def _shown(session: Any, registration: Registration) -> dict[str, Any]:
    return {
        "id": registration.id,
        "status": registration.status,
        "waitlist_position": find.waitlist_position(session, registration) or None,
        "offered_until": registration.offered_until,
        "created_at": registration.created_at,
        "participant": registration.participant,
        "participant_id": registration.participant_id,
        "needs": registration.needs,
        "session": summarise(registration.session),
    }
