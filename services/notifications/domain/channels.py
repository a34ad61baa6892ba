"""By which channel a person is told."""

from enum import StrEnum

from services.notifications.domain.kinds import UNSOLICITED, Kind
from services.notifications.domain.states import Status


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    CALL = "call"
    DESK = "desk"


def route(
    kind: Kind, *, email: str | None, phone: str | None, by_post: bool
) -> tuple[Channel, Status]:
    """The best channel a person has, and the state in which a message of ``kind`` begins on it.

    ``by_post``: there is an address, and a letter would come in time.
    """
    if email:
        return Channel.EMAIL, Status.QUEUED
    channel, status = by_hand(phone=phone, by_post=by_post)
    return channel, Status.SUPPRESSED if kind in UNSOLICITED else status


def by_hand(*, phone: str | None, by_post: bool) -> tuple[Channel, Status]:
    """What staff do: write a letter, call, or tell at the next visit."""
    if by_post:
        return Channel.LETTER, Status.TO_PRINT
    if phone:
        return Channel.CALL, Status.TO_CALL
    return Channel.DESK, Status.SCHEDULED
