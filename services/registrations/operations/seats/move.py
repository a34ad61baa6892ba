"""The one way in which a registration goes from a state to another: by the table, its session's counters with it."""

from services.registrations.domain import RegistrationStatus, may, outcomes, possible
from services.registrations.models import Registration, Session
from services.registrations.operations.clock import now
from services.registrations.refusals import illegal

_COUNTERS = {
    RegistrationStatus.CONFIRMED: "confirmed",
    RegistrationStatus.OFFERED: "offered",
    RegistrationStatus.WAITLISTED: "waitlisted",
}


def move(
    session: Session, registration: Registration, action: str, new: RegistrationStatus
) -> RegistrationStatus:
    """Let ``action`` make ``registration`` of the locked ``session`` ``new``; returns what it was.

    Raises:
        IllegalTransition: its state does not allow the action.
    """
    refuse_unless_possible(registration, action)
    previous = RegistrationStatus(registration.status)
    if new not in outcomes(previous, action):
        raise ValueError(f"{action} does not make a {previous} registration {new}")
    for status, change in ((previous, -1), (new, 1)):
        if counter := _COUNTERS.get(status):
            setattr(session, counter, getattr(session, counter) + change)
    registration.status = new
    registration.updated_at = now()
    if new != RegistrationStatus.OFFERED:
        registration.offered_until = None
    return previous


def refuse_unless_possible(registration: Registration, action: str) -> None:
    """Raises IllegalTransition, naming the state and what is possible in it, unless ``action`` is."""
    if not may(registration.status, action):
        raise illegal(registration.status, possible(registration.status))
