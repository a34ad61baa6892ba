"""What happens to sessions."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shared.events.catalogue.codes import CANCEL_REASONS, REGISTRATION_MODES
from shared.events.catalogue.fields import identifier, label, means, moment, number, text
from shared.events.catalogue.schema import EventSchema


class PlaceData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    code = text("Its short name in addresses and filters.")
    name = text("Its name, for people.")
    address = text("Where it is, in one line.", allow_none=True)
    timezone = text("IANA time zone in which its times are shown.")
    phone = fields.String(
        load_default=None,
        allow_none=True,
        metadata=means("Its own number, for people to call (E.164); null where it has none."),
    )


class MeetingData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    meeting_id = identifier("The meeting; it keeps its id when it is moved.")
    starts_at = moment("When it begins.")
    ends_at = moment("When it ends.")
    room = text("The room's name, if one is set.", allow_none=True)


class _SessionData(EventSchema):
    source = "registrations"
    subject_field = "session_id"

    session_id = identifier("The session.")
    title = text("The activity's title, for people.")
    programme = text("Code of the programme that it belongs to.")
    organisation = text("Code of the organisation that holds it.")
    programme_label = label("What the programme is called.")
    organisation_label = label("What the organisation is called.")
    theme = text("What it is about, in a word or two.", allow_none=True)
    place = fields.Nested(PlaceData, required=True, metadata=means("Where it is held."))
    capacity = number("Seats: never more people are confirmed.")
    minimum = number("How many must be confirmed for it to be held.", allow_none=True)
    discreet = fields.Boolean(
        required=True,
        metadata=means("Nothing that leaves the place may reveal who takes part."),
    )
    registration = fields.String(
        load_default="required",
        validate=validate.OneOf(REGISTRATION_MODES),
        metadata=means("`none` if the door is open: nobody has a seat, and heads are counted."),
    )
    meetings = fields.List(
        fields.Nested(MeetingData),
        required=True,
        metadata=means("Its dates, the first one first."),
    )
    reminder_minutes = fields.List(
        fields.Integer(),
        load_default=lambda: [2 * 24 * 60, 2 * 60],
        metadata=means("How long before a meeting people are reminded of it, each time."),
    )


class AlternativeData(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    session_id = identifier("The other session.")
    title = text("Its title, for people; null in discreet programmes.", allow_none=True)
    starts_at = moment("When its first meeting begins.")
    place_name = text("Name of the place where it is held.")
    timezone = text("IANA time zone in which its times are shown.")


def _alternatives() -> fields.List[Any]:
    return fields.List(
        fields.Nested(AlternativeData),
        load_default=list,
        metadata=means("What else there was with seats left, nearest first; three at most."),
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

    session_id = identifier("The session.")
    minimum = number("How many were needed.")
    confirmed = number("How many are confirmed.")


class SessionBelowMinimum(EventSchema):
    """On the day of decision fewer than the minimum are confirmed: someone has to decide what happens."""

    event_type = "session.below_minimum"
    source = "registrations"
    subject_field = "session_id"

    session_id = identifier("The session.")
    minimum = number("How many are needed.")
    confirmed = number("How many are confirmed.")


class SessionCancelled(EventSchema):
    """A session will not take place."""

    event_type = "session.cancelled"
    source = "registrations"
    subject_field = "session_id"

    session_id = identifier("The session.")
    reason = fields.String(
        load_default="other",
        validate=validate.OneOf(CANCEL_REASONS),
        metadata=means("Why, as far as people are told."),
    )
    alternatives = _alternatives()


class SessionClosed(EventSchema):
    """A session is over and its attendance is recorded as far as it will be."""

    event_type = "session.closed"
    source = "registrations"
    subject_field = "session_id"

    session_id = identifier("The session.")
    to_ask = fields.List(
        fields.UUID(),
        load_default=list,
        metadata=means("The registrations whose holders are asked what they think of it."),
    )
