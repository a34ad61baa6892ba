"""The calendar file (RFC 5545, 5546) that goes with a seat: its meetings, or their cancellation."""

from collections.abc import Iterable
from email.headerregistry import Address

import icalendar

from services.notifications.domain import Kind, Meeting
from services.notifications.rendering.about import About
from services.notifications.rendering.text import one_line
from shared.events.calendars import meeting_uid

_SEATED = frozenset({Kind.CONFIRMED, Kind.PROMOTED})
_ENDED = frozenset({Kind.CANCELLED, Kind.SESSION_CANCELLED})
_NEUTRAL = {"fr": "Votre rendez-vous", "en": "Your appointment"}


def method_of(about: About) -> str | None:
    """``PUBLISH``, ``CANCEL``, or None where the person has, or had, no seat.

    Nothing is taken out of a calendar in which another person of the mailbox still has the meeting.
    """
    if about.kind in _SEATED:
        return "PUBLISH"
    if about.kind == Kind.SESSION_FORMED:
        # The file that came with the seat said it already.
        return None
    if about.kind == Kind.SESSION_MOVED:
        return "PUBLISH" if about.details["registration"] == "confirmed" else None
    if about.kind in _ENDED:
        if about.kind == Kind.CANCELLED and about.seat_remains:
            return None
        return "CANCEL" if about.details["previous"] == "confirmed" else None
    return None


def calendar(about: About, method: str, organiser: Address) -> str:
    """A calendar with an event per meeting that has not begun.

    An event is known by its meeting, here as in the calendars that the programme is published in: whoever
    opens both has one entry, and so has a household that shares a mailbox. Meetings that were taken
    out of a session are told as cancelled, or they would stay in calendars.
    """
    ahead = [one for one in about.meetings if one.starts_at > about.now]
    dropped = [one for one in about.dropped_meetings if one.starts_at > about.now]
    made = icalendar.Calendar()
    made.add("prodid", "-//Arceaux//notifications//FR")
    made.add("version", "2.0")
    made.add("method", method)
    status = "CONFIRMED" if method == "PUBLISH" else "CANCELLED"
    for event in (
        *_events(ahead, about, organiser, status),
        *_events(dropped, about, organiser, "CANCELLED"),
    ):
        made.add_component(event)
    text: str = made.to_ical().decode()
    return text


def _events(
    meetings: Iterable[Meeting], about: About, organiser: Address, status: str
) -> Iterable[icalendar.Event]:
    summary = _NEUTRAL[about.language] if about.title is None else one_line(about.title)
    host = icalendar.vCalAddress(f"mailto:{organiser.addr_spec}")
    host.params["cn"] = icalendar.vText(organiser.display_name or organiser.addr_spec)
    for meeting in meetings:
        event = icalendar.Event()
        event.add("uid", meeting_uid(meeting.id))
        event.add("sequence", about.sequence)
        event.add("dtstamp", about.now)
        event.add("dtstart", meeting.starts_at)
        event.add("dtend", meeting.ends_at)
        event.add("summary", summary)
        where = (meeting.room, about.place_name, about.place_address)
        event.add("location", ", ".join(one_line(part) for part in where if part))
        event.add("status", status)
        event.add("organizer", host)
        yield event
