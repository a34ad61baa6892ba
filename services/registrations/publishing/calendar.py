"""Sessions as a calendar (RFC 5545, with the names and refresh times of RFC 7986)."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import icalendar

from services.registrations.domain import RegistrationMode, SessionStatus
from services.registrations.models import Meeting, Session
from services.registrations.publishing.addresses import in_one_line
from services.registrations.publishing.text import lines, one_line
from shared.errors import Text
from shared.events.calendars import meeting_uid
from shared.events.links import session_url

_NAME = Text("Programme of the third place", "Programme du tiers-lieu")
_OPEN_DOOR = Text("No registration: just come.", "Sans inscription : il suffit de venir.")
# What a discreet meeting is called; the mails that notifications sends call it so too.
_NEUTRAL = Text("Your appointment", "Votre rendez-vous")
_REFRESH = timedelta(hours=4)


def calendar_of(sessions: Sequence[Session], *, public_url: str, language: str) -> bytes:
    """One event per meeting, in the place's time zone; cancelled sessions are said to be.

    UID and SEQUENCE are those of the calendars that are mailed to people: whoever opens both has one
    entry. The text depends on the rows alone, not on the moment, so that it can be cached.
    """
    made = icalendar.Calendar()
    made.add("prodid", "-//Arceaux//registrations//FR")
    made.add("version", "2.0")
    made.add("name", _NAME.in_language(language))
    made.add("x-wr-calname", _NAME.in_language(language))
    made.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    for session in sessions:
        for meeting in session.meetings:
            made.add_component(_event(session, meeting, public_url, language))
    if sessions:
        first = min(session.starts_at for session in sessions).date()
        last = max(session.ends_at for session in sessions).date()
        # A year on both sides, so that each zone says both of its changes.
        made.add_missing_timezones(first - timedelta(days=366), last + timedelta(days=366))
    text: bytes = made.to_ical()
    return text


def _event(session: Session, meeting: Meeting, public_url: str, language: str) -> icalendar.Event:
    zone = ZoneInfo(session.place.timezone)
    event = icalendar.Event()
    event.add("uid", meeting_uid(meeting.id))
    event.add("sequence", session.calendar_sequence)
    event.add("dtstamp", session.changed_at)
    event.add("last-modified", session.changed_at)
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("dtend", meeting.ends_at.astimezone(zone))
    cancelled = session.status == SessionStatus.CANCELLED
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    if session.activity.programme.discreet:
        event.add("summary", _NEUTRAL.in_language(language))
        event.add("location", one_line(in_one_line(session.place)))
        event.add("class", "PRIVATE")
        return event
    activity = session.activity
    event.add("summary", one_line(activity.title))
    door = (
        _OPEN_DOOR.in_language(language) if session.registration == RegistrationMode.NONE else None
    )
    described = [*filter(None, (activity.description, door))]
    if described:
        event.add("description", lines("\n\n".join(described)))
    where = (meeting.room.name if meeting.room else None, in_one_line(session.place))
    event.add("location", one_line(", ".join(filter(None, where))))
    if session.place.latitude is not None and session.place.longitude is not None:
        event.add("geo", (session.place.latitude, session.place.longitude))
    event.add("url", session_url(public_url, session.id))
    kinds = filter(None, (activity.theme, activity.programme.name))
    event.add("categories", [one_line(kind) for kind in kinds])
    return event
