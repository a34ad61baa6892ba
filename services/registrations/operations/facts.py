"""The facts that registrations tells, made from its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.registrations.domain import coarse_person
from services.registrations.models import (
    Call,
    Erasure,
    Meeting,
    Merge,
    Participant,
    Place,
    RecordedOutcome,
    Referral,
    Registration,
    Session,
    Staff,
)
from services.registrations.operations.offer.alternatives import Alternative
from shared.events import catalogue
from shared.events.catalogue import Fact


def contact_changed(participant: Mapping[str, Any]) -> Fact:
    """How to reach a participant now; ``participant`` has the columns of its table."""
    return catalogue.ParticipantContactChanged.of(
        participant_id=participant["id"],
        given_name=participant["given_name"],
        family_name=participant["family_name"],
        email=participant["email"],
        phone=participant["phone"],
        language=participant["language"],
        access_key=participant["access_key"],
        postal_address=participant.get("postal_address"),
        contact_consent=participant["contact_consent"],
    )


def participant_merged(merge: Merge, registrations: Sequence[UUID]) -> Fact:
    return catalogue.ParticipantMerged.of(
        merge_id=merge.id,
        participant_id=merge.survivor_id,
        merged_participant_id=merge.merged_id,
        registrations=registrations,
    )


def participant_unmerged(merge: Merge, left: UUID, registrations: Sequence[UUID]) -> Fact:
    """``left`` is the person that the records were of until now."""
    return catalogue.ParticipantUnmerged.of(
        merge_id=merge.id,
        participant_id=left,
        merged_participant_id=merge.merged_id,
        registrations=registrations,
    )


def participant_erased(
    erasure: Erasure,
    participants: Sequence[UUID],
    registrations: Sequence[UUID],
    *,
    on_request: bool,
) -> Fact:
    return catalogue.ParticipantErased.of(
        erasure_id=erasure.id,
        participants=participants,
        registrations=registrations,
        on_request=on_request,
    )


def erasure_completed(erasure_id: UUID, removed: Mapping[str, Mapping[str, int]]) -> Fact:
    """``removed``: what each service removed, and how many rows of it."""
    return catalogue.ErasureCompleted.of(
        erasure_id=erasure_id,
        removed=[
            {"service": service, "what": what, "rows": rows}
            for service, counts in removed.items()
            for what, rows in counts.items()
        ],
    )


def session_published(session: Session) -> Fact:
    return catalogue.SessionPublished.of(**_session_state(session))


def session_rescheduled(session: Session, alternatives: Sequence[Alternative] = ()) -> Fact:
    return catalogue.SessionRescheduled.of(
        **_session_state(session), alternatives=[asdict(one) for one in alternatives]
    )


def session_formed(session: Session) -> Fact:
    return catalogue.SessionFormed.of(**_numbers(session))


def session_below_minimum(session: Session) -> Fact:
    return catalogue.SessionBelowMinimum.of(**_numbers(session))


def session_cancelled(
    session: Session, alternatives: Sequence[Alternative], *, reason: str
) -> Fact:
    return catalogue.SessionCancelled.of(
        session_id=session.id,
        reason=reason,
        alternatives=[asdict(one) for one in alternatives],
    )


def session_closed(session: Session, to_ask: Sequence[UUID]) -> Fact:
    """``to_ask``: the registrations whose holders are asked what they think of it."""
    return catalogue.SessionClosed.of(session_id=session.id, to_ask=to_ask)


def registration_confirmed(
    registration: Registration, participant: Participant, *, previous: str | None, by: str
) -> Fact:
    return catalogue.RegistrationConfirmed.of(
        **_registration(registration, previous, by), person=person_of(participant)
    )


def registration_waitlisted(
    registration: Registration,
    participant: Participant,
    *,
    previous: str | None,
    by: str,
    position: int,
) -> Fact:
    return catalogue.RegistrationWaitlisted.of(
        **_registration(registration, previous, by),
        person=person_of(participant),
        waitlist_position=position,
    )


def registration_offered(
    registration: Registration, participant: Participant, *, previous: str, until: datetime
) -> Fact:
    return catalogue.RegistrationOffered.of(
        **_registration(registration, previous, "system"),
        person=person_of(participant),
        offered_until=until,
    )


def registration_expired(registration: Registration, *, previous: str) -> Fact:
    return catalogue.RegistrationExpired.of(**_registration(registration, previous, "system"))


def registration_requested(
    registration: Registration, participant: Participant, *, by: str
) -> Fact:
    return catalogue.RegistrationRequested.of(
        **_registration(registration, None, by), person=person_of(participant)
    )


def registration_declined(registration: Registration, *, previous: str, reason: str) -> Fact:
    return catalogue.RegistrationDeclined.of(
        **_registration(registration, previous, "staff"), reason=reason
    )


def registration_cancelled(registration: Registration, *, previous: str, by: str) -> Fact:
    return catalogue.RegistrationCancelled.of(**_registration(registration, previous, by))


def attendance_recorded(registration: Registration, meeting: Meeting, *, status: str) -> Fact:
    return catalogue.AttendanceRecorded.of(
        registration_id=registration.id,
        session_id=registration.session_id,
        meeting_id=meeting.id,
        participant_id=registration.participant_id,
        status=status,
        minutes=_minutes(meeting),
    )


def attendance_counted(meeting: Meeting, *, count: int) -> Fact:
    return catalogue.AttendanceCounted.of(
        session_id=meeting.session_id,
        meeting_id=meeting.id,
        count=count,
        minutes=_minutes(meeting),
    )


def attendance_missing(meeting: Meeting, *, missing: int) -> Fact:
    return catalogue.AttendanceMissing.of(
        session_id=meeting.session_id, meeting_id=meeting.id, missing=missing
    )


def staff_changed(staff: Staff) -> Fact:
    return catalogue.StaffChanged.of(
        staff_id=staff.id,
        name=staff.name,
        email=staff.email,
        language=staff.language,
        role=staff.role,
        organisation=staff.organisation_code,
        programmes=staff.programmes,
        active=staff.disabled_at is None,
    )


def call_needed(call: Call, registration: Registration, session: Session) -> Fact:
    return catalogue.ParticipantCallNeeded.of(
        call_id=call.id,
        participant_id=registration.participant_id,
        registration_id=registration.id,
        session_id=session.id,
        programme=session.activity.programme_code,
        absences=call.absences,
    )


def call_settled(call: Call, registration: Registration, *, outcome: str) -> Fact:
    return catalogue.ParticipantCallSettled.of(
        call_id=call.id,
        participant_id=registration.participant_id,
        registration_id=registration.id,
        session_id=registration.session_id,
        outcome=outcome,
    )


def feedback_submitted(registration_id: UUID, session_id: UUID, rating: int) -> Fact:
    return catalogue.FeedbackSubmitted.of(
        registration_id=registration_id, session_id=session_id, rating=rating
    )


def feedback_collected(feedback_id: UUID, session_id: UUID, rating: int) -> Fact:
    return catalogue.FeedbackCollected.of(
        feedback_id=feedback_id, session_id=session_id, rating=rating
    )


def referral_opened(referral: Referral) -> Fact:
    return catalogue.ReferralOpened.of(**_referral(referral))


def referral_closed(referral: Referral) -> Fact:
    return catalogue.ReferralClosed.of(
        **_referral(referral),
        decision=referral.status,
        decided_on=referral.decided_on,
        amount_granted_cents=referral.amount_granted_cents,
    )


def outcome_recorded(recorded: RecordedOutcome, registration: Registration) -> Fact:
    return catalogue.OutcomeRecorded.of(
        registration_id=registration.id,
        session_id=registration.session_id,
        participant_id=registration.participant_id,
        outcome=recorded.outcome,
        as_of=recorded.as_of,
    )


def person_of(participant: Participant) -> dict[str, Any]:
    """The coarse attributes of a participant, if they agreed to statistics."""
    attributes = {
        "birth_year": participant.birth_year,
        "postcode": participant.postcode,
        "situations": participant.situations,
    }
    return coarse_person(
        attributes, statistics=participant.statistics_consent, year=datetime.now(UTC).year
    )


def _minutes(meeting: Meeting) -> int:
    return round((meeting.ends_at - meeting.starts_at).total_seconds() / 60)


def _registration(registration: Registration, previous: str | None, by: str) -> dict[str, Any]:
    return {
        "registration_id": registration.id,
        "session_id": registration.session_id,
        "participant_id": registration.participant_id,
        "previous": previous,
        "by": by,
    }


def _numbers(session: Session) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "minimum": session.minimum,
        "confirmed": session.confirmed,
    }


def _referral(referral: Referral) -> dict[str, Any]:
    return {
        "referral_id": referral.id,
        "participant_id": referral.participant_id,
        "programme": referral.programme_code,
        "discreet": referral.programme.discreet,
        "partner": referral.partner_code,
        "purpose": referral.purpose,
        "amount_asked_cents": referral.amount_asked_cents,
        "opened_on": referral.opened_on,
    }


def _address(place: Place) -> str | None:
    """Street, then postcode and town, as an envelope has them."""
    town = " ".join(filter(None, (place.postcode, place.city)))
    return ", ".join(filter(None, (place.address, town))) or None


def _session_state(session: Session) -> dict[str, Any]:
    activity, place = session.activity, session.place
    return {
        "session_id": session.id,
        "title": activity.title,
        "programme": activity.programme_code,
        "organisation": activity.organisation_code,
        "programme_label": activity.programme.name,
        "organisation_label": activity.organisation.name,
        "theme": activity.theme,
        "place": {
            "code": place.code,
            "name": place.name,
            "address": _address(place),
            "timezone": place.timezone,
            "phone": place.phone,
        },
        "capacity": session.capacity,
        "minimum": session.minimum,
        "registration": session.registration,
        "discreet": activity.programme.discreet,
        "reminder_minutes": activity.programme.reminder_minutes,
        "meetings": [
            {
                "meeting_id": meeting.id,
                "starts_at": meeting.starts_at,
                "ends_at": meeting.ends_at,
                "room": meeting.room.name if meeting.room else None,
            }
            for meeting in session.meetings
        ],
    }
