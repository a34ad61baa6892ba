"""The receipt of an erasure: what each service removed, and nothing of whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session as Transaction

from services.registrations.models import Erasure, ErasureAnswer
from services.registrations.operations import facts
from services.registrations.refusals import ErasureNotFound
from shared.events.envelope import Event
from shared.messaging import log

# Those that hold something of a person besides this one.
OTHERS = ("notifications", "reporting")


@dataclass(frozen=True, slots=True)
class Receipt:
    """``services`` have what they removed and when, null as long as they have not answered."""

    id: UUID
    requested_at: datetime
    by: str
    services: dict[str, dict[str, Any] | None]

    @property
    def complete(self) -> bool:
        return None not in self.services.values()


def note_answer(transaction: Transaction, event: Event) -> None:
    """Keep what a service says that it removed, and tell when all have; told again, it changes nothing."""
    erasure_id = event.data["erasure_id"]
    # Two services may answer at the same moment: one of them is the last.
    transaction.execute(select(Erasure.id).where(Erasure.id == erasure_id).with_for_update())
    erasure = select(
        Erasure.id,
        literal(event.source),
        literal(event.time),
        literal({one["what"]: one["rows"] for one in event.data["removed"]}, JSONB),
    ).where(Erasure.id == erasure_id)
    columns = ["erasure_id", "service", "done_at", "removed"]
    noted = transaction.execute(
        insert(ErasureAnswer)
        .from_select(columns, erasure)
        .on_conflict_do_nothing()
        .returning(ErasureAnswer.service)
    ).first()
    if noted is None:
        return
    receipt = find_receipt(transaction, erasure_id)
    if receipt.complete:
        removed = {name: one["removed"] for name, one in receipt.services.items() if one}
        log.append(transaction, facts.erasure_completed(erasure_id, removed))


def find_receipt(transaction: Transaction, erasure_id: UUID) -> Receipt:
    """Raises ErasureNotFound."""
    erasure = transaction.get(Erasure, erasure_id)
    if erasure is None:
        raise ErasureNotFound
    query = select(ErasureAnswer).where(ErasureAnswer.erasure_id == erasure_id)
    answers = {answer.service: answer for answer in transaction.scalars(query)}
    services: dict[str, dict[str, Any] | None] = {
        "registrations": {"done_at": erasure.requested_at, "removed": erasure.removed}
    }
    for name in OTHERS:
        services[name] = None
        if answer := answers.get(name):
            services[name] = {"done_at": answer.done_at, "removed": answer.removed}
    return Receipt(erasure.id, erasure.requested_at, erasure.requested_by, services)
