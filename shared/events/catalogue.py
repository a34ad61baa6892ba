"""Every fact a service may tell: one class and marshmallow schema per type and version.

A producer never removes or retypes a field within a version; a consumer ignores what it does not know.
A field added later has a ``load_default``: events logged before it are read as if they said that.
Only a class marked ``personal`` may hold a name, a contact or a secret; reporting subscribes to none of them.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields, validate

AGE_BANDS = ("0-11", "12-17", "18-25", "26-39", "40-59", "60-74", "75+")
CHANNELS = ("email", "sms", "letter", "call", "desk")
REGISTRATION_STATUSES = (
    "pending",
    "confirmed",
    "waitlisted",
    "offered",
    "declined",
    "cancelled",
    "expired",
)
ATTENDANCE_STATUSES = ("present", "excused", "absent")
REGISTRATION_MODES = ("required", "none")
CALL_OUTCOMES = ("reached", "no-answer", "left-message", "withdrawn")
REFERRAL_DECISIONS = ("granted", "refused", "withdrawn")
OUTCOMES = ("work", "training", "rights-opened", "project", "other", "none-yet")
CANCEL_REASONS = ("too-few", "other")
DECLINE_REASONS = ("not-eligible", "incomplete", "other")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about to be logged: checked against its schema, its data ready for JSON."""

    type: str
    version: int
    subject: str
    data: dict[str, Any]


class EventSchema(ma.Schema):
    """The data of one type of event. ``subject_field`` names the thing that the fact is about."""

    class Meta:
        unknown = ma.EXCLUDE

    event_type: ClassVar[str]
    version: ClassVar[int] = 1
    source: ClassVar[str]
    subject_field: ClassVar[str]
    personal: ClassVar[bool] = False

    @classmethod
    @cache
    def instance(cls) -> "EventSchema":
        return cls()

    @classmethod
    def of(cls, **data: Any) -> Fact:
        """The fact that ``data`` tells.

        Fields are all checked to be there, unless they were added later, and known. Their values are ours,
        typed, and checked against the schema by whoever receives them, and by the tests for everything
        that is ever logged.

        Raises:
            ValueError: a field is missing or unknown; a mistake of ours, never of a user.
        """
        schema = cls.instance()
        if data.keys() != schema.fields.keys():
            data = {**cls._added_later(), **data}
        if data.keys() != schema.fields.keys():
            wrong = sorted(data.keys() ^ schema.fields.keys())
            raise ValueError(f"{cls.event_type}: missing or unknown: {', '.join(wrong)}")
        dumped = schema.dump(data)
        return Fact(cls.event_type, cls.version, dumped[cls.subject_field], dumped)

    @classmethod
    def _added_later(cls) -> dict[str, Any]:
        later = {
            name: one.load_default
            for name, one in cls.instance().fields.items()
            if not one.required
        }
        return {name: given() if callable(given) else given for name, given in later.items()}


def _id(meaning: str, **options: Any) -> fields.UUID:
    return fields.UUID(required=True, metadata=_means(meaning), **options)


def _time(meaning: str, **options: Any) -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, format="iso", metadata=_means(meaning), **options)


def _text(meaning: str, **options: Any) -> fields.String:
    return fields.String(required=True, metadata=_means(meaning), **options)


def _label(meaning: str) -> fields.String:
    """What something is called: null where it was told before this was."""
    return fields.String(load_default=None, allow_none=True, metadata=_means(meaning))


def _number(meaning: str, **options: Any) -> fields.Integer:
    return fields.Integer(required=True, metadata=_means(meaning), **options)


def _day(meaning: str, **options: Any) -> fields.Date:
    return fields.Date(required=True, metadata=_means(meaning), **options)


def _means(meaning: str) -> dict[str, str]:
    # What the generated documents say of a field. A test holds that every field says something.
    return {"description": meaning}


# ── what happens to sessions ────────────────────────────────────────────────────────────────────


class PlaceData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    code = _text("Its short name in addresses and filters.")
    name = _text("Its name, for people.")
    address = _text("Where it is, in one line.", allow_none=True)
    timezone = _text("IANA time zone in which its times are shown.")


