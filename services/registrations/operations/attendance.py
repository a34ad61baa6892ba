"""Who came to a meeting."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationStatus, SessionStatus
from services.registrations.models import Attendance, Meeting, Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.people import note_contact
from services.registrations.operations.scope import Scope
from services.registrations.refusals import NotAdvised, OtherOrganisation
from shared.errors import NotFound, Text, invalid
from shared.messaging import log

_NOT_SEATED = Text(
    "not a confirmed registration of this session",
    "ce n'est pas une inscription confirmée de cette session",
)


def record_attendance(
    transaction: Transaction,
    meeting_id: UUID,
    statuses: Mapping[UUID, str],
    *,
    recorded_by: str,
    scope: Scope,
) -> list[Attendance]:
    """Record or correct ``statuses`` (by registration) for one meeting; what is unchanged is not told again.

    Raises:
        NotFound: no such meeting, or none that the caller may know of.
        OtherOrganisation, NotAdvised: it is not the caller's.
        Invalid: one of the registrations has no seat in the meeting's session.
    """
    meeting = transaction.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound
    session = transaction.get_one(Session, meeting.session_id)
    if scope.organisation not in (None, session.activity.organisation_code):
        raise NotFound if session.status == SessionStatus.DRAFT else OtherOrganisation
    if not scope.advises(session.activity.programme):
        raise NotAdvised
    seated = _seated(transaction, session.id, set(statuses))
    known = _recorded(transaction, meeting_id)
    for number, (registration_id, status) in enumerate(statuses.items()):
        if registration_id not in seated:
            field = f"items.{number}.registration_id"
            raise invalid(field, _NOT_SEATED.en, _NOT_SEATED.fr)
        if registration_id in known and known[registration_id].status == status:
            continue
        values = {"status": status, "recorded_by": recorded_by, "recorded_at": now()}
        transaction.execute(
            insert(Attendance)
            .values(meeting_id=meeting_id, registration_id=registration_id, **values)
            .on_conflict_do_update(index_elements=["meeting_id", "registration_id"], set_=values)
        )
        fact = facts.attendance_recorded(seated[registration_id], meeting, status=status)
        log.append(transaction, fact)
    came = [one for one, status in statuses.items() if status == "present"]
    note_contact(transaction, came)
    transaction.expire_all()
    return list(_recorded(transaction, meeting_id).values())


def _seated(transaction: Transaction, session_id: UUID, ids: set[UUID]) -> dict[UUID, Registration]:
    query = select(Registration).where(
        Registration.id.in_(ids),
        Registration.session_id == session_id,
        Registration.status == RegistrationStatus.CONFIRMED,
    )
    return {registration.id: registration for registration in transaction.scalars(query)}


def _recorded(transaction: Transaction, meeting_id: UUID) -> dict[UUID, Attendance]:
    query = select(Attendance).where(Attendance.meeting_id == meeting_id)
    query = query.order_by(Attendance.registration_id)
    return {attendance.registration_id: attendance for attendance in transaction.scalars(query)}
