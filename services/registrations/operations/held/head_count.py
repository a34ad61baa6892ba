"""How many people came to a meeting for which nobody registers."""

from uuid import UUID

from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationMode, SessionStatus
from services.registrations.models import HeadCount, Meeting
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.offer.sessions import own_session
from services.registrations.operations.staff.scope import Scope
from services.registrations.refusals import (
    CountedByRegistration,
    HeadCountTooEarly,
    NotAdvised,
    SessionNotFound,
    SessionState,
)
from shared.errors import NotFound
from shared.messaging import log


def count_heads(
    transaction: Transaction, meeting_id: UUID, count: int, *, counted_by: str, scope: Scope
) -> HeadCount:
    """Record or correct how many came to one meeting; the same number again is not told again.

    Raises:
        NotFound: no such meeting, or none that the caller may know of.
        OtherOrganisation, NotAdvised: it is not the caller's.
        SessionState: the session is not published, or closed or cancelled since.
        CountedByRegistration: one registers for it, and each person's attendance is recorded.
        HeadCountTooEarly: the meeting has not begun.
    """
    meeting = transaction.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound
    try:
        # Locked, so that nobody closes the session meanwhile, and corrections follow one another.
        session = own_session(transaction, meeting.session_id, scope.organisation)
    except SessionNotFound:
        raise NotFound from None
    if not scope.advises(session.activity.programme):
        raise NotAdvised
    if session.status != SessionStatus.PUBLISHED:
        raise SessionState
    if session.registration != RegistrationMode.NONE:
        raise CountedByRegistration
    if meeting.starts_at > now():
        raise HeadCountTooEarly
    known = transaction.get(HeadCount, meeting_id)
    if known is not None and known.count == count:
        return known
    counted = known or HeadCount(meeting_id=meeting_id)
    counted.count, counted.counted_by, counted.counted_at = count, counted_by, now()
    transaction.add(counted)
    log.append(transaction, facts.attendance_counted(meeting, count=count))
    return counted