class MeetingData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    meeting_id = _id("The meeting; it keeps its id when it is moved.")
    starts_at = _time("When it begins.")
    ends_at = _time("When it ends.")
    room = _text("The room's name, if one is set.", allow_none=True)


class _SessionData(EventSchema):
    source = "registrations"
    subject_field = "session_id"

    session_id = _id("The session.")
    title = _text("The activity's title, for people.")
    programme = _text("Code of the programme that it belongs to.")
    organisation = _text("Code of the organisation that holds it.")
    programme_label = _label("What the programme is called.")
    organisation_label = _label("What the organisation is called.")
    theme = _text("What it is about, in a word or two.", allow_none=True)
    place = fields.Nested(PlaceData, required=True, metadata=_means("Where it is held."))
    capacity = _number("Seats: never more people are confirmed.")
    minimum = _number("How many must be confirmed for it to be held.", allow_none=True)
    discreet = fields.Boolean(
        required=True,
        metadata=_means("Nothing that leaves the place may reveal who takes part."),
    )
    registration = fields.String(
        load_default="required",
        validate=validate.OneOf(REGISTRATION_MODES),
        metadata=_means("`none` if the door is open: nobody has a seat, and heads are counted."),
    )
    meetings = fields.List(
        fields.Nested(MeetingData),
        required=True,
        metadata=_means("Its dates, the first one first."),
    )
    reminder_minutes = fields.List(
        fields.Integer(),
        load_default=lambda: [2 * 24 * 60, 2 * 60],
        metadata=_means("How long before a meeting people are reminded of it, each time."),
    )


class AlternativeData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    session_id = _id("The other session.")
    title = _text("Its title, for people; null in discreet programmes.", allow_none=True)
    starts_at = _time("When its first meeting begins.")
    place_name = _text("Name of the place where it is held.")
    timezone = _text("IANA time zone in which its times are shown.")


def _alternatives() -> fields.List[Any]:
    return fields.List(
        fields.Nested(AlternativeData),
        load_default=list,
        metadata=_means("What else there was with seats left, nearest first; three at most."),
    )


class SessionPublished(_SessionData):
    """A session can be booked."""

    event_type = "session.published"


class SessionRescheduled(_SessionData):
    """A published session changed: its dates, its room, its title or its capacity. The whole new state is told."""

    event_type = "session.rescheduled"

    alternatives = _alternatives()


class SessionFormed(EventSchema):
    """A session with a minimum is sure to be held: enough people are confirmed, or someone decided so."""

    event_type = "session.formed"
    source = "registrations"
    subject_field = "session_id"

    session_id = _id("The session.")
    minimum = _number("How many were needed.")
    confirmed = _number("How many are confirmed.")


class SessionBelowMinimum(EventSchema):
    """On the day of decision fewer than the minimum are confirmed: someone has to decide what happens."""

    event_type = "session.below_minimum"
    source = "registrations"
    subject_field = "session_id"

    session_id = _id("The session.")
    minimum = _number("How many are needed.")
    confirmed = _number("How many are confirmed.")


class SessionCancelled(EventSchema):
    """A session will not take place."""

    event_type = "session.cancelled"
    source = "registrations"
    subject_field = "session_id"

    session_id = _id("The session.")
    reason = fields.String(
        load_default="other",
        validate=validate.OneOf(CANCEL_REASONS),
        metadata=_means("Why, as far as people are told."),
    )
    alternatives = _alternatives()


class SessionClosed(EventSchema):
    """A session is over and its attendance is recorded as far as it will be."""

    event_type = "session.closed"
    source = "registrations"
    subject_field = "session_id"

    session_id = _id("The session.")
    to_ask = fields.List(
        fields.UUID(),
        load_default=list,
        metadata=_means("The registrations whose holders are asked what they think of it."),
    )


# ── what happens to registrations ───────────────────────────────────────────────────────────────


