"""What came of it: attendance, feedback, calls, referrals, outcomes."""

from marshmallow import fields, validate

from shared.events.catalogue.codes import (
    ATTENDANCE_STATUSES,
    CALL_OUTCOMES,
    OUTCOMES,
    REFERRAL_DECISIONS,
)
from shared.events.catalogue.fields import day, identifier, means, number, text
from shared.events.catalogue.schema import EventSchema


class AttendanceRecorded(EventSchema):
    """Whether a person came to one meeting; told again when it is corrected."""

    event_type = "attendance.recorded"
    source = "registrations"
    subject_field = "registration_id"

    registration_id = identifier("Whose attendance it is, by registration.")
    session_id = identifier("The session that the meeting is part of.")
    meeting_id = identifier("The meeting.")
    participant_id = identifier("Whose attendance it is: a pseudonym.")
    status = text("Whether the person came.", validate=validate.OneOf(ATTENDANCE_STATUSES))
    minutes = number("Length of the meeting.")


class AttendanceMissing(EventSchema):
    """A meeting has been over for some hours, and of people who had a seat nobody noted whether they came."""

    event_type = "attendance.missing"
    source = "registrations"
    subject_field = "meeting_id"

    session_id = identifier("The session that the meeting is part of.")
    meeting_id = identifier("The meeting.")
    missing = number("Of how many people it is not noted.", validate=validate.Range(min=1))


class AttendanceCounted(EventSchema):
    """How many people came to a meeting for which nobody registers; told again when it is corrected."""

    event_type = "attendance.counted"
    source = "registrations"
    subject_field = "meeting_id"

    session_id = identifier("The session that the meeting is part of.")
    meeting_id = identifier("The meeting.")
    count = number("How many people came.", validate=validate.Range(min=0))
    minutes = number("Length of the meeting.")


class FeedbackSubmitted(EventSchema):
    """What a participant thought of a session; told again when it is edited. Comments stay where they were written."""

    event_type = "feedback.submitted"
    source = "registrations"
    subject_field = "registration_id"

    registration_id = identifier("Whose view it is, by registration.")
    session_id = identifier("The session it is about.")
    rating = number("From 1 (poor) to 5 (very good).", validate=validate.Range(1, 5))


class FeedbackCollected(EventSchema):
    """What somebody, unknown, thought of a session and said on the place's tablet. Comments stay where they are."""

    event_type = "feedback.collected"
    source = "registrations"
    subject_field = "feedback_id"

    feedback_id = identifier("This view, of nobody in particular.")
    session_id = identifier("The session it is about.")
    rating = number("From 1 (poor) to 5 (very good).", validate=validate.Range(1, 5))


class ParticipantCallNeeded(EventSchema):
    """A person missed so many meetings of a session, unexcused, that an adviser is to call them; it is no sanction."""

    event_type = "participant.call_needed"
    source = "registrations"
    subject_field = "participant_id"

    call_id = identifier("The call to make.")
    participant_id = identifier("Whom to call: a pseudonym.")
    registration_id = identifier("Their registration for the session.")
    session_id = identifier("The session that they missed meetings of.")
    programme = text("Code of the programme that it belongs to.")
    absences = number("How many meetings they missed.")


class ParticipantCallSettled(EventSchema):
    """A call was made, or (``outcome`` is ``withdrawn``) a corrected attendance left no reason for it."""

    event_type = "participant.call_settled"
    source = "registrations"
    subject_field = "participant_id"

    call_id = identifier("The call.")
    participant_id = identifier("Whom it was for: a pseudonym.")
    registration_id = identifier("Their registration for the session.")
    session_id = identifier("The session that they missed meetings of.")
    outcome = text("What came of it.", validate=validate.OneOf(CALL_OUTCOMES))


class _ReferralData(EventSchema):
    source = "registrations"
    subject_field = "referral_id"

    referral_id = identifier("The referral.")
    participant_id = identifier("Who is referred: a pseudonym.")
    programme = text("Code of the programme in whose name it is made.")
    discreet = fields.Boolean(
        load_default=True,
        metadata=means("Nothing that leaves the place may reveal what it is about."),
    )
    partner = text("Code of the organisation that is asked.")
    purpose = text("What it is asked for: one of the programme's codes, never words.")
    amount_asked_cents = number(
        "What is asked, in euro cents; null when it is not about money.", allow_none=True
    )
    opened_on = day("The day on which it was made.")


class ReferralOpened(_ReferralData):
    """A person was directed to a partner institution."""

    event_type = "referral.opened"


class ReferralClosed(_ReferralData):
    """A partner institution decided on a referral for good, or the person withdrew it."""

    event_type = "referral.closed"

    decision = text("What became of it.", validate=validate.OneOf(REFERRAL_DECISIONS))
    decided_on = day("The day of the decision.")
    amount_granted_cents = number(
        "What is granted, in euro cents, be it less or more than was asked.", allow_none=True
    )


class OutcomeRecorded(EventSchema):
    """What taking part in a session has led to; told again when it changes, and the last word counts."""

    event_type = "outcome.recorded"
    source = "registrations"
    subject_field = "registration_id"

    registration_id = identifier("Whose outcome it is, by registration.")
    session_id = identifier("The session that they took part in.")
    participant_id = identifier("Whose outcome it is: a pseudonym.")
    outcome = text(
        "What it led to; the person's own words stay here.", validate=validate.OneOf(OUTCOMES)
    )
    as_of = day("The day on which it was so.")
