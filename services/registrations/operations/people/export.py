"""All that is held here about a person, for that person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import joinedload, raiseload

from services.registrations.models import (
    Activity,
    Attendance,
    AuditEntry,
    Call,
    Distinction,
    Feedback,
    Merge,
    Participant,
    Proof,
    RecordedOutcome,
    Referral,
    Registration,
    Session,
)
from services.registrations.operations.people.records import find_participant
from services.registrations.operations.staff.scope import Scope

_OF_RECORD = (
    *("id", "given_name", "family_name", "email", "phone", "language", "birth_year", "postcode"),
    "postal_address",
    *("situations", "statistics_consent", "contact_consent", "created_at", "last_contact_at"),
)
_OF_REGISTRATION = (
    *("id", "session_id", "status", "rank", "source", "needs", "registered_by", "agreement"),
    *("situations", "eligibility_reason"),
    *(
        "offered_until",
        "decided_by",
        "decision_reason",
        "decision_note",
        "created_at",
        "updated_at",
    ),
)

_OF_REFERRAL = (
    *("id", "programme_code", "partner_code", "purpose", "description", "opened_on", "status"),
    *("amount_asked_cents", "amount_granted_cents", "decided_on", "opened_by", "changed_by"),
)


@dataclass(frozen=True, slots=True)
class Held:
    """``rows`` by what they are; ``participants`` and ``registrations`` are those that they are about."""

    participant_id: UUID
    participants: Sequence[UUID]
    registrations: Sequence[UUID]
    rows: dict[str, list[dict[str, Any]]]


def gather(transaction: Transaction, participant_id: UUID, *, scope: Scope) -> Held:
    """Everything in this service about the person, as far as ``scope`` covers it; one statement a table.

    Raises:
        ParticipantNotFound.
    """
    person = find_participant(transaction, participant_id, scope=scope)
    records = transaction.scalars(
        select(Participant)
        .where((Participant.id == person.id) | (Participant.merged_into == person.id))
        .order_by(Participant.merged_into.is_not(None), Participant.id)
    ).all()
    ids = [record.id for record in records]
    registrations = _registrations(transaction, person.id, scope)
    made = [registration.id for registration in registrations]
    attendances = transaction.scalars(
        select(Attendance)
        .where(Attendance.registration_id.in_(made))
        .order_by(Attendance.registration_id, Attendance.meeting_id)
    )
    feedback = transaction.scalars(
        select(Feedback)
        .where(Feedback.registration_id.in_(made))
        .order_by(Feedback.registration_id)
    )
    proofs = transaction.scalars(
        select(Proof).where(Proof.participant_id.in_(ids)).order_by(Proof.id)
    )
    referrals = transaction.scalars(
        select(Referral)
        .join(Referral.programme)
        .where(Referral.participant_id.in_(ids), scope.condition())
        .order_by(Referral.id)
    )
    calls = transaction.scalars(
        select(Call).where(Call.registration_id.in_(made)).order_by(Call.id)
    )
    outcomes = transaction.scalars(
        select(RecordedOutcome)
        .where(RecordedOutcome.registration_id.in_(made))
        .order_by(RecordedOutcome.id)
    )
    merges = transaction.scalars(select(Merge).where(Merge.merged_id.in_(ids)).order_by(Merge.id))
    # Not of whom: that is another person.
    distinctions = transaction.scalars(
        select(Distinction)
        .where(Distinction.first_id.in_(ids) | Distinction.second_id.in_(ids))
        .order_by(Distinction.id)
    )
    # Of the trail what concerns a registration out of scope would tell of it.
    trail = transaction.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.participant_id.in_(ids),
            (AuditEntry.resource != "registration")
            | AuditEntry.resource_id.in_([str(one) for one in made]),
        )
        .order_by(AuditEntry.id)
    )
    rows = {
        "records": _rows(records, _OF_RECORD),
        "registrations": [_registration(one) for one in registrations],
        "attendances": _rows(
            attendances, ("registration_id", "meeting_id", "status", "recorded_by", "recorded_at")
        ),
        "feedback": _rows(
            feedback, ("registration_id", "rating", "answers", "comment", "submitted_at")
        ),
        "proofs": _rows(
            proofs,
            ("kind", "situation", "valid_until", "seen_by", "seen_at", "withdrawn_at"),
        ),
        "referrals": _rows(referrals, _OF_REFERRAL),
        "calls": _rows(
            calls, ("registration_id", "absences", "opened_at", "outcome", "note", "done_at")
        ),
        "outcomes": _rows(
            outcomes, ("registration_id", "outcome", "as_of", "skills", "recorded_at")
        ),
        "merges": _rows(
            merges, ("id", "survivor_id", "merged_id", "merged_at", "merged_by", "undone_at")
        ),
        "distinctions": _rows(distinctions, ("found_at", "found_by")),
        "acts_of_staff": _rows(trail, ("at", "role", "organisation", "verb", "resource")),
    }
    return Held(person.id, ids, made, rows)


def _registrations(
    transaction: Transaction, person_id: UUID, scope: Scope
) -> Sequence[Registration]:
    query = (
        select(Registration)
        .join(Registration.session)
        .join(Session.activity)
        .join(Activity.programme)
        .where(Registration.participant_id == person_id, scope.condition())
        .options(joinedload(Registration.session).options(raiseload(Session.meetings)))
        .order_by(Registration.id)
    )
    return transaction.scalars(query).unique().all()


def _registration(registration: Registration) -> dict[str, Any]:
    session = registration.session
    return {
        **_row(registration, _OF_REGISTRATION),
        "title": session.activity.title,
        "programme": session.activity.programme_code,
        "organisation": session.activity.organisation_code,
        "place": session.place_code,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
    }


def _rows(rows: Iterable[Any], names: Sequence[str]) -> list[dict[str, Any]]:
    return [_row(row, names) for row in rows]


def _row(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
