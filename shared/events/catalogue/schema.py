"""The data of an event, and a fact about to be logged."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import marshmallow as ma


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
