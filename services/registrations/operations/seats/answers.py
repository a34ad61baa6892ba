"""What a request to register is answered, the first time and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from services.registrations.domain import RegistrationMode, SessionStatus
from services.registrations.models import (
    Activity,
    IdempotencyKey,
    Participant,
    Programme,
    Registration,
    Session,
)
from services.registrations.refusals import (
    KeyReused,
    NoRegistration,
    NotOpen,
    OtherOrganisation,
    SessionNotFound,
)
from shared.db import Database
from shared.errors import Refusal


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that may come again: ``key`` names it, ``fingerprint`` is a hash of its body."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Registered:
    """One person's registration as it was accepted; ``access_key`` opens its manage link."""

    id: UUID
    status: str
    waitlist_position: int | None
    access_key: str


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """The session of an answer, as it stood then; who may not know of a discreet one is not told what it is."""

    id: UUID
    title: str
    programme: str | None
    organisation: str | None
    discreet: bool
    place: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    seats_left: int
    waitlist_length: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """One registration per person of the request, in its order."""

    registrations: Sequence[Registered]
    session: SessionSummary
    replayed: bool = False


def earlier_answer(database: Database, request: IdempotentRequest) -> Accepted | None:
    """What this request was answered before; None if it is new.

    Raises:
        KeyReused: the key was used for another request.
    """
    with database.transaction() as session:
        known = session.get(IdempotencyKey, request.key)
        if known is None:
            return None
        if known.fingerprint != request.fingerprint:
            raise KeyReused
        ids = [UUID(answer["registration_id"]) for answer in known.answers]
        query = (
            select(Registration, Participant.access_key, Session)
            # The link that was answered is that of the record they registered under, merged or not.
            .join(
                Participant,
                func.coalesce(Registration.registered_as, Registration.participant_id)
                == Participant.id,
            )
            .join(Session, Registration.session_id == Session.id)
            .where(Registration.id.in_(ids))
        )
        rows = {row.Registration.id: row for row in session.execute(query)}
        registrations = [
            _as_answered(answer, rows[UUID(answer["registration_id"])].access_key)
            for answer in known.answers
        ]
        return Accepted(registrations, summarise(rows[ids[0]].Session), replayed=True)


def why_not(database: Database, session_id: UUID, organisation: str | None) -> Refusal:
    """Why nobody can register for ``session_id`` (or this caller, of ``organisation``, cannot)."""
    with database.transaction() as session:
        query = (
            select(
                *(Session.status, Session.registration),
                *(Activity.organisation_code, Programme.discreet),
            )
            .join(Session.activity)
            .join(Activity.programme)
        )
        found = session.execute(query.where(Session.id == session_id)).first()
    if found is None or found.status == "draft":
        return SessionNotFound()
    if organisation not in {None, found.organisation_code}:
        is_public = found.status == SessionStatus.PUBLISHED and not found.discreet
        return OtherOrganisation() if is_public else SessionNotFound()
    if found.status == SessionStatus.PUBLISHED and found.registration == RegistrationMode.NONE:
        return NoRegistration()
    return NotOpen()


def summarise(session: Session) -> SessionSummary:
    """The session as it stands now."""
    return SessionSummary(
        id=session.id,
        title=session.activity.title,
        programme=session.activity.programme_code,
        organisation=session.activity.organisation_code,
        discreet=session.activity.programme.discreet,
        place=session.place_code,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        capacity=session.capacity,
        seats_left=session.capacity - session.taken,
        waitlist_length=session.waitlisted,
    )


def _as_answered(answer: dict[str, Any], access_key: str) -> Registered:
    return Registered(
        id=UUID(answer["registration_id"]),
        status=answer["status"],
        waitlist_position=answer["waitlist_position"],
        access_key=access_key,
    )
