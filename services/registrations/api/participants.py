"""People as staff find, see and correct them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from services.registrations.api.caller import DESK, STAFF, actor, scope
from services.registrations.db import transaction
from services.registrations.models import Participant
from services.registrations.operations.people.distinguish import list_distinctions
from services.registrations.operations.people.merge import standing_merges
from services.registrations.operations.people.records import change_participant, find_participant
from services.registrations.operations.people.search import read_query, search
from services.registrations.operations.staff import audit
from services.registrations.schemas.participants import (
    FoundParticipant,
    ParticipantChange,
    ParticipantQuery,
    ParticipantSchema,
)
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes, staff

routes = Routes("participants", __name__, url_prefix="/v1/participants")


@routes.route("")
@routes.access(*STAFF)
@routes.arguments(ParticipantQuery, location="query")
@routes.response(200, page_of(FoundParticipant))
def found(query: dict[str, Any]) -> dict[str, Any]:
    """People by name, e-mail address, phone number or year of birth; facilitators find their own organisation's."""
    after = position(query["cursor"], _likeness, UUID)
    with transaction() as session:
        rows = search(
            session,
            read_query(query["q"]),
            scope=scope(),
            after=(after[0], after[1]) if after else None,
            limit=query["limit"] + 1,
        )
        audit.record(session, actor(), "read", "participants")
    rows, following = cut(rows, query["limit"], lambda row: (row.likeness, row.Participant.id))
    items = [{**_reached(row.Participant), "likeness": row.likeness} for row in rows]
    return {"items": items, "next": following}


@routes.route("/<uuid:participant_id>")
@routes.access(*STAFF)
@routes.refuses(404)
@routes.response(200, ParticipantSchema)
def shown(participant_id: UUID) -> dict[str, Any]:
    """A person; by the id of a record that was merged, the person it was merged into."""
    with transaction() as session:
        person = find_participant(session, participant_id, scope=scope())
        audit.record(session, actor(), "read", "participant", person.id, participant=person.id)
        return _shown(session, person)


@routes.route("/<uuid:participant_id>", methods=["PATCH"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.arguments(ParticipantChange)
@routes.response(200, ParticipantSchema)
def change(body: dict[str, Any], participant_id: UUID) -> dict[str, Any]:
    """Correct what is known of a person; messages from now on go to the new contact."""
    consents = body.pop("consents", {})
    changes = {**body, **{f"{name}_consent": given for name, given in consents.items()}}
    with transaction() as session:
        person = find_participant(session, participant_id, scope=scope(), to_change=True)
        audit.record(session, actor(), "change", "participant", person.id, participant=person.id)
        change_participant(session, person, changes)
        return _shown(session, person)


def _reached(person: Participant) -> dict[str, Any]:
    names = ("id", "given_name", "family_name", "email", "phone", "language")
    return {name: getattr(person, name) for name in names}


def _shown(session: Any, person: Participant) -> dict[str, Any]:
    if staff().role not in DESK:
        return _reached(person)
    names = (
        *("birth_year", "postcode", "postal_address", "situations"),
        *("created_at", "last_contact_at"),
    )
    return {
        **_reached(person),
        **{name: getattr(person, name) for name in names},
        "consents": {
            "statistics": person.statistics_consent,
            "contact": person.contact_consent,
        },
        "merges": standing_merges(session, person.id),
        "distinctions": [
            {
                "id": found.id,
                "other_participant_id": other_id,
                "found_at": found.found_at,
                "found_by": found.found_by,
            }
            for found, other_id in list_distinctions(session, person.id, scope=scope())
        ],
    }


def _likeness(text: str) -> Decimal:
    """Raises ValueError unless it is one."""
    if not text.isascii() or len(text) > 10:
        raise ValueError
    return Decimal(f"{float(text):.4f}")
