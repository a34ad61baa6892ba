"""What people thought of a session: by their link, or on the place's tablet."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registrations.domain import FACES
from services.registrations.schemas.programmes import Question
from shared.web.fields import Moment, Words


def _plain(answer: Any) -> None:
    if isinstance(answer, str):
        Words(most=500, blank=True).deserialize(answer)
    elif not isinstance(answer, bool | int) or abs(answer) > 10**9:
        raise ma.ValidationError("Invalid value.")


class _Said(ma.Schema):
    answers = fields.Dict(
        keys=Words(most=60),
        values=fields.Raw(validate=_plain),
        load_default=dict,
        validate=validate.Length(max=10),
        metadata={
            "additionalProperties": {"type": ["string", "integer", "boolean"]},
            "description": "Answers to the programme's questions, by id; any of them may be left out.",
        },
    )
    comment = Words(most=5000, load_default=None, allow_none=True)


class FeedbackRequest(_Said):
    rating = fields.Integer(strict=True, required=True, validate=validate.Range(1, 5))


class FeedbackSchema(ma.Schema):
    registration_id = fields.UUID(required=True)
    rating = fields.Integer(required=True)
    answers = fields.Dict(required=True)
    comment = fields.String(required=True, allow_none=True)
    submitted_at = Moment(required=True)


class FeedbackFormSchema(ma.Schema):
    """What to ask someone of a session, and what they have said already."""

    title = fields.String(required=True)
    questions = fields.List(fields.Nested(Question), required=True)
    can_be_given = fields.Boolean(
        required=True,
        metadata={"description": "The session has begun, they had a seat, and it is not too late."},
    )
    can_be_changed_until = Moment(
        required=True, allow_none=True, metadata={"description": "Null before it is first given."}
    )
    feedback = fields.Nested(FeedbackSchema, required=True, allow_none=True)


class FeedbackItem(ma.Schema):
    """What somebody said of a session; comments are for its staff alone."""

    given = fields.String(
        required=True,
        validate=validate.OneOf(("link", "kiosk")),
        metadata={"description": "By a person's link, or on the place's tablet."},
    )
    rating = fields.Integer(required=True)
    answers = fields.Dict(required=True)
    comment = fields.String(required=True, allow_none=True)
    submitted_at = Moment(required=True)


class KioskSchema(ma.Schema):
    """A tablet opened for one session. The token is told this once."""

    id = fields.UUID(required=True)
    token = fields.String(required=True)
    good_until = Moment(
        required=True, metadata={"description": "It follows the session, should that be moved."}
    )


class KioskFormSchema(ma.Schema):
    """What a tablet asks. Nothing tells who is asked."""

    title = fields.String(required=True)
    questions = fields.List(fields.Nested(Question), required=True)
    starts_at = Moment(
        required=True, metadata={"description": "Feedback is taken once the session has begun."}
    )
    good_until = Moment(required=True)


class KioskFeedbackRequest(_Said):
    id = fields.UUID(
        required=True,
        metadata={"description": "Made by the tablet for each person: sent twice, it counts once."},
    )
    face = fields.String(
        required=True,
        validate=validate.OneOf(tuple(FACES)),
        metadata={
            "description": "`happy`, `neutral` and `unhappy` count as ratings of 5, 3 and 1."
        },
    )


class KioskFeedbackSchema(ma.Schema):
    id = fields.UUID(required=True)
    rating = fields.Integer(required=True)
