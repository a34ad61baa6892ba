"""All that is held about a person, as they are given it."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from shared.web.fields import Moment


def _rows(meaning: str, **options: Any) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Dict()),
        required=True,
        metadata={"description": meaning},
        **options,
    )


class ExportSchema(ma.Schema):
    """All that is held about a person, by service, in the words of its tables."""

    participant_id = fields.UUID(required=True)
    exported_at = Moment(required=True)
    discreet_programmes = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={
            "description": "Of discreet programmes, only what concerns these is in it, for whoever"
            " asked may know of no others; null when all is in it."
        },
    )
    registrations = _rows("Who they are, what they took part in, and what staff did with it.")
    notifications = _rows("How they are reached, and what they were told.")
    reporting = _rows("What was counted of them.")
