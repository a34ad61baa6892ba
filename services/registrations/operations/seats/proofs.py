"""Proofs are seen, not stored: who saw what kind, when, and until when it is good."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from services.registrations.models import Participant, Proof
from services.registrations.operations.clock import now
from services.registrations.operations.people.records import is_record_of
from shared.errors import NotFound


def see_proof(
    transaction: Transaction,
    participant: Participant,
    *,
    kind: str,
    situation: str | None,
    valid_until: date,
    seen_by: str,
) -> Proof:
    """Put on record that ``seen_by`` saw a proof of ``kind``, good until the end of ``valid_until``."""
    proof = Proof(
        participant_id=participant.id,
        kind=kind,
        situation=situation,
        valid_until=valid_until,
        seen_by=seen_by,
        seen_at=now(),
    )
    participant.last_contact_at = now()
    transaction.add(proof)
    transaction.flush()
    return proof


def list_proofs(transaction: Transaction, participant_id: UUID) -> Sequence[Proof]:
    """What was seen of a person's papers, the newest first; the withdrawn and the outdated too."""
    query = select(Proof).join(Participant, Participant.id == Proof.participant_id)
    query = query.where(is_record_of(participant_id)).order_by(Proof.id.desc())
    return transaction.scalars(query).all()


def withdraw_proof(
    transaction: Transaction, participant_id: UUID, proof_id: UUID, *, withdrawn_by: str
) -> Proof:
    """Say that a proof was put on record by mistake; a second call changes nothing.

    Raises:
        NotFound: the person has no such proof.
    """
    query = select(Proof).join(Participant, Participant.id == Proof.participant_id)
    query = query.where(Proof.id == proof_id, is_record_of(participant_id))
    proof = transaction.scalars(query.with_for_update(of=Proof)).first()
    if proof is None:
        raise NotFound
    if proof.withdrawn_at is None:
        proof.withdrawn_by, proof.withdrawn_at = withdrawn_by, now()
    return proof
