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


def route(kind: Kind, *, email: str | None, phone: str | None) -> tuple[Channel, Status]:
    """The best channel a person has, and the state in which a message of ``kind`` begins on it."""
    if email:
        return Channel.EMAIL, Status.QUEUED
    channel, status = (Channel.CALL, Status.TO_CALL) if phone else (Channel.DESK, Status.SCHEDULED)
    return channel, Status.SUPPRESSED if kind in UNSOLICITED else status
