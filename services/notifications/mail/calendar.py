"""The calendar files (RFC 5545, 5546) that go with seats: their meetings, or the cancellation of those."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from email.headerregistry import Address

import icalendar

from services.notifications.domain.kinds import SEATED, Kind
from services.notifications.domain.sessions import Meeting
from services.notifications.rendering.about import About, DescribedSession
from services.notifications.rendering.text import one_line
from shared.events.calendars import meeting_uid

_ENDED = frozenset({Kind.CANCELLED, Kind.SESSION_CANCELLED})
_YEAR = timedelta(days=366)
_NEUTRAL = {
    "fr": "Votre rendez-vous",
    "en": "Your appointment",
    "es": "Su cita",
    "ar": "موعدكم",
}


def calendars(abouts: Sequence[About], organiser: Address) -> Mapping[str, str]:
    """What goes with a message about ``abouts``: files by method, ``PUBLISH`` and ``CANCEL``, or none.

    An event is known by its meeting, here as in the calendars that the programme is published in: whoever
    opens both has one entry, and so has a household that shares a mailbox.
    """
    events: dict[str, dict[str, icalendar.Event]] = {}
    for about in abouts:
        method = _method_of(about)
        if method is not None and about.session is not None:
            # Of what is told about one meeting twice, the last word counts.
            events.setdefault(method, {}).update(
                (str(event["uid"]), event)
                for event in _events(about, about.session, organiser, method)
            )
    # What has begun is in no file, and a file without events is none.
    return {method: _file(method, those.values()) for method, those in events.items() if those}


def _method_of(about: About) -> str | None:
    """``PUBLISH``, ``CANCEL``, or None where the person has, or had, no seat, or the file came before.

    Nothing is taken out of a calendar in which another person of the mailbox still has the meeting.
    """
    if about.kind in SEATED:
        return "PUBLISH"
    if about.kind == Kind.SESSION_MOVED:
        return "PUBLISH" if about.details["registration"] == "confirmed" else None
    if about.kind in _ENDED:
        if about.kind == Kind.CANCELLED and about.seat_remains:
            return None
        return "CANCEL" if about.details["previous"] == "confirmed" else None
    return None


def _file(method: str, events: Iterable[icalendar.Event]) -> str:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Arceaux//notifications//FR")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for event in events:
        calendar.add_component(event)
    begins = [event.start for event in calendar.events]
    # A year on both sides, so that each zone says both of its changes.
    calendar.add_missing_timezones(min(begins) - _YEAR, max(begins) + _YEAR)
    text: str = calendar.to_ical().decode()
    return text


def _events(
    about: About, session: DescribedSession, organiser: Address, method: str
) -> Iterator[icalendar.Event]:
    """An event per meeting that has not begun.

    Meetings that were taken out of a session are told as cancelled, or they would stay in calendars.
    """
    status = "CONFIRMED" if method == "PUBLISH" else "CANCELLED"
    yield from _of(session.meetings, about, session, organiser, status)
    yield from _of(session.dropped_meetings, about, session, organiser, "CANCELLED")


def _of(
    meetings: Iterable[Meeting],
    about: About,
    session: DescribedSession,
    organiser: Address,
    status: str,
) -> Iterator[icalendar.Event]:
    summary = _NEUTRAL[about.language] if session.title is None else one_line(session.title)
    host = icalendar.vCalAddress(f"mailto:{organiser.addr_spec}")
    host.params["cn"] = icalendar.vText(organiser.display_name or organiser.addr_spec)
    for meeting in meetings:
        if meeting.starts_at <= about.now:
            continue
        event = icalendar.Event()
        event.add("uid", meeting_uid(meeting.id))
        event.add("sequence", about.sequence)
        event.add("dtstamp", about.now)
        event.add("dtstart", meeting.starts_at.astimezone(session.timezone))
        event.add("dtend", meeting.ends_at.astimezone(session.timezone))
        event.add("summary", summary)
        where = (meeting.room, session.place_name, session.place_address)
        event.add("location", ", ".join(one_line(part) for part in where if part))
        event.add("status", status)
        event.add("organizer", host)
        if session.title is None:
            # Whoever shares a calendar shows no more than that one is busy.
            event.add("class", "PRIVATE")
        yield event
