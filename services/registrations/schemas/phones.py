"""Telephone numbers, of people and of places."""

from typing import Any

import marshmallow as ma
import phonenumbers

from shared.web.fields import Words

_HOME = "FR"


class Phone(Words):
    """A phone number, kept as E.164; without a country code it is a French one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=40, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        try:
            number = phonenumbers.parse(text, _HOME)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_possible_number(number):
            raise ma.ValidationError("Not a valid phone number.")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
