"""The audit trail as managers and operators read it."""

import marshmallow as ma
from marshmallow import fields

from shared.web.fields import DayOrMoment, Moment, Words
from shared.web.pagination import PageQuery


class AuditQuery(PageQuery):
    participant = fields.UUID(
        load_default=None, metadata={"description": "What concerned this person."}
    )
    staff = Words(
        most=200,
        load_default=None,
        metadata={"description": "What this member of staff did, as tokens name them."},
    )
    verb = Words(
        most=40,
        load_default=None,
        metadata={"description": "What was done in this way, such as `erase`."},
    )
    since = DayOrMoment(
        load_default=None, metadata={"description": "From this time or date (00:00 UTC) on."}
    )
    until = DayOrMoment(
        load_default=None, metadata={"description": "Before this time or date (00:00 UTC)."}
    )


class AuditSchema(ma.Schema):
    """Who did what to which thing, when, in which request."""

    id = fields.Integer(required=True)
    at = Moment(required=True)
    staff = fields.String(required=True, attribute="subject")
    role = fields.String(required=True)
    organisation = fields.String(required=True, allow_none=True)
    verb = fields.String(required=True)
    resource = fields.String(required=True)
    resource_id = fields.String(
        required=True, allow_none=True, metadata={"description": "Null for a list."}
    )
    participant_id = fields.UUID(required=True, allow_none=True)
    request_id = fields.String(required=True)
