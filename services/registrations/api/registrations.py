"""Registrations: made by the public or the desk, looked up and cancelled by their link."""

import hashlib
import json
from typing import Any
from uuid import UUID

from flask import current_app, request

from services.registrations.api.caller import DESK, STAFF, actor, organisation_limit, scope
from services.registrations.api.registration_answers import record, shown
from services.registrations.api.unnamed import summary_for_caller
from services.registrations.db import database, transaction
from services.registrations.domain import RegistrationStatus
from services.registrations.eligibility import Assessment
from services.registrations.models import Registration
from services.registrations.operations.people.records import find_participant
from services.registrations.operations.seats import accept, assess, cancel, decide, find
from services.registrations.operations.seats.answers import (
    Accepted,
    IdempotentRequest,
    Registered,
)
from services.registrations.operations.seats.register import RegistrationRequest, register
from services.registrations.operations.seats.register_party import register_party
from services.registrations.operations.staff import audit
from services.registrations.schemas.registrations import (
    ConfirmRequest,
    DeclineRequest,
    ParticipantRequest,
    RegistrationAnswer,
    RegistrationBody,
    RegistrationItem,
    RegistrationQuery,
    RegistrationSchema,
    TokenQuery,
)
from shared.errors import Forbidden, NotFound, invalid
from shared.events.links import manage_url
from shared.events.short_codes import short_code
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes, caller, client, staff

routes = Routes("registrations", __name__, url_prefix="/v1/registrations")

_LONGEST_KEY = 255
_LISTED = (
    *("id", "session_id", "participant_id", "party_id", "participant", "status"),
    *("rank", "source", "needs", "created_at", "registered_by", "agreement"),
)
_PERSON = tuple(ParticipantRequest().fields)
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST_KEY},
    "description": "Names this request: sent again within a day, it creates nothing twice.",
}


@routes.route("", methods=["POST"])
@routes.access(*STAFF, public=True, limited=True, keyed=True)
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
        page, following = cut(rows, query["limit"], lambda row: (row.id,))
        pending = [row for row in page if row.status == RegistrationStatus.PENDING]
        advised = staff().role in DESK
        found = assess.assess_registrations(session, pending, scope()) if advised else {}
        audit.record(session, actor(), "read", "registrations", participant=query["participant"])
    return {"items": [_listed(row, found.get(row.id)) for row in page], "next": following}


