"""What was reported."""

from marshmallow import fields

from shared.events.catalogue.fields import identifier, means, text
from shared.events.catalogue.schema import EventSchema


class ReportReady(EventSchema):
    """A report is written and its files can be fetched."""

    event_type = "report.ready"
    source = "reporting"
    subject_field = "job_id"

    job_id = identifier("The job that wrote it.")
    report = text("The kind of report, such as `session`.")
    files = fields.List(
        fields.String(), required=True, metadata=means("Names under which its files are fetched.")
    )
    cause = identifier("The event that set it off; null when it was asked for.", allow_none=True)
    edition_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata=means("The edition that its files hold."),
    )
    recipients = fields.List(
        fields.UUID(),
        load_default=list,
        metadata=means("The members of staff who are to be told that it is there."),
    )
