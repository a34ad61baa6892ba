"""People found to be one, taken apart again, or forgotten: whom the facts count, never who they are."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.reporting.models import Erasure, attendance_fact, registration_fact
from shared.events import catalogue
from shared.events.envelope import Event
from shared.messaging import log, parking


def note_merge(session: Session, event: Event) -> None:
    """Two records are counted as the one person that they are."""
    _count_as(session, event, event.data["participant_id"])
    _count_merges(session, event.data["registrations"], 1)


def note_unmerge(session: Session, event: Event) -> None:
    """They are counted as two again."""
    _count_as(session, event, event.data["merged_participant_id"])
    _count_merges(session, event.data["registrations"], -1)


def cut_pseudonym(session: Session, event: Event) -> None:
    """Count a person on under a new name, drawn here and told to nobody; say so once, rebuilt or not."""
    registrations, attendances, parked = _count_as(
        session, event, uuid4(), known_as=event.data["participants"]
    )
    erasure_id = event.data["erasure_id"]
    noted = insert(Erasure).values(id=erasure_id).on_conflict_do_nothing().returning(Erasure.id)
    if session.scalar(noted) is None:
        return
    removed = [
        {"what": "registration", "rows": registrations},
        {"what": "attendance", "rows": attendances},
        {"what": "parked event", "rows": parked},
    ]
    log.append(session, catalogue.PseudonymCut.of(erasure_id=erasure_id, removed=removed))


def _count_merges(session: Session, registrations: Sequence[UUID], change: int) -> None:
    session.connection().execute(
        update(registration_fact)
        .where(registration_fact.c.registration_id.in_(registrations))
        .values(merges=registration_fact.c.merges + change)
    )


def _count_as(
    session: Session, event: Event, participant_id: UUID, *, known_as: Sequence[UUID] = ()
) -> tuple[int, int, int]:
    """Count the registrations of ``event`` for that person, and those set aside once they are handled after all.

    What is set aside about one of ``known_as`` names that person instead. Returns how many registrations,
    attendances and parked events that changed.
    """
    registrations = event.data["registrations"]
    connection = session.connection()
    registered, attended = (
        connection.execute(
            update(table)
            .where(table.c.registration_id.in_(registrations))
            .values(participant_id=participant_id)
        ).rowcount
        for table in (registration_fact, attendance_fact)
    )
    parked = parking.rewrite(
        session,
        event.source,
        "participant_id",
        str(participant_id),
        of={
            "registration_id": [str(one) for one in registrations],
            "participant_id": [str(one) for one in known_as],
        },
    )
    return registered, attended, parked
