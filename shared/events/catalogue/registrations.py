"""What happens to registrations."""

import marshmallow as ma
from marshmallow import fields, validate

from shared.events.catalogue.codes import AGE_BANDS, DECLINE_REASONS, REGISTRATION_STATUSES
from shared.events.catalogue.fields import identifier, means, moment, number, text
from shared.events.catalogue.schema import EventSchema


class PersonData(ma.Schema):
    """Coarse attributes, for statistics, of a person who agreed to that; otherwise all are empty."""

    class Meta:
        unknown = ma.EXCLUDE

    age_band = text(
        "Age in coarse bands.", allow_none=True, validate=validate.OneOf((*AGE_BANDS, None))
    )
    district = text("Postcode, or less precise.", allow_none=True)
    situations = fields.List(
        fields.String(),
        required=True,
        metadata=means("Self-declared audience codes, used in aggregate only."),
    )


class _RegistrationData(EventSchema):
    source = "registrations"
    subject_field = "registration_id"

    registration_id = identifier("The registration.")
    session_id = identifier("The session it is for.")
    participant_id = identifier("Who is registered: a pseudonym to whoever knows no contact.")
    previous = text(
        "The status before; null for a new registration.",
        allow_none=True,
        validate=validate.OneOf((*REGISTRATION_STATUSES, None)),
    )
    by = text("Who made it so.", validate=validate.OneOf(("participant", "staff", "system")))


class _NewRegistrationData(_RegistrationData):
    person = fields.Nested(
        PersonData, required=True, metadata=means("What statistics may know of the person.")
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

    waitlist_position = number("Rank at that moment, from 1.")


class RegistrationOffered(_NewRegistrationData):
    """A seat was freed and is kept for a person in line, who is asked whether they still want it."""

    event_type = "registration.offered"

    offered_until = moment("Until when the seat is kept; then it goes to the next in line.")


class RegistrationExpired(_RegistrationData):
    """A seat was offered and nobody took it in time."""

    event_type = "registration.expired"


class RegistrationDeclined(_RegistrationData):
    """An adviser decided that the person cannot join."""

    event_type = "registration.declined"

    reason = text(
        "Why; what the adviser noted stays here.", validate=validate.OneOf(DECLINE_REASONS)
    )


class RegistrationCancelled(_RegistrationData):
    """A person gave up their seat or place in line, or the session was cancelled (``by`` is ``system``)."""

    event_type = "registration.cancelled"