@routes.route("/<uuid:registration_id>")
@routes.access(*STAFF, public=True)
@routes.refuses(404)
@routes.arguments(TokenQuery, location="query")
@routes.response(200, RegistrationSchema)
def show(query: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """A registration as it stands, with the present rank on the waiting list."""
    with transaction() as session:
        found = _find(session, registration_id, query["token"])
        record(session, "read", found)
        return shown(session, found)


@routes.route("/<uuid:registration_id>/cancel", methods=["POST"])
@routes.access(*STAFF, public=True, limited=True, keyed=True)
@routes.refuses(404, 409)
@routes.arguments(TokenQuery, location="query")
@routes.response(200, RegistrationSchema)
def cancel_one(query: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """Give up the seat or the place in line; the next in line moves up. A second call changes nothing."""
    with transaction() as session:
        found = _find(session, registration_id, query["token"])
        record(session, "cancel", found)
        cancel.cancel(session, found.id, by="staff" if caller() else "participant")
        return shown(session, found)


@routes.route("/<uuid:registration_id>/accept", methods=["POST"])
@routes.access(*STAFF, public=True, limited=True, keyed=True)
@routes.refuses(404, 409)
@routes.arguments(TokenQuery, location="query")
@routes.response(200, RegistrationSchema)
def accept_one(query: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """Take the seat that was offered, for all of the household. A second call changes nothing."""
    with transaction() as session:
        found = _find(session, registration_id, query["token"])
        record(session, "accept", found)
        accept.accept(session, found.id, by="staff" if caller() else "participant")
        return shown(session, found)


@routes.route("/<uuid:registration_id>/confirm", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.arguments(ConfirmRequest)
@routes.response(200, RegistrationSchema)
def confirm(body: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """Decide that the person may join."""
    with transaction() as session:
        found = _find(session, registration_id)
        record(session, "confirm", found)
        decide.confirm(session, registration_id, decided_by=staff().subject, note=body["reason"])
        return shown(session, found)


@routes.route("/<uuid:registration_id>/decline", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.arguments(DeclineRequest)
@routes.response(200, RegistrationSchema)
def decline(body: dict[str, Any], registration_id: UUID) -> dict[str, Any]:
    """Decide that the person cannot join, and why."""
    with transaction() as session:
        found = _find(session, registration_id)
        record(session, "decline", found)
        decide.decline(
            session,
            registration_id,
            decided_by=staff().subject,
            reason=body["reason"],
            note=body["note"],
        )
        return shown(session, found)


def _listed(registration: Registration, assessment: Assessment | None) -> dict[str, Any]:
    item = {name: getattr(registration, name) for name in _LISTED}
    return {**item, "eligibility": assessment} if assessment else item


def _request(body: dict[str, Any]) -> RegistrationRequest:
    member, program = caller(), client()
    person, consents, known_id = body["participant"], body["consents"], body["participant_id"]
    if member is None:
        if any(body[name] for name in ("assisted_by", "eligibility_reason", "participant_id")):
            raise Forbidden
        if person["postal_address"] is not None:
            raise Forbidden
        if not (person["email"] or person["phone"]):
            raise invalid(
                "participant.email",
                "Leave an e-mail address or a phone number.",
                "Indiquez une adresse électronique ou un téléphone.",
            )
    if known_id:
        person, consents = _on_record(known_id)
    return RegistrationRequest(
        session_id=body["session_id"],
        person=person,
        known_id=known_id,
        statistics=consents["statistics"],
        contact=consents["contact"],
        source=body["source"],
        client_id=program.id if program else None,
        needs=body["needs"],
        staff=member.subject if member else None,
        agreement=body["assisted_by"]["agreement"] if body["assisted_by"] else None,
        eligibility_reason=body["eligibility_reason"],
        decides=member is not None and member.role in DESK,
        organisation=organisation_limit(),
        advised=scope().programmes if member else None,
        actor=actor(),
    )


def _on_record(participant_id: UUID) -> tuple[dict[str, Any], dict[str, bool]]:
    """What is known of a person that staff found before, and what they agreed to."""
    try:
        with transaction() as session:
            found = find_participant(session, participant_id, scope=scope())
    except NotFound:
        raise invalid(
            "participant_id", "There is no such person.", "Cette personne n'existe pas."
        ) from None
    person = {name: getattr(found, name) for name in _PERSON}
    return person, {"statistics": found.statistics_consent, "contact": found.contact_consent}


def _idempotent(key: str | None, body: dict[str, Any]) -> IdempotentRequest | None:
    if key is None:
        return None
    if not 0 < len(key) <= _LONGEST_KEY:
        raise invalid("Idempotency-Key", "1 to 255 characters.", "De 1 à 255 caractères.")
    # One client's key may not open another's answer.
    member, program = caller(), client()
    who = member.subject if member else f"client:{program.id}" if program else "public"
    scope = f"{who}:{key}"
    canonical = json.dumps(body, sort_keys=True, default=str)
    return IdempotentRequest(_hash(scope), _hash(canonical))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _answer(accepted: Accepted) -> dict[str, Any]:
    everyone = [_registered(one) for one in accepted.registrations]
    answer = {**everyone[0], "session": summary_for_caller(accepted.session)}
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
        "short_code": short_code(one.access_key, one.id),
    }


def _find(session: Any, registration_id: UUID, token: str | None = None) -> Registration:
    return find.find(session, registration_id, token=token, scope=scope() if caller() else None)
