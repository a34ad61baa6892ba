"""What a programme says in several languages: the questions it asks, the purposes of its referrals."""

from collections.abc import Callable, Sequence
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shared.web.fields import Code, Words

QUESTION_KINDS = ("faces", "yes-no", "text")


class Spoken(ma.Schema):
    """A few words in French, and in the other languages that people read here."""

    fr = Words(most=200, required=True)
    en = Words(most=200)
    es = Words(most=200)
    ar = Words(most=200)


class Question(ma.Schema):
    """Something asked after a session, beside the rating; nobody must answer it."""

    id = Code(required=True, metadata={"description": "Under which the answer is given."})
    kind = fields.String(
        required=True,
        validate=validate.OneOf(QUESTION_KINDS),
        metadata={
            "description": "The answer is `happy`, `neutral` or `unhappy` (faces), true or false (yes-no), or words."
        },
    )
    text = fields.Nested(Spoken, required=True)


class Purpose(ma.Schema):
    """What a partner institution may be asked for."""

    code = Code(required=True)
    name = fields.Nested(Spoken, required=True)


def once_each(key: str) -> Callable[[Sequence[dict[str, Any]]], None]:
    """A validator: no two items of the list have the same ``key``."""

    def check(items: Sequence[dict[str, Any]]) -> None:
        names = [item[key] for item in items]
        if len(set(names)) < len(names):
            raise ma.ValidationError("Must not be there twice.")

    return check
