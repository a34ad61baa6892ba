"""Proofs that advisers saw of a person's papers."""

from typing import Any
from uuid import UUID

from services.registrations.api.caller import DESK, actor, scope
from services.registrations.db import transaction
from services.registrations.models import Proof
from services.registrations.operations.people.records import find_participant
from services.registrations.operations.seats import proofs
from services.registrations.operations.staff import audit
from services.registrations.schemas.eligibility import (
    PROOF_KINDS,
    ProofKindList,
    ProofList,
    ProofRequest,
    ProofSchema,
    proof_kinds,
)
from shared.web.routes import Routes, staff

routes = Routes("proofs", __name__, url_prefix="/v1")


@routes.route("/proof-kinds")
@routes.access(*DESK)
@routes.response(200, ProofKindList)
def kinds() -> dict[str, Any]:
    """The kinds of proof that can be put on record, with their names."""
    return {"items": proof_kinds(), "next": None}


@routes.route("/participants/<uuid:participant_id>/proofs")
@routes.access(*DESK)
@routes.refuses(404)
@routes.response(200, ProofList)
def listed(participant_id: UUID) -> dict[str, Any]:
    """What was seen of a person's papers, the newest first; the withdrawn and the outdated too."""
    with transaction() as session:
        find_participant(session, participant_id, scope=scope())
        seen = proofs.list_proofs(session, participant_id)
        audit.record(session, actor(), "read", "proofs", participant=participant_id)
    return {"items": [_shown(proof) for proof in seen], "next": None}


@routes.route("/participants/<uuid:participant_id>/proofs", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404)
@routes.arguments(ProofRequest)
@routes.response(201, ProofSchema)
def see(body: dict[str, Any], participant_id: UUID) -> dict[str, Any]:
    """Put on record that one has seen a proof. Nothing of it is kept but its kind and its last day."""
    with transaction() as session:
        participant = find_participant(session, participant_id, scope=scope())
        proof = proofs.see_proof(session, participant, **body, seen_by=staff().subject)
        audit.record(session, actor(), "create", "proof", proof.id, participant=participant_id)
    return _shown(proof)


@routes.route(
    "/participants/<uuid:participant_id>/proofs/<uuid:proof_id>/withdraw", methods=["POST"]
)
@routes.access(*DESK)
@routes.refuses(404)
@routes.response(200, ProofSchema)
def withdraw(participant_id: UUID, proof_id: UUID) -> dict[str, Any]:
    """Say that a proof was put on record by mistake. It stays on record, and counts no more."""
    with transaction() as session:
        find_participant(session, participant_id, scope=scope())
        proof = proofs.withdraw_proof(
            session, participant_id, proof_id, withdrawn_by=staff().subject
        )
        audit.record(session, actor(), "withdraw", "proof", proof_id, participant=participant_id)
    return _shown(proof)


def _shown(proof: Proof) -> dict[str, Any]:
    return {
        "id": proof.id,
        "participant_id": proof.participant_id,
        "kind": proof.kind,
        "label": PROOF_KINDS[proof.kind],
        "situation": proof.situation,
        "valid_until": proof.valid_until,
        "seen_by": proof.seen_by,
        "seen_at": proof.seen_at,
        "withdrawn_by": proof.withdrawn_by,
        "withdrawn_at": proof.withdrawn_at,
    }
