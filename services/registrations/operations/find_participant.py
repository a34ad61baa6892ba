"""Looking up a person, for staff who may know of them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from services.registrations.models import Activity, Participant, Registration, Session
from services.registrations.operations.scope import Scope
from shared.errors import NotFound


def find_participant(transaction: Transaction, participant_id: UUID, scope: Scope) -> Participant:
    """The person, for staff in whose ``scope`` they were ever registered for anything.

    Raises:
        NotFound: there is none, or none that the caller may know of.
    """
    known_by = (
        select(Registration.id)
        .join(Registration.session)
        .join(Session.activity)
        .join(Activity.programme)
        .where(Registration.participant_id == participant_id, scope.condition())
    )
    participant = transaction.get(Participant, participant_id)
    if participant is None or transaction.scalar(known_by.limit(1)) is None:
        raise NotFound
    return participant
