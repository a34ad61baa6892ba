"""Short codes: printed on letters, read out on the phone, typed at the desk; each stands for one registration.

A code is 50 bits of an HMAC of the participant's secret, written as ten signs of Crockford's base 32
(https://www.crockford.com/base32.html) in two groups: ``4T8QK-0ZM2R``. It is derived as the tokens of
manage links are, so that whoever knows the secret can print it and nobody else can tell it; but not from
the same bits, so that a code says nothing of a token.
"""

import hashlib
import hmac
import re
import unicodedata
from uuid import UUID

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 10
_PURPOSE = "short-code"
# What people write for a digit that looks like it.
_MEANT = str.maketrans("OIL", "011")
_BETWEEN = re.compile(r"[\s\-‐-―−_.]+")


def code_number(access_key: str, registration_id: UUID) -> int:
    """The code of ``registration_id`` as a number: the first 50 bits of HMAC-SHA256."""
    message = f"{_PURPOSE}:{registration_id}"
    digest = hmac.digest(access_key.encode(), message.encode(), hashlib.sha256)
    return int.from_bytes(digest[:7], "big") >> 6


def write_code(number: int) -> str:
    """``number`` as it is printed: ``XXXXX-XXXXX``."""
    signs = "".join(_SIGNS[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
    return f"{signs[:5]}-{signs[5:]}"


def short_code(access_key: str, registration_id: UUID) -> str:
    """The code of ``registration_id`` as it is printed."""
    return write_code(code_number(access_key, registration_id))


def read_code(text: str) -> int | None:
    """The number of a code as somebody typed it; None if it cannot be one.

    Case, spaces and hyphens do not matter, nor O for 0, I or L for 1, or the digits of another script.
    """
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    digits = (str(unicodedata.decimal(sign, sign)) for sign in plain)
    signs = "".join(digits).translate(_MEANT)
    if len(signs) != _LENGTH or not all(sign in _SIGNS for sign in signs):
        return None
    number = 0
    for sign in signs:
        number = number << 5 | _SIGNS.index(sign)
    return number
