"""What operators have to repair."""

from shared.events.catalogue.fields import number, text
from shared.events.catalogue.schema import EventSchema


class _EventsParked(EventSchema):
    subject_field = "service"

    service = text("The service that could not handle them.")
    count = number("How many were set aside since this was said last.")


class RegistrationsEventsParked(_EventsParked):
    """Registrations set events aside that it could not handle. Said once an hour at most."""

    event_type = "registrations.events_parked"
    source = "registrations"


class ReportingEventsParked(_EventsParked):
    """Reporting set events aside that it could not handle. Said once an hour at most."""

    event_type = "reporting.events_parked"
    source = "reporting"