class PersonData(ma.Schema):
    """Coarse attributes, for statistics, of a person who agreed to that; otherwise all are empty."""

    class Meta:
        unknown = ma.EXCLUDE

    age_band = _text(
        "Age in coarse bands.", allow_none=True, validate=validate.OneOf((*AGE_BANDS, None))
    )
    district = _text("Postcode, or less precise.", allow_none=True)
    situations = fields.List(
        fields.String(),
        required=True,
        metadata=_means("Self-declared audience codes, used in aggregate only."),
    )


class _RegistrationData(EventSchema):
    source = "registrations"
    subject_field = "registration_id"

    registration_id = _id("The registration.")
    session_id = _id("The session it is for.")
    participant_id = _id("Who is registered: a pseudonym to whoever knows no contact.")
    previous = _text(
        "The status before; null for a new registration.",
        allow_none=True,
        validate=validate.OneOf((*REGISTRATION_STATUSES, None)),
    )
    by = _text("Who made it so.", validate=validate.OneOf(("participant", "staff", "system")))


class _NewRegistrationData(_RegistrationData):
    person = fields.Nested(
        PersonData, required=True, metadata=_means("What statistics may know of the person.")
    )


class RegistrationRequested(_NewRegistrationData):
    """A registration awaits an adviser's decision on eligibility; it holds its rank in line."""

    event_type = "registration.requested"


class RegistrationConfirmed(_NewRegistrationData):
    """A person has a seat: at once, after a decision, or (``previous`` is ``waitlisted``
    or ``offered``) from the list.
    """

    event_type = "registration.confirmed"


class RegistrationWaitlisted(_NewRegistrationData):
    """A person stands in line, in the order in which registrations were accepted."""

    event_type = "registration.waitlisted"

    waitlist_position = _number("Rank at that moment, from 1.")


class RegistrationOffered(_NewRegistrationData):
    """A seat was freed and is kept for a person in line, who is asked whether they still want it."""

    event_type = "registration.offered"

    offered_until = _time("Until when the seat is kept; then it goes to the next in line.")


class RegistrationExpired(_RegistrationData):
    """A seat was offered and nobody took it in time."""

    event_type = "registration.expired"


class RegistrationDeclined(_RegistrationData):
    """An adviser decided that the person cannot join."""

    event_type = "registration.declined"

    reason = _text(
        "Why; what the adviser noted stays here.", validate=validate.OneOf(DECLINE_REASONS)
    )


class RegistrationCancelled(_RegistrationData):
    """A person gave up their seat or place in line, or the session was cancelled (``by`` is ``system``)."""

    event_type = "registration.cancelled"


class AttendanceRecorded(EventSchema):
    """Whether a person came to one meeting; told again when it is corrected."""

    event_type = "attendance.recorded"
    source = "registrations"
    subject_field = "registration_id"

    registration_id = _id("Whose attendance it is, by registration.")
    session_id = _id("The session that the meeting is part of.")
    meeting_id = _id("The meeting.")
    participant_id = _id("Whose attendance it is: a pseudonym.")
    status = _text("Whether the person came.", validate=validate.OneOf(ATTENDANCE_STATUSES))
    minutes = _number("Length of the meeting.")


class AttendanceMissing(EventSchema):
    """A meeting has been over for some hours, and of people who had a seat nobody noted whether they came."""

    event_type = "attendance.missing"
    source = "registrations"
    subject_field = "meeting_id"

    session_id = _id("The session that the meeting is part of.")
    meeting_id = _id("The meeting.")
    missing = _number("Of how many people it is not noted.", validate=validate.Range(min=1))


class AttendanceCounted(EventSchema):
    """How many people came to a meeting for which nobody registers; told again when it is corrected."""

    event_type = "attendance.counted"
    source = "registrations"
    subject_field = "meeting_id"

    session_id = _id("The session that the meeting is part of.")
    meeting_id = _id("The meeting.")
    count = _number("How many people came.", validate=validate.Range(min=0))
    minutes = _number("Length of the meeting.")


