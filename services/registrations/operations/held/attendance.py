"""Who came to a meeting."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationStatus
from services.registrations.models import Attendance, Meeting, Registration, Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.held.calls import follow_absences
from services.registrations.operations.offer.meetings import find_meeting
from services.registrations.operations.people.records import note_contact
from services.registrations.operations.seats.lock import lock_session
from services.registrations.operations.staff.scope import Scope
from shared.errors import Text, invalid
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
    meeting, session = find_meeting(transaction, meeting_id, scope)
    # Absences are counted over meetings: two sheets of one session wait for each other.
    lock_session(transaction, session.id)
    seated = _seated(transaction, session.id, set(statuses))
    for number, registration_id in enumerate(statuses):
        if registration_id not in seated:
            field = f"items.{number}.registration_id"
            raise invalid(field, _NOT_SEATED.en, _NOT_SEATED.fr)
    marks = {seated[key]: status for key, status in statuses.items()}
    mark(transaction, session, meeting, marks, recorded_by=recorded_by)
    came = [one for one, status in statuses.items() if status == "present"]
    note_contact(transaction, came)
    transaction.expire_all()
    return list(_recorded(transaction, meeting_id).values())


def mark(
    transaction: Transaction,
    session: Session,
    meeting: Meeting,
    marks: Mapping[Registration, str],
    *,
    recorded_by: str,
) -> None:
    """Keep what of ``marks`` is new for a meeting of the locked ``session``, and tell it."""
    known = _recorded(transaction, meeting.id)
    changed = {
        registration: status
        for registration, status in marks.items()
        if registration.id not in known or known[registration.id].status != status
    }
    if not changed:
        return
    said = {"meeting_id": meeting.id, "recorded_by": recorded_by, "recorded_at": now()}
    statement = insert(Attendance).values(
        [
            {**said, "registration_id": registration.id, "status": status}
            for registration, status in changed.items()
        ]
    )
    replaced = ("status", "recorded_by", "recorded_at")
    transaction.execute(
        statement.on_conflict_do_update(
            index_elements=["meeting_id", "registration_id"],
            set_={name: statement.excluded[name] for name in replaced},
        )
    )
    told = (
        facts.attendance_recorded(registration, meeting, status=status)
        for registration, status in changed.items()
    )
    log.append(transaction, *told)
    follow_absences(transaction, session, list(changed))


def _seated(transaction: Transaction, session_id: UUID, ids: set[UUID]) -> dict[UUID, Registration]:
    query = select(Registration).where(
        Registration.id.in_(ids),
        Registration.session_id == session_id,
        Registration.status == RegistrationStatus.CONFIRMED,
    )
    return {registration.id: registration for registration in transaction.scalars(query)}


def _recorded(transaction: Transaction, meeting_id: UUID) -> dict[UUID, Attendance]:
    query = (
        select(Attendance)
        .where(Attendance.meeting_id == meeting_id)
        .order_by(Attendance.registration_id)
        .execution_options(populate_existing=True)
    )
    return {attendance.registration_id: attendance for attendance in transaction.scalars(query)}
