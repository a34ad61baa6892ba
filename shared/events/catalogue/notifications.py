"""What was told to people."""

from marshmallow import fields, validate

from shared.events.catalogue.codes import CHANNELS
from shared.events.catalogue.fields import identifier, means, moment, number, text
from shared.events.catalogue.schema import EventSchema


class _NotificationData(EventSchema):
    source = "notifications"
    subject_field = "notification_id"

    notification_id = identifier("The message.")
    kind = text("What it tells, such as `confirmed`.")
    channel = text("How it was to reach the person.", validate=validate.OneOf(CHANNELS))
    participant_id = identifier("Whom it is for: a pseudonym.")
    registration_id = identifier(
        "The registration it is about, if it is about one.", allow_none=True
    )
    session_id = identifier("The session it is about, if it is about one.", allow_none=True)
    attempts = number("How often it was tried.")


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

    channel = text("How the messages were to go.", validate=validate.OneOf(CHANNELS))
    failed = number("How many attempts failed.")
    tried = number("How many were made.")
    since = moment("Since when they are counted.")


class NotificationBudgetLow(EventSchema):
    """Most of what may be spent on SMS in a month is spent; once all is, people are told by other channels."""

    event_type = "notification.budget_low"
    source = "notifications"
    subject_field = "month"

    month = fields.Date(required=True, metadata=means("The first day of the month."))
    spent = number("Cents of a euro spent or reserved so far.")
    budget = number("Cents of a euro that may be spent in the month.")