class FeedbackSubmitted(EventSchema):
    """What a participant thought of a session; told again when it is edited. Comments stay where they were written."""

    event_type = "feedback.submitted"
    source = "registrations"
    subject_field = "registration_id"

    registration_id = _id("Whose view it is, by registration.")
    session_id = _id("The session it is about.")
    rating = _number("From 1 (poor) to 5 (very good).", validate=validate.Range(1, 5))


class FeedbackCollected(EventSchema):
    """What somebody, unknown, thought of a session and said on the place's tablet. Comments stay where they are."""

    event_type = "feedback.collected"
    source = "registrations"
    subject_field = "feedback_id"

    feedback_id = _id("This view, of nobody in particular.")
    session_id = _id("The session it is about.")
    rating = _number("From 1 (poor) to 5 (very good).", validate=validate.Range(1, 5))


class ParticipantCallNeeded(EventSchema):
    """A person missed so many meetings of a session, unexcused, that an adviser is to call them; it is no sanction."""

    event_type = "participant.call_needed"
    source = "registrations"
    subject_field = "participant_id"

    call_id = _id("The call to make.")
    participant_id = _id("Whom to call: a pseudonym.")
    registration_id = _id("Their registration for the session.")
    session_id = _id("The session that they missed meetings of.")
    programme = _text("Code of the programme that it belongs to.")
    absences = _number("How many meetings they missed.")


class ParticipantCallSettled(EventSchema):
    """A call was made, or (``outcome`` is ``withdrawn``) a corrected attendance left no reason for it."""

    event_type = "participant.call_settled"
    source = "registrations"
    subject_field = "participant_id"

    call_id = _id("The call.")
    participant_id = _id("Whom it was for: a pseudonym.")
    registration_id = _id("Their registration for the session.")
    session_id = _id("The session that they missed meetings of.")
    outcome = _text("What came of it.", validate=validate.OneOf(CALL_OUTCOMES))


class _ReferralData(EventSchema):
    source = "registrations"
    subject_field = "referral_id"

    referral_id = _id("The referral.")
    participant_id = _id("Who is referred: a pseudonym.")
    programme = _text("Code of the programme in whose name it is made.")
    partner = _text("Code of the organisation that is asked.")
    purpose = _text("What it is asked for: one of the programme's codes, never words.")
    amount_asked_cents = _number(
        "What is asked, in euro cents; null when it is not about money.", allow_none=True
    )
    opened_on = _day("The day on which it was made.")


class ReferralOpened(_ReferralData):
    """A person was directed to a partner institution."""

    event_type = "referral.opened"


class ReferralClosed(_ReferralData):
    """A partner institution decided on a referral for good, or the person withdrew it."""

    event_type = "referral.closed"

    decision = _text("What became of it.", validate=validate.OneOf(REFERRAL_DECISIONS))
    decided_on = _day("The day of the decision.")
    amount_granted_cents = _number(
        "What is granted, in euro cents, be it less or more than was asked.", allow_none=True
    )


class OutcomeRecorded(EventSchema):
    """What taking part in a session has led to; told again when it changes, and the last word counts."""

    event_type = "outcome.recorded"
    source = "registrations"
    subject_field = "registration_id"

    registration_id = _id("Whose outcome it is, by registration.")
    session_id = _id("The session that they took part in.")
    participant_id = _id("Whose outcome it is: a pseudonym.")
    outcome = _text(
        "What it led to; the person's own words stay here.", validate=validate.OneOf(OUTCOMES)
    )
    as_of = _day("The day on which it was so.")


class PostalAddressData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    lines = fields.List(
        fields.String(), required=True, metadata=_means("What stands below the name, in order.")
    )
    postcode = _text("The postcode.")
    city = _text("The town.")
    country = _text("ISO 3166-1 alpha-2 code of the country.")


