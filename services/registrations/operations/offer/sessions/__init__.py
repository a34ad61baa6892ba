"""The life of a session: drafted, published, moved, cancelled, closed."""

from services.registrations.operations.offer.sessions.cancelling import cancel_session
from services.registrations.operations.offer.sessions.changing import change_session
from services.registrations.operations.offer.sessions.closing import close_session
from services.registrations.operations.offer.sessions.drafting import (
    create_session,
    draft,
    find_place,
)
from services.registrations.operations.offer.sessions.moving import (
    add_meeting,
    change_meeting,
    reschedule,
)
from services.registrations.operations.offer.sessions.own import own_session
from services.registrations.operations.offer.sessions.publishing import let_register, publish
from services.registrations.operations.offer.sessions.times import MeetingTime

__all__ = [
    "MeetingTime",
    "add_meeting",
    "cancel_session",
    "change_meeting",
    "change_session",
    "close_session",
    "create_session",
    "draft",
    "find_place",
    "let_register",
    "own_session",
    "publish",
    "reschedule",
]
