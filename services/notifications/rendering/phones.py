"""Phone numbers as the countries that they belong to write them."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from services.notifications.rendering.text import one_line

_HOME = "FR"
_NO_BREAK = "\u00a0"


def as_written(phone: str) -> str:
    """An international number (E.164) for people of this country: ``04 67 …``, or ``+32 …`` if it is abroad.

    It stays on one line, and in one order among words that run from right to left (UAX #9, W4). What is no such
    number stays as it was told: no message fails for it.
    """
    try:
        number = phonenumbers.parse(phone)
    except NumberParseException:
        return one_line(phone)
    at_home = phonenumbers.region_code_for_country_code(number.country_code or 0) == _HOME
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form).replace(" ", _NO_BREAK)