class ParticipantContactChanged(EventSchema):
    """How to reach a person, whole: a new person, or anything of it changed."""

    event_type = "participant.contact_changed"
    source = "registrations"
    subject_field = "participant_id"
    personal = True

    participant_id = _id("The person.")
    given_name = _text("First name or names.")
    family_name = _text("Last name.")
    email = _text("E-mail address, if there is one.", allow_none=True)
    phone = _text("Phone number (E.164), if there is one.", allow_none=True)
    language = _text("Code of the language in which to write.")
    access_key = _text("Secret from which manage links and letters' short codes are derived.")
    postal_address = fields.Nested(
        PostalAddressData,
        load_default=None,
        allow_none=True,
        metadata=_means("Where letters reach the person, if that is known."),
    )
    contact_consent = fields.Boolean(
        load_default=True,
        metadata=_means("Whether they may be told more than they asked for."),
    )


class StaffChanged(EventSchema):
    """An account of someone who works here was made, changed, disabled or enabled."""

    event_type = "staff.changed"
    source = "registrations"
    subject_field = "staff_id"
    personal = True

    staff_id = _id("The account.")
    name = _text("How its owner is called.")
    email = _text("Their address.")
    language = _text("Code of the language in which to write.")
    role = _text("What they may do here, such as `adviser`.")
    organisation = _text("Code of the organisation that they work for.", allow_none=True)
    programmes = fields.List(
        fields.String(),
        required=True,
        metadata=_means("Codes of the discreet programmes whose people they may know of."),
    )
    active = fields.Boolean(required=True, metadata=_means("False: nothing is told them any more."))


class _MergeData(EventSchema):
    source = "registrations"
    subject_field = "participant_id"

    merge_id = _id("The merge; with it, it is undone.")
    participant_id = _id("Who stands for the person: a pseudonym.")
    merged_participant_id = _id("The record merged into it: a pseudonym.")
    registrations = fields.List(
        fields.UUID(),
        required=True,
        metadata=_means("The registrations that go from the one to the other."),
    )


class ParticipantMerged(_MergeData):
    """Two records were found to be one person's: the registrations of the merged one are now the other's."""

    event_type = "participant.merged"


class ParticipantUnmerged(_MergeData):
    """They were two people after all: the registrations go back to the record that had been merged."""

    event_type = "participant.unmerged"


class ParticipantErased(EventSchema):
    """A person is forgotten: what is held about them is to be removed, and what counts them to point to nobody."""

    event_type = "participant.erased"
    source = "registrations"
    subject_field = "erasure_id"

    erasure_id = _id("The erasure; each service answers with what it removed.")
    participants = fields.List(
        fields.UUID(), required=True, metadata=_means("All records of the person: pseudonyms.")
    )
    registrations = fields.List(
        fields.UUID(), required=True, metadata=_means("All registrations of the person.")
    )
    on_request = fields.Boolean(
        load_default=True,
        metadata=_means("Whether someone asked for it; if not, it was time to forget them."),
    )


class RemovedData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    what = _text("What the rows held.")
    rows = _number("How many rows were emptied, cut or deleted.")


class _ErasureAnswer(EventSchema):
    subject_field = "erasure_id"

    erasure_id = _id("The erasure that this answers.")
    removed = fields.List(
        fields.Nested(RemovedData),
        required=True,
        metadata=_means("What was removed; nothing in it is about the person."),
    )


class ContactErased(_ErasureAnswer):
    """Notifications holds nothing of a person any more, and will send them nothing."""

    event_type = "participant.contact_erased"
    source = "notifications"


class PseudonymCut(_ErasureAnswer):
    """Reporting counts a person as before, under a name that leads nowhere."""

    event_type = "participant.pseudonym_cut"
    source = "reporting"


class ServiceRemovedData(RemovedData):
    service = _text("The service that removed it.")


class ErasureCompleted(EventSchema):
    """Every service has answered an erasure: this is what they removed, and nothing of whom."""

    event_type = "participant.erasure_completed"
    source = "registrations"
    subject_field = "erasure_id"

    erasure_id = _id("The erasure.")
    removed = fields.List(
        fields.Nested(ServiceRemovedData),
        required=True,
        metadata=_means("What was removed; nothing in it is about the person."),
    )


# ── what was told to people ─────────────────────────────────────────────────────────────────────


