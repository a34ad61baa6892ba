"""A session is drafted."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import SessionStatus
from services.registrations.models import Activity, Place, Session
from services.registrations.operations.offer.booking import book, wait_for_turn
from services.registrations.operations.offer.sessions.rules import (
    refuse_impossible,
    set_day_of_decision,
    set_minimum,
)
from services.registrations.operations.offer.sessions.times import MeetingTime, schedule
from services.registrations.refusals import OtherOrganisation
from shared.errors import invalid


def create_session(
    transaction: Transaction,
    *,
    activity_id: UUID,
    place_code: str,
    capacity: int,
    meetings: Sequence[MeetingTime],
    organisation: str | None,
    **optional: Any,
) -> Session:
    """A draft of ``activity`` at ``place``; ``optional``: minimum, decide_by, opens_at, closes_at, registration.

    The minimum is, unless given, the programme's, if there are as many seats; with one the day of decision is,
    unless given, as long before the start as the programme says.

    Raises:
        Invalid: an unknown activity, place or room, meetings that end before they start, a minimum
            above the capacity or where nobody registers, or a window that closes before it opens.
        OtherOrganisation: the activity is not the caller's.
        AlreadyBooked: a room or a facilitator is taken at that time.
    """
    wait_for_turn(
        transaction, [one.room_id for one in meetings], [one.facilitator for one in meetings]
    )
    activity = transaction.get(Activity, activity_id)
    if activity is None:
        raise invalid("activity_id", "There is no such activity.", "Cette activité n'existe pas.")
    if organisation not in (None, activity.organisation_code):
        raise OtherOrganisation
    session = draft(
        transaction, activity, find_place(transaction, place_code), capacity, meetings, **optional
    )
    book(transaction, session)
    return session


def find_place(transaction: Transaction, code: str) -> Place:
    """The place that a request names.

    Raises:
        Invalid: there is none.
    """
    place = transaction.get(Place, code)
    if place is None:
        raise invalid("place", "There is no such place.", "Ce lieu n'existe pas.")
    return place


def draft(
    transaction: Transaction,
    activity: Activity,
    place: Place,
    capacity: int,
    meetings: Sequence[MeetingTime],
    **optional: Any,
) -> Session:
    """As :func:`create_session`, of what is known; its rooms and facilitators are not booked yet.

    Raises:
        Invalid.
    """
    given = {name: value for name, value in optional.items() if value is not None}
    session = Session(
        activity=activity,
        place=place,
        capacity=capacity,
        accepted=0,
        confirmed=0,
        offered=0,
        waitlisted=0,
        status=SessionStatus.DRAFT,
        **given,
    )
    set_minimum(session)
    schedule(transaction, session, meetings, closes_at=given.get("closes_at"))
    set_day_of_decision(session)
    refuse_impossible(session)
    transaction.add(session)
    return session
