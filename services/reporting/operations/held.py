"""What is held about a person: what was counted of them, under a pseudonym."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.reporting.models import (
    attendance_fact,
    feedback_fact,
    notification_fact,
    outcome_fact,
    registration_fact,
)

_KINDS = {
    "registrations": registration_fact,
    "attendances": attendance_fact,
    "feedback": feedback_fact,
    "outcomes": outcome_fact,
    "messages": notification_fact,
}


def holding(
    session: Session,
    participants: Sequence[UUID],  # noqa: ARG001 - every fact about a person is of a registration
    registrations: Sequence[UUID],
) -> dict[str, list[dict[str, Any]]]:
    """Every fact that is about one of ``registrations``; one statement for each kind of fact."""
    return {
        kind: [
            dict(row)
            for row in session.execute(
                select(table)
                .where(table.c.registration_id.in_(registrations))
                .order_by(*table.primary_key)
            ).mappings()
        ]
        for kind, table in _KINDS.items()
    }