class _NotificationData(EventSchema):
    source = "notifications"
    subject_field = "notification_id"

    notification_id = _id("The message.")
    kind = _text("What it tells, such as `confirmed`.")
    channel = _text("How it was to reach the person.", validate=validate.OneOf(CHANNELS))
    participant_id = _id("Whom it is for: a pseudonym.")
    registration_id = _id("The registration it is about, if it is about one.", allow_none=True)
    session_id = _id("The session it is about, if it is about one.", allow_none=True)
    attempts = _number("How often it was tried.")


class NotificationSent(_NotificationData):
    """A message was accepted by whoever carries it."""

    event_type = "notification.sent"


class NotificationFailed(_NotificationData):
    """A message will not be sent: every attempt failed, or the carrier refused it for good."""

    event_type = "notification.failed"


class NotificationFailuresRising(EventSchema):
    """Of what was tried by a channel of late, too much has failed. Said once an hour at most."""

    event_type = "notification.failures_rising"
    source = "notifications"
    subject_field = "channel"

    channel = _text("How the messages were to go.", validate=validate.OneOf(CHANNELS))
    failed = _number("How many attempts failed.")
    tried = _number("How many were made.")
    since = _time("Since when they are counted.")


class NotificationBudgetLow(EventSchema):
    """Most of what may be spent on SMS in a month is spent; once all is, people are told by other channels."""

    event_type = "notification.budget_low"
    source = "notifications"
    subject_field = "month"

    month = fields.Date(required=True, metadata=_means("The first day of the month."))
    spent = _number("Cents of a euro spent or reserved so far.")
    budget = _number("Cents of a euro that may be spent in the month.")


# ── what was reported ───────────────────────────────────────────────────────────────────────────


# ── what operators have to repair ───────────────────────────────────────────────────────────────


class _EventsParked(EventSchema):
    subject_field = "service"

    service = _text("The service that could not handle them.")
    count = _number("How many were set aside since this was said last.")


class RegistrationsEventsParked(_EventsParked):
    """Registrations set events aside that it could not handle. Said once an hour at most."""

    event_type = "registrations.events_parked"
    source = "registrations"


class ReportingEventsParked(_EventsParked):
    """Reporting set events aside that it could not handle. Said once an hour at most."""

    event_type = "reporting.events_parked"
    source = "reporting"


class ReportReady(EventSchema):
    """A report is written and its files can be fetched."""

    event_type = "report.ready"
    source = "reporting"
    subject_field = "job_id"

    job_id = _id("The job that wrote it.")
    report = _text("The kind of report, such as `session`.")
    files = fields.List(
        fields.String(), required=True, metadata=_means("Names under which its files are fetched.")
    )
    cause = _id("The event that set it off; null when it was asked for.", allow_none=True)
    edition_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata=_means("The edition that its files hold."),
    )
    recipients = fields.List(
        fields.UUID(),
        load_default=list,
        metadata=_means("The members of staff who are to be told that it is there."),
    )


CATALOGUE: dict[tuple[str, int], type[EventSchema]] = {
    (schema.event_type, schema.version): schema
    for schema in (
        SessionPublished,
        SessionRescheduled,
        SessionFormed,
        SessionBelowMinimum,
        SessionCancelled,
        SessionClosed,
        RegistrationRequested,
        RegistrationConfirmed,
        RegistrationWaitlisted,
        RegistrationOffered,
        RegistrationExpired,
        RegistrationDeclined,
        RegistrationCancelled,
        AttendanceRecorded,
        AttendanceCounted,
        AttendanceMissing,
        FeedbackSubmitted,
        FeedbackCollected,
        ParticipantCallNeeded,
        ParticipantCallSettled,
        ReferralOpened,
        ReferralClosed,
        OutcomeRecorded,
        ParticipantContactChanged,
        StaffChanged,
        ParticipantMerged,
        ParticipantUnmerged,
        ParticipantErased,
        ContactErased,
        PseudonymCut,
        ErasureCompleted,
        NotificationSent,
        NotificationFailed,
        NotificationFailuresRising,
        NotificationBudgetLow,
        RegistrationsEventsParked,
        ReportingEventsParked,
        ReportReady,
    )
}
