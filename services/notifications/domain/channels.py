"""By which channel a person is told."""

from collections.abc import Collection
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from services.notifications.domain.kinds import BY_MAIL_ALONE, UNSOLICITED, Kind
from services.notifications.domain.states import Status

_COUNTRY = "FR"
# In some countries (not in France) a number does not tell whether it is a mobile phone's.
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    CALL = "call"
    DESK = "desk"


# By hand, people tell, and whoever does not answer is no failure of ours.
BY_MACHINE = frozenset({Channel.EMAIL, Channel.SMS})


def route(
    kind: Kind,
    *,
    email: str | None,
    phone: str | None,
    by_post: bool = False,
    sms: bool = False,
    without: Collection[str] = (),
) -> tuple[Channel, Status]:
    """The best channel a person has, and the state in which a message of ``kind`` begins on it.

    ``by_post``: there is an address, and a letter would come in time. ``sms``: somebody carries them here.
    ``without``: channels that have failed for good, or must not be used.
    """
    if kind in BY_MAIL_ALONE or (email and Channel.EMAIL not in without):
        return Channel.EMAIL, Status.QUEUED
    if sms and Channel.SMS not in without and phone and is_mobile(phone):
        return Channel.SMS, Status.QUEUED
    channel, status = by_hand(
        phone=None if Channel.CALL in without else phone,
        by_post=by_post and Channel.LETTER not in without,
    )
    return channel, Status.SUPPRESSED if kind in UNSOLICITED else status


def by_hand(*, phone: str | None, by_post: bool) -> tuple[Channel, Status]:
    """What staff do: write a letter, call, or tell at the next visit."""
    if by_post:
        return Channel.LETTER, Status.TO_PRINT
    if phone:
        return Channel.CALL, Status.TO_CALL
    return Channel.DESK, Status.SCHEDULED


@lru_cache(maxsize=1024)
def is_mobile(phone: str) -> bool:
    """Whether ``phone``, an international number, can be sent an SMS."""
    try:
        number = phonenumbers.parse(phone, _COUNTRY)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(number) in _MOBILE
