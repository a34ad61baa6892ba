"""By which channel a person is told."""

from enum import StrEnum

from services.notifications.domain.states import Status


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    CALL = "call"
    DESK = "desk"


def route(*, email: str | None, phone: str | None) -> tuple[Channel, Status]:
    """The best channel a person has, and the state in which a message begins on it."""
    if email:
        return Channel.EMAIL, Status.QUEUED
    if phone:
        return Channel.CALL, Status.TO_CALL
    return Channel.DESK, Status.SCHEDULED
