"""What taking part led to, as advisers see it from time to time."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationStatus
from services.registrations.models import RecordedOutcome, Registration
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.refusals import NeverSeated
from shared.errors import invalid
from shared.messaging import log

# Who found work may have given up the seat for it.
_SEATED = (RegistrationStatus.CONFIRMED, RegistrationStatus.CANCELLED)


def record_outcome(
    transaction: Transaction,
    registration: Registration,
    *,
    outcome: str,
    as_of: date | None,
    skills: Sequence[str],
    recorded_by: str,
) -> Sequence[RecordedOutcome]:
    """Note what a registration has led to by the day ``as_of`` (default: today), and tell the code of it.

    ``skills`` are in the person's own words and stay in this service. What was noted before stays; what
    is the same as the last is not noted again. Returns all that is noted, the last first.

    Raises:
        NeverSeated: the person is not, and was not, in the session.
        Invalid: the day is still to come.
    """
    if registration.status not in _SEATED:
        raise NeverSeated
    today = now().date()
    # Some places are ahead of UTC: it may be tomorrow there.
    if as_of is not None and as_of > today + timedelta(days=1):
        raise invalid("as_of", "This day is still to come.", "Cette date est encore à venir.")
    lock = select(Registration.id).where(Registration.id == registration.id).with_for_update()
    transaction.execute(lock)
    noted = list_outcomes(transaction, registration)
    said = (outcome, as_of or today, list(skills))
    if noted and (noted[0].outcome, noted[0].as_of, noted[0].skills) == said:
        return noted
    recorded = RecordedOutcome(
        registration_id=registration.id,
        outcome=outcome,
        as_of=as_of or today,
        skills=list(skills),
        recorded_by=recorded_by,
        recorded_at=now(),
    )
    transaction.add(recorded)
    transaction.flush()
    log.append(transaction, facts.outcome_recorded(recorded, registration))
    return [recorded, *noted]


def list_outcomes(
    transaction: Transaction, registration: Registration
) -> Sequence[RecordedOutcome]:
    """All that was ever noted of what a registration led to, the last first."""
    query = (
        select(RecordedOutcome)
        .where(RecordedOutcome.registration_id == registration.id)
        .order_by(RecordedOutcome.id.desc())
    )
    return transaction.scalars(query).all()
