"""What a participant says after a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, cast, literal, select, tuple_, union_all
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import RegistrationStatus
from services.registrations.models import Feedback, KioskFeedback, Registration
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from services.registrations.operations.held.questions import refuse_unless_asked
from services.registrations.operations.people.records import note_contact
from services.registrations.refusals import FeedbackOver, FeedbackTooEarly, RegistrationNotFound
from shared.messaging import log

EDITABLE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class FeedbackForm:
    """What to ask a registrant, what they have said, and until when they can change it."""

    title: str
    questions: Sequence[Any]
    can_be_given: bool
    can_be_changed_until: datetime | None
    feedback: Feedback | None


def feedback_form(transaction: Transaction, registration: Registration, title: str) -> FeedbackForm:
    """What to ask of a session, called ``title``, whoever holds ``registration``."""
    programme = registration.session.activity.programme
    feedback = transaction.get(Feedback, registration.id)
    until = feedback.submitted_at + EDITABLE if feedback else None
    return FeedbackForm(
        title=title,
        questions=programme.feedback_questions,
        can_be_given=_had_a_seat(registration) and (until is None or now() <= until),
        can_be_changed_until=until,
        feedback=feedback,
    )


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
        Invalid: an answer is not to a question of the programme, or not of its kind.
    """
    if not _had_a_seat(registration):
        raise FeedbackTooEarly
    refuse_unless_asked(registration.session.activity.programme, answers)
    if not note_contact(transaction, [registration.id]):
        raise RegistrationNotFound
    # Of two that come at once the second changes the first.
    lock = select(Registration.id).where(Registration.id == registration.id).with_for_update()
    transaction.execute(lock)
    feedback = transaction.get(Feedback, registration.id)
    if feedback is None:
        feedback = Feedback(registration_id=registration.id, submitted_at=now())
        transaction.add(feedback)
    elif now() > feedback.submitted_at + EDITABLE:
        raise FeedbackOver
    feedback.rating, feedback.answers, feedback.comment = rating, answers, comment
    fact = facts.feedback_submitted(registration.id, registration.session_id, rating)
    log.append(transaction, fact)
    return feedback


def list_feedback(
    transaction: Transaction,
    session_id: UUID,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """What was said of a session, by link or on its tablet, in the order in which it was first said.

    Rows of ``id``, ``given``, ``rating``, ``answers``, ``comment``, ``submitted_at``; nobody is named.
    """
    by_link = (
        select(
            Feedback.registration_id.label("id"),
            cast(literal("link"), String).label("given"),
            Feedback.rating,
            Feedback.answers,
            Feedback.comment,
            Feedback.submitted_at,
        )
        .join(Registration, Feedback.registration_id == Registration.id)
        .where(Registration.session_id == session_id)
    )
    on_kiosk = select(
        KioskFeedback.id,
        cast(literal("kiosk"), String),
        KioskFeedback.rating,
        KioskFeedback.answers,
        KioskFeedback.comment,
        KioskFeedback.submitted_at,
    ).where(KioskFeedback.session_id == session_id)
    said = union_all(by_link, on_kiosk).subquery("said")
    place = tuple_(said.c.submitted_at, said.c.id)
    query = select(said).order_by(said.c.submitted_at, said.c.id).limit(limit)
    if after is not None:
        query = query.where(place > after)
    return transaction.execute(query).all()


def _had_a_seat(registration: Registration) -> bool:
    began = registration.session.starts_at <= now()
    return began and registration.status == RegistrationStatus.CONFIRMED
