"""What one person did here, in the order of time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload, raiseload

from services.registrations.models import (
    Activity,
    Attendance,
    Call,
    Feedback,
    Meeting,
    RecordedOutcome,
    Referral,
    Registration,
    Session,
)
from services.registrations.operations.people.records import find_participant, is_record_of
from services.registrations.operations.staff.scope import Scope


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. ``status`` is what became of it, ``details`` what its ``kind`` alone has."""

    at: datetime
    kind: str
    id: UUID
    programme: str
    session: Session | None
    status: str | None
    details: Mapping[str, Any] = field(default_factory=dict)


def journey_of(transaction: Transaction, participant_id: UUID, scope: Scope) -> Sequence[Step]:
    """All steps of a person within ``scope``, by time; in eight queries, however many there are.

    What belongs to a day stands at its first moment (UTC). What somebody wrote about a session is not in it:
    that is for the session's staff.

    Raises:
        ParticipantNotFound: there is no such person, or none that the caller may know of.
    """
    person = find_participant(transaction, participant_id, scope=scope)
    registrations = _registrations(transaction, person.id, scope)
    steps = [
        *_entries(registrations),
        *_presences(transaction, registrations),
        *_opinions(transaction, registrations),
        *_calls(transaction, registrations),
        *_outcomes(transaction, registrations),
        *_referrals(transaction, person.id, scope),
    ]
    # At one moment in the order above: one registers before one comes.
    return sorted(steps, key=lambda step: step.at)


Registrations = Mapping[UUID, Registration]


def _registrations(
    transaction: Transaction, participant_id: UUID, scope: Scope
) -> dict[UUID, Registration]:
    query = (
        select(Registration)
        .join(Registration.session)
        .join(Session.activity)
        .join(Activity.programme)
        .where(Registration.participant_id == participant_id, scope.condition())
        .options(joinedload(Registration.session).options(raiseload(Session.meetings)))
        .order_by(Registration.id)
    )
    return {registration.id: registration for registration in transaction.scalars(query)}


def _step(
    registration: Registration,
    kind: str,
    at: datetime,
    *,
    status: str | None,
    id: UUID | None = None,
    **details: Any,
) -> Step:
    session = registration.session
    programme = session.activity.programme_code
    return Step(at, kind, id or registration.id, programme, session, status, details)


def _entries(registrations: Registrations) -> Iterator[Step]:
    for one in registrations.values():
        yield _step(
            one,
            "registration",
            one.created_at,
            status=one.status,
            source=one.source,
            changed_at=one.updated_at,
            decision_reason=one.decision_reason,
        )


def _presences(transaction: Transaction, registrations: Registrations) -> Iterator[Step]:
    query = (
        select(Attendance.registration_id, Attendance.status, Meeting.id, Meeting.starts_at)
        .join(Meeting, Attendance.meeting_id == Meeting.id)
        .where(Attendance.registration_id.in_(registrations))
    )
    for registration_id, status, meeting_id, starts_at in transaction.execute(query):
        one = registrations[registration_id]
        yield _step(one, "attendance", starts_at, id=meeting_id, status=status)


def _opinions(transaction: Transaction, registrations: Registrations) -> Iterator[Step]:
    query = select(Feedback.registration_id, Feedback.submitted_at, Feedback.rating)
    query = query.where(Feedback.registration_id.in_(registrations))
    for registration_id, submitted_at, rating in transaction.execute(query):
        yield _step(
            registrations[registration_id], "feedback", submitted_at, status=None, rating=rating
        )


def _calls(transaction: Transaction, registrations: Registrations) -> Iterator[Step]:
    query = select(Call).where(Call.registration_id.in_(registrations))
    for call in transaction.scalars(query):
        yield _step(
            registrations[call.registration_id],
            "call",
            call.opened_at,
            id=call.id,
            status=call.outcome,
            absences=call.absences,
            changed_at=call.done_at,
            note=call.note,
        )


def _outcomes(transaction: Transaction, registrations: Registrations) -> Iterator[Step]:
    query = select(RecordedOutcome).where(RecordedOutcome.registration_id.in_(registrations))
    for one in transaction.scalars(query.order_by(RecordedOutcome.id)):
        yield _step(
            registrations[one.registration_id],
            "outcome",
            _first_moment(one.as_of),
            id=one.id,
            status=one.outcome,
            skills=one.skills,
        )


def _referrals(transaction: Transaction, person_id: UUID, scope: Scope) -> Iterator[Step]:
    query = (
        select(Referral)
        .join(Referral.programme)
        .join(Referral.participant)
        .where(is_record_of(person_id), scope.condition())
        .order_by(Referral.id)
    )
    for one in transaction.scalars(query):
        details = {
            "partner": one.partner_code,
            "purpose": one.purpose,
            "amount_asked_cents": one.amount_asked_cents,
            "amount_granted_cents": one.amount_granted_cents,
            "decided_on": one.decided_on,
        }
        at = _first_moment(one.opened_on)
        yield Step(at, "referral", one.id, one.programme_code, None, one.status, details)


def _first_moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
