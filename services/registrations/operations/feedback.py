"""What a participant says after a session."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationStatus
from services.registrations.models import Feedback, Registration
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.people import note_contact
from services.registrations.refusals import FeedbackOver, FeedbackTooEarly, RegistrationNotFound
from shared.messaging import log

EDITABLE = timedelta(days=7)


def give_feedback(
    transaction: Transaction,
    registration: Registration,
    *,
    rating: int,
    answers: dict[str, Any],
    comment: str | None,
) -> Feedback:
    """Keep what the registrant says; it can be changed for seven days. The comment stays in this service.

    Raises:
        FeedbackTooEarly: the session has not begun, or the person had no seat in it.
        FeedbackOver: the seven days have passed.
        RegistrationNotFound: the person was erased in this moment.
    """
    began = registration.session.starts_at <= now()
    if not began or registration.status != RegistrationStatus.CONFIRMED:
        raise FeedbackTooEarly
    if not note_contact(transaction, [registration.id]):
        raise RegistrationNotFound
    feedback = transaction.get(Feedback, registration.id, with_for_update=True)
    if feedback is None:
        feedback = Feedback(registration_id=registration.id, submitted_at=now())
        transaction.add(feedback)
    elif now() > feedback.submitted_at + EDITABLE:
        raise FeedbackOver
    feedback.rating, feedback.answers, feedback.comment = rating, answers, comment
    fact = facts.feedback_submitted(registration.id, registration.session_id, rating)
    log.append(transaction, fact)
    return feedback
